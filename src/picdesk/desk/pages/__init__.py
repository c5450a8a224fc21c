"""Pages of the story search: a story comes in, photos come out."""
