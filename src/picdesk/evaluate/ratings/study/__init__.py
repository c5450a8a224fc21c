"""A blind study: people rate pictures, or choose between two, without knowing which run each comes from."""
