"""How many photos there are of each kind, so that filters say beforehand what they leave."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.desk.only import KINDS, NOT_SAID
from picdesk.desk.querying import filter_options
from picdesk.search.filters.fields import AI_SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from picdesk.api import Archive
    from picdesk.desk.asked import Asked, Filtered
    from picdesk.desk.state import Desk

VALUES = 12
"""Values of a facet that are named, most photos first; those that were chosen are named besides."""
_COLUMNS = ("rights", "usage_terms", "instructions", "credit", "taken", "width", "height", "place", "people")


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
        values: most photos first.
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

    Values that differ in case alone are one, as they are to filters, in the spelling that came first.
    """

    values: list[str]
    codes: NDArray[np.int64]
    owners: NDArray[np.int64]


class FacetTable:
    """The facets of an archive at one version, read when they are first asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = -1
        self._rows: dict[str, int] = {}
        self._columns: dict[str, _Column] = {}

    def counts(self, archive: Archive, filters: Filtered) -> Facets:
        """Count.

        Raises:
            FilterError: filters that make no sense.
        """
        with self._lock:
            if self._version != archive.version:
                self._read(archive)
            rows, columns = self._rows, self._columns
        everything = self._left(archive, filters, rows)
        facets = []
        for name, kind in KINDS.items():
            chosen = filters.only.get(name, ())
            # What other values of the same facet would leave: its own choice must not hide them.
            others = {field: values for field, values in filters.only.items() if field != name}
            left = self._left(archive, filters.model_copy(update={"only": others}), rows) if chosen else everything
            facets.append(Facet(field=name, label=kind.label, values=_values(columns[name], left, chosen, name)))
        return Facets(photos=len(rows) if everything is None else int(everything.sum()), facets=tuple(facets))

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
        for batch in archive.said((*_COLUMNS, "digital_source_type")):
            ids += batch["id"]
            for name, reader in _READERS.items():
                said[name] += reader(batch)
        self._rows = {photo: row for row, photo in enumerate(ids)}
        self._columns = {name: _column(values) for name, values in said.items()}
        self._version = version


async def facets(desk: Desk, asked: Asked) -> Facets:
    """The facets of what a question's filters leave.

    Raises:
        FilterError: filters that make no sense.
        Problem: too much to do.
    """
    return await desk.search(lambda archive: desk.facet_table.counts(archive, asked.filters))


def _values(column: _Column, left: NDArray[np.bool_] | None, only: Sequence[str], name: str) -> tuple[FacetValue, ...]:
    chosen = {value.lower() for value in only}
    codes = column.codes if left is None else column.codes[left[column.owners]]
    counts = np.bincount(codes, minlength=len(column.values))
    best = sorted(range(len(column.values)), key=lambda code: (-counts[code], column.values[code]))
    first = [code for code in best if counts[code]][:VALUES]
    first += [code for code in best if column.values[code].lower() in chosen and code not in first]
    found = [
        FacetValue(
            value=column.values[code],
            label=_LABELS.get((name, column.values[code]), column.values[code] or "not said"),
            count=int(counts[code]),
            chosen=column.values[code].lower() in chosen,
        )
        for code in first
    ]
    there = {value.value.lower() for value in found}
    gone = [value for value in only if value.lower() not in there]
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
    return _Column(values, np.asarray(codes, dtype=np.int64), np.asarray(owners, dtype=np.int64))


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
