"""What is in an archive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.archive.compact import folder_size
from picdesk.archive.neighbours.kept import kept_indexes
from picdesk.errors import ArchiveDamaged

if TYPE_CHECKING:
    import datetime as dt

    from picdesk.archive.neighbours.built import BuiltIndex
    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

SAYING = ("caption", "keywords", "people", "place", "credit", "rights", "taken")
"""Columns whose coverage is worth knowing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """An encoder of an archive, and how many photos have a vector of it."""

    encoder: StoredEncoder
    photos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A file that was not taken, or a photo that was taken out (its ``id`` is set then)."""

    uri: str
    reason: str
    when: dt.datetime
    id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What is in an archive.

    Attributes:
        photos: how many.
        encoders: vector coverage by encoder.
        meaning: the text model that reads captions, and how many photos have a vector of it; ``None`` where nothing is
            said of any photo, or an older Picdesk made the archive.
        said: for each metadata column, how many photos have it.
        refusals: files that were not taken and photos that were taken out, latest first.
        bytes: size of the archive's folder.
        language: of the word index.
        choices: decisions that hold: photos picked or rejected for stories.
        uses: how many times photos were used.
        indexes: the neighbour indexes that were built.
        broken_indexes: of others, what is wrong with them.
    """

    photos: int
    encoders: tuple[Coverage, ...]
    meaning: Coverage | None
    said: dict[str, int]
    refusals: tuple[Refusal, ...]
    bytes: int
    language: str
    choices: int = 0
    uses: int = 0
    indexes: tuple[BuiltIndex, ...] = ()
    broken_indexes: tuple[str, ...] = ()


def info(store: Store) -> Info:
    """Look into an archive."""
    refusals = [
        Refusal(uri=row["uri"], reason=row["reason"], when=row["when"], id=row["id"]) for row in store.refusals()
    ]
    indexes, broken = _indexes(store)
    return Info(
        photos=store.count(),
        encoders=tuple(_coverage(store, entry) for entry in store.encoders()),
        meaning=_coverage(store, entry) if (entry := store.meaning()) else None,
        said={column: store.count(_has(column)) for column in SAYING},
        refusals=tuple(sorted(refusals, key=lambda refusal: refusal.when, reverse=True)),
        bytes=folder_size(store.folder),
        language=store.language,
        choices=len(store.choices.standing()),
        uses=len(store.uses.standing()),
        indexes=indexes,
        broken_indexes=broken,
    )


def _coverage(store: Store, entry: StoredEncoder) -> Coverage:
    return Coverage(encoder=entry, photos=store.count(f"{entry.column} IS NOT NULL"))


def _indexes(store: Store) -> tuple[tuple[BuiltIndex, ...], tuple[str, ...]]:
    """The neighbour indexes whose pointer can be read, and what is wrong with the others."""
    found: list[BuiltIndex] = []
    broken: list[str] = []
    kept = kept_indexes(store)
    for column in kept.columns():
        try:
            built = kept.built(column)
        except ArchiveDamaged as error:
            broken.append(error.message)
        else:
            found += [built] if built is not None else []
    return tuple(found), tuple(broken)


def _has(column: str) -> str:
    return f"array_length({column}) > 0" if column in {"keywords", "people"} else f"{column} IS NOT NULL"
