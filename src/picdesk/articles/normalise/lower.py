"""Lower case."""

from __future__ import annotations

from picdesk.articles.normalise.normaliser import Normaliser

lower = Normaliser("lower", "lower case", lambda text, _: text.lower())
