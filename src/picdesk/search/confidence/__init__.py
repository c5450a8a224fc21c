"""How probable it is that a photo fits, learned from pairs or from people's ratings."""
