"""What an editor should look at before a photo is used, said with every answer."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from picdesk.search.explain.dates import days_between, gap_in_words
from picdesk.search.explain.names import same_person, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from picdesk.records import Photo, Query

OLD_DAYS = 365
"""A photo that was taken so long before the event shows another day, another haircut, another office-holder."""

_LONGEST_QUOTE = 120
_SENTENCE_END = re.compile(r"(?<=[.;!?])\s+|\n")


def warnings_of(query: Query, photo: Photo) -> tuple[str, ...]:
    """Everything that speaks against using a photo for a story, a sentence each; empty where nothing does.

    Args:
        query: what was asked.
        photo: a photo of the answer.
    """
    return tuple(said for warning in WARNINGS.values() if (said := warning(query, photo)))


def other_people(query: Query, photo: Photo) -> str | None:
    """The photo names whom it shows, and it is nobody of the persons that the story names.

    A shorter name counts as the longer one ("Merkel", "Angela Merkel"); someone of whom the story's text speaks without
    being found as a name is no contradiction either.
    """
    persons = [name.text for name in query.names if name.kind == "person"]
    if not persons or not photo.people:
        return None
    spoken_of = [*(name.text for name in query.names), *_surnames_spoken_of(query, photo.people)]
    if any(same_person(shown, spoken) for shown in photo.people for spoken in spoken_of):
        return None
    return f"shows {_listed(photo.people)}; the story names {_listed(persons)}"


def older_than_the_event(query: Query, photo: Photo) -> str | None:
    """The photo was taken more than a year before the event."""
    days = days_between(query, photo)
    if days is None or days >= -OLD_DAYS or photo.taken is None:
        return None
    return f"old: taken {photo.taken:%Y-%m-%d}, {gap_in_words(days)}"


def not_by_a_camera(query: Query, photo: Photo) -> str | None:  # noqa: ARG001 - every warning is called alike
    """The photo says by its IPTC Digital Source Type that it, or a part of it, was made and not taken."""
    source = (photo.digital_source_type or "").rstrip("/").rpartition("/")[2]
    return _table()["made"].get(source.casefold()) if source else None


def restricted(query: Query, photo: Photo) -> str | None:  # noqa: ARG001
    """Its instructions, usage terms or rights restrict its use; they are quoted."""
    for field in (photo.instructions, photo.usage_terms, photo.rights):
        sentences = [each for each in _SENTENCE_END.split(field or "") if _restrictions().search(each)]
        if sentences:
            return f"restricted: {_shortened(' '.join(' '.join(sentences).split()))}"
    return None


WARNINGS: Mapping[str, Callable[[Query, Photo], str | None]] = {
    "people": other_people,
    "age": older_than_the_event,
    "made": not_by_a_camera,
    "rights": restricted,
}
"""Every warning, in the order in which they are said."""


def _surnames_spoken_of(query: Query, people: Sequence[str]) -> list[str]:
    """The people of a photo whose whole name, or whose last word as a capitalised word, stands in the story's text."""
    article = query.article
    text = f"{article.headline}\n{article.lead}\n{article.text}" if article else "\n".join((query.words, *query.texts))
    plain = f" {' '.join(words_of(text))} "
    return [name for name in people if (words := words_of(name)) and f" {words[-1]} " in plain]


def _listed(names: Sequence[str], most: int = 3) -> str:
    shown = list(names[:most])
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1].rstrip()}…"


@cache
def _table() -> Mapping[str, Any]:
    table = tomllib.loads(files(__package__).joinpath("warnings.toml").read_text(encoding="utf-8"))
    return table | {"made": {code.casefold(): said for code, said in table["made"].items()}}


@cache
def _restrictions() -> re.Pattern[str]:
    patterns = [pattern for patterns in _table()["restrictions"].values() for pattern in patterns]
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)
