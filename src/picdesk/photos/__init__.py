"""A photo comes in: where it is found, what is in it, what is said of it."""
