"""Without the words that say nothing of what a story is about."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from picdesk.articles.normalise.normaliser import ENGLISH, Normaliser

_WORD = re.compile(r"\w+(?:['’]\w+)*")


@cache
def stop_words() -> frozenset[str]:
    """Our own short list of English closed-class words.

    The packaged lists hold what news is made of: "fire", "world", "home", "million" (stopwordsiso), "show", "move"
    (spaCy). Negation is no stop word here: "no injuries" is another picture than "injuries".
    """
    table = tomllib.loads(files(__package__).joinpath("stop_words.toml").read_text(encoding="utf-8"))
    return frozenset(word for words in table.values() for word in words)


def _without(text: str, _: str) -> str:
    stop = stop_words()
    return _WORD.sub(lambda word: "" if word[0].lower().replace("’", "'") in stop else word[0], text)


drop_stop_words = Normaliser("stop-words", "stop words left out", _without, ENGLISH)
