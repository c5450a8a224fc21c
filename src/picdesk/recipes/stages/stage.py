"""A stage: one step of a recipe, known by everything that its result depends on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from picdesk.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stage:
    """One step.

    Attributes:
        kind: a key of ``picdesk.recipes.stages.KINDS``.
        name: for people: what is made, of what.
        settings: that decide the result, as JSON holds them.
        needs: role -> the stage whose result is used.
        inputs: role -> hash of what is read from outside; empty where that is not here.
        places: role -> where that lies now; no part of the key.
        key: SHA-256 over kind, settings, the needs' keys and the inputs.
    """

    kind: str
    name: str
    settings: Mapping[str, Any]
    needs: Mapping[str, Stage] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Path] = field(default_factory=dict)
    key: str

    @property
    def folder(self) -> str:
        """Name of its folder in the cache."""
        return f"{self.kind}-{self.key[:20]}"

    @property
    def target(self) -> str:
        """Name of the encoder that it makes, where it makes one: by its content, so that recipes can share it."""
        return f"{self.kind}-{self.key[:10]}"


def key_of(
    kind: str,
    version: int,
    settings: Mapping[str, Any],
    needs: Mapping[str, Stage],
    inputs: Mapping[str, str],
) -> str:
    """The key of a stage: the same for the same work, whatever it is called and wherever its data lies.

    >>> key_of("read", 1, {}, {}, {"data": "a"}) == key_of("read", 1, {}, {}, {"data": "a"})
    True
    >>> key_of("read", 1, {}, {}, {"data": "a"}) == key_of("read", 1, {}, {}, {"data": "b"})
    False
    """
    said = {
        "kind": kind,
        "version": version,
        "settings": settings,
        "needs": {role: need.key for role, need in needs.items()},
        "inputs": inputs,
    }
    # Keys stay in their order: of two models the first is another than the second.
    return hashlib.sha256(json.dumps(said, ensure_ascii=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who is told how a stage goes, and may end it.

    Attributes:
        progress: called with what is done, of how much where that is known, and what it is.
        stop: asked now and then; after a yes the stage ends, and a second run goes on.
    """

    progress: Callable[[int, int | None, str], None] = lambda _done, _total, _what: None
    stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A stage that is being done.

    Attributes:
        stage: the stage.
        folder: to write into; what a killed run left in it is still there.
        done: role -> folder of the stage's result.
        watch: who is told.
    """

    stage: Stage
    folder: Path
    done: Mapping[str, Path]
    watch: Watch

    @property
    def settings(self) -> Mapping[str, Any]:
        """The stage's."""
        return self.stage.settings

    def model(self, role: str) -> Path:
        """Where a model is that is used: made by a stage, or given."""
        if role in self.done:
            return self.done[role] / self.stage.needs[role].target
        return self.stage.places[role]

    def models(self) -> list[Path]:
        """Where the models ``model:0``, ``model:1`` and so on are."""
        roles = {role for role in (*self.done, *self.stage.places) if role.startswith("model:")}
        return [self.model(f"model:{number}") for number in range(len(roles))]

    def root(self, data: str) -> Path:
        """Where data lies that photos are of: given, or drawn by a stage."""
        role = f"data:{data}"
        return self.done[role] if role in self.done else self.stage.places[role]

    def roots(self) -> dict[str, Path]:
        """The same for all data of the stage."""
        roles = (*self.done, *self.stage.places)
        return {role.partition(":")[2]: self.root(role.partition(":")[2]) for role in roles if role.startswith("data:")}

    def tell(self, done: int, total: int | None, what: str = "") -> None:
        """Say how far it is."""
        self.watch.progress(done, total, what)

    def check(self) -> None:
        """End here where that is asked for.

        Raises:
            Interrupted: it is.
        """
        if self.watch.stop():
            raise Interrupted("stopped before the end; what was done is kept", "The same command goes on from here.")
