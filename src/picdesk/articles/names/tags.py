"""Names that the source of a story gives with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.records import Name

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 80
"""Characters; a longer tag is a sentence that slipped in."""


def names_of_tags(tags: Iterable[str]) -> list[Name]:
    """The names among tags, each once, in order.

    A tag may be a whole column of NewsImages 2025 (``article_tags``): names divided by ";", then "|", then
    organisations divided by ";". Where there is no "|" the column does not say what they are.

    >>> [(name.text, name.kind) for name in names_of_tags(["carlee russell|hoover police department"])]
    [('carlee russell', 'person'), ('hoover police department', 'organisation')]
    """
    found = []
    for tag in tags:
        people, bar, organisations = tag.partition("|")
        found += [Name(text=text, kind="person" if bar else "other") for text in _parts(people)]
        found += [Name(text=text, kind="organisation") for text in _parts(organisations)]
    return list({name.text.casefold(): name for name in reversed(found)}.values())[::-1]


def _parts(column: str) -> list[str]:
    texts = (" ".join(text.split()) for text in column.replace("|", ";").split(";"))
    return [text for text in texts if len(text) <= _LONGEST and any(map(str.isalnum, text))]
