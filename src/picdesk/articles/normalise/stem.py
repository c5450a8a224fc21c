"""Words cut down to their stems."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from picdesk.articles.normalise.normaliser import Normaliser

if TYPE_CHECKING:
    from collections.abc import Mapping

SNOWBALL: Mapping[str, str] = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "da": "danish", "nl": "dutch", "en": "english",
    "et": "estonian", "fi": "finnish", "fr": "french", "de": "german", "el": "greek", "hi": "hindi",
    "hu": "hungarian", "id": "indonesian", "ga": "irish", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "es": "spanish", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""ISO 639-1 code to the name of its Snowball stemmer (M. F. Porter: Snowball, 2001)."""

_WORD = re.compile(r"\w+(?:['’]\w+)*")


def _stemmed(text: str, language: str) -> str:
    stemmer = _stemmer(language)
    return _WORD.sub(lambda word: str(stemmer.stemWord(word[0].lower())), text)


@cache
def _stemmer(language: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer(SNOWBALL[language])


stem = Normaliser("stem", "words cut to their stems, lower case (Snowball)", _stemmed, frozenset(SNOWBALL))
