"""Whole texts and articles through a translator that knows sentences."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from picdesk.encoders.sentences import sentences

if TYPE_CHECKING:
    from picdesk.articles.translate.protocol import Translator
    from picdesk.records import Article

_UNSPACED = frozenset({"zh", "ja", "th", "lo", "km", "my"})
_LINE = re.compile(r"(\n+)")


def translate_text(text: str, translator: Translator) -> str:
    """Translate a text sentence by sentence; lines and the empty ones between them stay where they are.

    The translator is asked once, for all sentences.
    """
    return _translated([text], translator)[0]


def translate_article(article: Article, translator: Translator) -> Article:
    """Translate headline, lead and text; the language becomes the translator's target. All else stays."""
    headline, lead, text = _translated([article.headline, article.lead, article.text], translator)
    return replace(article, headline=headline, lead=lead, text=text, language=translator.target)


def between(language: str) -> str:
    """What stands between two sentences of a language."""
    return "" if language in _UNSPACED else " "


def _translated(texts: list[str], translator: Translator) -> list[str]:
    """Each text: every second piece between line ends is a line, every line is a list of sentences."""
    divided = [
        [piece if number % 2 else _sentences(piece) for number, piece in enumerate(_LINE.split(text))] for text in texts
    ]
    flat = [sentence for pieces in divided for piece in pieces if isinstance(piece, list) for sentence in piece]
    said = iter(translator.translate(flat) if flat else ())
    joint = between(translator.target)
    return [
        "".join(piece if isinstance(piece, str) else joint.join(next(said) for _ in piece) for piece in pieces)
        for pieces in divided
    ]


def _sentences(line: str) -> list[str]:
    return [sentence.strip() for sentence in sentences(line) if sentence.strip()]
