"""Crops at the desk: a suggestion, an editor, and the file that is given out."""
