"""People's ratings: read, summarised as the organisers do, and asked how far they can be trusted."""
