"""The stages of a recipe: what is made of what, in an order in which it can be done."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from picdesk.errors import MissingError
from picdesk.recipes.stages import make_stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from picdesk.recipes.stages import Stage

MISSING = Path("missing")
"""Stands for what is not here, so that stages can be listed without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A run of the recipe, made for one side of one set.

    Attributes:
        run: its name in the recipe.
        set: that it is made for.
        side: ``test`` or ``train``.
        ranked: the stage that gives the run.
        measured: the stage that measures it; ``None`` where nothing is measured.
    """

    run: str
    set: str
    side: str
    ranked: Stage
    measured: Stage | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Everything that a recipe does.

    Attributes:
        stages: each once, after all that it needs.
        outcomes: the runs.
        models: name, with the set where it is one's own -> the stage that makes it.
        changes: set -> stages of the tables of rank changes.
        submission: the stage; ``None`` without one.
        ratings: the stage; ``None`` without one.
    """

    stages: tuple[Stage, ...]
    outcomes: tuple[Outcome, ...]
    models: Mapping[str, Stage]
    changes: Mapping[str, tuple[Stage, ...]] = field(default_factory=dict)
    submission: Stage | None = None
    ratings: Stage | None = None


@dataclass(slots=True)
class Parts:
    """What a stage is made of, while it is gathered."""

    needs: dict[str, Stage] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    places: dict[str, Path] = field(default_factory=dict)

    def take(self, role: str, part: Stage | tuple[Path, str]) -> None:
        """Take what another stage makes, or what lies somewhere with its hash."""
        if isinstance(part, tuple):
            self.places[role], self.inputs[role] = part
        else:
            self.needs[role] = part

    def stage(self, kind: str, name: str, settings: Mapping[str, Any]) -> Stage:
        """The stage of these."""
        return make_stage(kind, name, settings, self.needs, self.inputs, self.places)


def in_order(last: Iterable[Stage]) -> Iterator[Stage]:
    """Stages after what they need, each key once."""
    seen: set[str] = set()

    def walk(stage: Stage) -> Iterator[Stage]:
        if stage.key not in seen:
            seen.add(stage.key)
            for need in stage.needs.values():
                yield from walk(need)
            yield stage

    for stage in last:
        yield from walk(stage)


def refuse_unknown(stage: Stage) -> None:
    """Refuse to do a stage whose inputs are not here.

    Raises:
        MissingError: one is not.
    """
    lacking = [role for role, place in stage.places.items() if place == MISSING]
    if lacking:
        raise MissingError(f"the stage {stage.name!r} lacks {', '.join(lacking)}", "See: picdesk recipes show NAME")
