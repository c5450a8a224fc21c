"""How many photos there are of each kind, so that filters say beforehand what they leave."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.desk.only import KINDS, NOT_SAID
from picdesk.desk.querying import filter_options
from picdesk.desk.searching import answer
from picdesk.search.filters.fields import AI_SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from picdesk.api import Archive
    from picdesk.desk.asked import Asked, Filtered
    from picdesk.desk.state import Desk
    from picdesk.records import Photo

VALUES = 12
"""Values of a facet that are named; those that were chosen are named besides."""
BEST = 60
"""Hits whose values are named first: of a thousand places, editors look for the story's and not for the largest."""
_RIGHTS = ("rights", "usage_terms", "instructions")
_COLUMNS = (*_RIGHTS, "credit", "taken", "width", "height", "place", "people", "digital_source_type")


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """One value of a facet.

    Attributes:
        value: as ``filters.only`` takes it; empty for photos that do not say.
        label: for people.
        count: photos that have it, of those that all other filters leave.
        chosen: whether it is chosen.
    """

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One thing that photos are told apart by.

    Attributes:
        field: its name in ``filters.only``.
        label: for people.
        values: most photos first; of more than are named, those of the best hits before the others.
    """

    field: str
    label: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """The facets of an archive under filters.

    Attributes:
        photos: that all filters leave.
        facets: in the order in which they are shown.
    """

    photos: int
    facets: tuple[Facet, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """A facet of all photos: row ``owners[i]`` has value ``values[codes[i]]``, and a row may have several.

    Values that differ in case alone are one, as they are to filters, in the spelling that came first; ``numbers`` has
    their codes by the value in lower case. Codes are in the order of the values' letters.
    """

    values: list[str]
    numbers: Mapping[str, int]
    codes: NDArray[np.int64]
    owners: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """The facets of an archive under filters, counted, before it is said which values are named.

    Attributes:
        photos: that all filters leave.
        columns: facet -> its column, how many photos each of its values would leave, and the values that are chosen.
    """

    photos: int
    columns: Mapping[str, tuple[_Column, NDArray[np.int64], Sequence[str]]]

    def named(self, best: Sequence[Photo] = ()) -> Facets:
        """The facets as they are shown.

        Args:
            best: photos of the best hits, if something was searched for.
        """
        said = {name: [getattr(photo, name) for photo in best[:BEST]] for name in _COLUMNS}
        facets = []
        for name, (column, counts, chosen) in self.columns.items():
            words = (value.lower() for values in _READERS[name](said) for value in values or (NOT_SAID,))
            near = Counter(word for word in words if word in column.numbers)
            values = _values(column, counts, chosen, name, near)
            facets.append(Facet(field=name, label=KINDS[name].label, values=values))
        return Facets(photos=self.photos, facets=tuple(facets))


class FacetTable:
    """The facets of an archive at one version, read when they are first asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = -1
        self._rows: dict[str, int] = {}
        self._columns: dict[str, _Column] = {}

    def counts(self, archive: Archive, filters: Filtered) -> Counted:
        """Count.

        Raises:
            FilterError: filters that make no sense.
        """
        with self._lock:
            if self._version != archive.version:
                self._read(archive)
            rows, columns = self._rows, self._columns
        everything = self._left(archive, filters, rows)
        counted: dict[str, tuple[_Column, NDArray[np.int64], Sequence[str]]] = {}
        for name in KINDS:
            column, chosen = columns[name], filters.only.get(name, ())
            # What other values of the same facet would leave: its own choice must not hide them.
            others = {field: values for field, values in filters.only.items() if field != name}
            left = self._left(archive, filters.model_copy(update={"only": others}), rows) if chosen else everything
            codes = column.codes if left is None else column.codes[left[column.owners]]
            counted[name] = column, np.bincount(codes, minlength=len(column.values)), chosen
        return Counted(len(rows) if everything is None else int(everything.sum()), counted)

    @staticmethod
    def _left(archive: Archive, filters: Filtered, rows: dict[str, int]) -> NDArray[np.bool_] | None:
        """Which rows the filters leave; ``None`` for all."""
        options = filter_options(filters)
        if not options:
            return None
        left = np.zeros(len(rows), dtype=bool)
        for ids in archive.ids_where(**options):
            left[[rows[photo] for photo in ids if photo in rows]] = True
        return left

    def _read(self, archive: Archive) -> None:
        version = archive.version
        ids: list[str] = []
        said: dict[str, list[tuple[str, ...]]] = {name: [] for name in KINDS}
        for batch in archive.said(_COLUMNS):
            ids += batch["id"]
            for name, reader in _READERS.items():
                said[name] += reader(batch)
        self._rows = {photo: row for row, photo in enumerate(ids)}
        self._columns = {name: _column(values) for name, values in said.items()}
        self._version = version


async def counted(desk: Desk, asked: Asked) -> Counted:
    """How many photos each value would leave, of what a question's filters leave.

    Raises:
        FilterError: filters that make no sense.
        Problem: too much to do.
    """
    return await desk.search(lambda archive: desk.facet_table.counts(archive, asked.filters))


async def facets(desk: Desk, asked: Asked) -> Facets:
    """The facets of a question.

    Raises:
        As `counted`, and, where it asks for something, as `picdesk.desk.searching.answer`.
    """
    if not asked.says_something:
        return (await counted(desk, asked)).named()
    found, every = await asyncio.gather(answer(desk, asked), counted(desk, asked))
    return every.named([hit.photo for hit in found.ranking.hits])


def _values(
    column: _Column, counts: NDArray[np.int64], only: Sequence[str], name: str, near: Mapping[str, int]
) -> tuple[FacetValue, ...]:
    there = np.flatnonzero(counts)
    first = np.zeros(len(counts), dtype=np.int64)
    if len(there) > VALUES:  # where all are named, their order stays while a headline is edited
        first[[column.numbers[value] for value in near]] = list(near.values())
    best = there[np.lexsort((-counts[there], -first[there]))[:VALUES]].tolist()  # of equals, the first by its letters
    chosen = {column.numbers[value.lower()] for value in only if value.lower() in column.numbers}
    found = [
        FacetValue(
            value=column.values[code],
            label=_LABELS.get((name, column.values[code]), column.values[code] or "not said"),
            count=int(counts[code]),
            chosen=code in chosen,
        )
        for code in (*best, *sorted(chosen.difference(best)))
    ]
    gone = [value for value in only if value.lower() not in column.numbers]
    return (*found, *(FacetValue(value=value, label=value, count=0, chosen=True) for value in gone))


_LABELS = {
    ("rights", "editorial"): "Editorial use",
    ("rights", "other"): "Other terms",
    ("origin", "ai"): "AI, wholly or in part",
    ("origin", NOT_SAID): "Nobody says AI",
    ("orientation", "landscape"): "Landscape",
    ("orientation", "portrait"): "Portrait",
    ("orientation", "square"): "Square",
}


def _column(said: Sequence[tuple[str, ...]]) -> _Column:
    numbers: dict[str, int] = {}
    values: list[str] = []
    codes, owners = [], []
    for row, texts in enumerate(said):
        for value in texts or (NOT_SAID,):
            code = numbers.setdefault(value.lower(), len(numbers))
            if code == len(values):
                values.append(value)
            codes.append(code)
            owners.append(row)
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[order] = np.arange(len(values))
    return _Column(
        [values[code] for code in order],
        {value: int(ranks[code]) for value, code in numbers.items()},
        ranks[np.asarray(codes, dtype=np.int64)],
        np.asarray(owners, dtype=np.int64),
    )


def _rights_of(batch: dict[str, list[Any]]) -> Iterable[tuple[str, ...]]:
    for texts in zip(batch["rights"], batch["usage_terms"], batch["instructions"], strict=True):
        said = [text for text in texts if text]
        yield ("editorial" if any("editorial" in text.lower() for text in said) else "other" if said else NOT_SAID,)


def _shape_of(batch: dict[str, list[Any]]) -> Iterable[tuple[str, ...]]:
    for width, height in zip(batch["width"], batch["height"], strict=True):
        yield ("landscape" if width > height else "portrait" if width < height else "square",)


_READERS: Mapping[str, Callable[[dict[str, list[Any]]], Iterable[tuple[str, ...]]]] = {
    "rights": _rights_of,
    "credit": lambda batch: [(text or NOT_SAID,) for text in batch["credit"]],
    "year": lambda batch: [(f"{day.year:04d}" if day else NOT_SAID,) for day in batch["taken"]],
    "orientation": _shape_of,
    "place": lambda batch: [(text or NOT_SAID,) for text in batch["place"]],
    "people": lambda batch: [tuple(dict.fromkeys(names or ())) for names in batch["people"]],
    "origin": lambda batch: [("ai" if kind in AI_SOURCES else NOT_SAID,) for kind in batch["digital_source_type"]],
}
"""Facet -> the values that each photo of a batch has."""
