"""Emoji as words."""

from __future__ import annotations

import re

from picdesk.articles.normalise.normaliser import Normaliser

NAMED_IN = frozenset({"en", "es", "ja", "ko", "pt", "it", "fr", "de", "fa", "id", "zh", "ru", "tr", "ar"})
"""Languages that the emoji library has names in; in others the names are English."""

_PLAIN = frozenset("©®™#*0123456789")
"""Signs that Unicode counts among the emoji and a newspaper does not."""


def _named(text: str, language: str) -> str:
    """Write "🔥" as "fire"; flags as their countries; the colour of skin is left out."""
    import emoji

    kept = language if language in NAMED_IN else "en"
    emoji.config.load_language(kept)

    def words(sign: str, data: dict[str, str]) -> str:
        if sign[0] in _PLAIN:
            return sign
        name = data.get(kept) or data["en"]
        return f" {_words(name)} "

    return emoji.replace_emoji(text, replace=words)


def _words(name: str) -> str:
    return re.sub(r"_(?:medium-)?(?:light|dark|medium)_skin_tone", "", name.strip(":")).replace("_", " ")


emoji_to_words = Normaliser("emoji", "emoji as words", _named)
