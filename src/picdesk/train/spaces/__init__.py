"""T x V: a list of text features times a list of image features, one joint space a pair.

Galanopoulos & Mezaris, "Are All Combinations Equal? Combining Textual and Visual Features with Multiple Space Learning
for Text-Based Video Retrieval", ECCV Workshops 2022.
"""
