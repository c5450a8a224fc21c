"""Published systems as data, one TOML a system, and the engine that runs them: a graph of stages, cached by content."""
