"""A table of a comparison, before anyone has decided how it is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry.

    Attributes:
        text: as people read it; raw, each format escapes it.
        marks: what stands raised behind it.
        best: whether it is the best of its column.
    """

    text: str
    marks: str = ""
    best: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading, and whether it holds numbers, which stand to the right."""

    name: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings.

    Attributes:
        title: what it shows.
        columns: from left to right.
        rows: each as long as ``columns``.
        legend: sentences that explain it, marks first.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    legend: tuple[str, ...] = ()
