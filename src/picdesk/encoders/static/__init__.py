"""The text model that ships with Picdesk: a vector a token, a weighted mean a text. No download, no graph, no torch."""

from picdesk.encoders.static.model import StaticTexts, shipped_texts

__all__ = ["StaticTexts", "shipped_texts"]
