"""Our figures beside the published ones, row by row of the paper's tables."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from picdesk.recipes.recipe import Published, Recipe, Row
    from picdesk.recipes.run import Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A published figure with ours.

    Attributes:
        row: as the paper calls it.
        set: of articles; empty where the table has none.
        side: of the set.
        measure: the column.
        published: the paper's figure; ``None`` where it gives none.
        ours: our figure; ``None`` where we have none.
        low: of our 95 % interval.
        high: of our 95 % interval.
    """

    row: str
    set: str
    side: str
    measure: str
    published: float | None
    ours: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def inside(self) -> bool | None:
        """Whether the published figure is inside our interval; ``None`` where one of them is missing."""
        if self.published is None or self.low is None or self.high is None:
            return None
        return self.low <= self.published <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A published table with ours.

    Attributes:
        table: the published one.
        cells: of its rows, in their order.
    """

    table: Published
    cells: tuple[Cell, ...]

    def document(self) -> dict[str, Any]:
        """As JSON holds it."""
        said = {"table": self.table.name, "about": self.table.about, "source": self.table.source}
        cells = [asdict(cell) | {"inside": cell.inside} for cell in self.cells]
        return said | {"seen": self.table.seen, "cells": cells}


def set_beside(recipe: Recipe, measured: Sequence[Measured]) -> tuple[Beside, ...]:
    """Every published table of a recipe with what was measured; nothing for a stand-in."""
    if recipe.stand_in:
        return ()
    return tuple(
        Beside(table=table, cells=tuple(cell for row in table.rows for cell in _cells(recipe, table, row, measured)))
        for table in recipe.published
    )


def _cells(recipe: Recipe, table: Published, row: Row, measured: Sequence[Measured]) -> Iterable[Cell]:
    label = row.label or recipe.runs[row.run].about or row.run
    own = row.set or (next(iter(recipe.sets)) if len(recipe.sets) == 1 else "")
    mine = next((one for one in measured if (one.run, one.set, one.side) == (row.run, own, row.side)), None)
    for name, value in zip(table.measures, row.values, strict=True):
        ours = mine.measures.get(_known(name)) if mine else None
        low, high = (mine.intervals.get(_known(name)) or (None, None)) if mine else (None, None)
        yield Cell(
            row=label,
            set=row.set,
            side=row.side,
            measure=name,
            published=None if math.isnan(value) else value,
            ours=ours,
            low=low,
            high=high,
        )


def _known(name: str) -> str:
    """A measure as `picdesk.evaluate` writes it; as it is where it is none."""
    from picdesk.errors import InputError
    from picdesk.evaluate.measures import parse_measure

    try:
        return parse_measure(name).name
    except InputError:
        return name
