"""Words as the dictionary has them."""

from __future__ import annotations

import re

from picdesk.articles.normalise.normaliser import Normaliser

# simplemma 1.1 and later have these among others; a language's table is read when it is first needed.
LANGUAGES = frozenset(
    (
        *("bg", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "ga", "gd", "gl", "gv", "hi"),
        *("hu", "hy", "id", "is", "it", "ka", "la", "lb", "lt", "lv", "mk", "ms", "nb", "nl", "nn", "no", "pl", "pt"),
        *("ro", "ru", "se", "sk", "sl", "sq", "sv", "sw", "tl", "tr", "uk"),
    )
)

_WORD = re.compile(r"\w+(?:['’-]\w+)*")


def _lemmatised(text: str, language: str) -> str:
    from simplemma import lemmatize

    named = {"no": "nb"}.get(language, language)
    return _WORD.sub(lambda word: lemmatize(word[0], lang=named), text)


lemmatise = Normaliser("lemmatise", "words as the dictionary has them (simplemma)", _lemmatised, LANGUAGES)
