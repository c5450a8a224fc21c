"""Who may come in, what may be sent, and how often; one idea a file."""
