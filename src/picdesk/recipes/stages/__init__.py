"""Kinds of stages: one file each with ``VERSION`` and ``run(job)``, and one line here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from picdesk.recipes.stages.stage import Job, Stage, Watch, key_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import ModuleType

KINDS = (
    "read",
    "drawn",
    "pairs",
    "texts",
    "archive",
    "spaces",
    "clip",
    "alignment",
    "blend",
    "tiny",
    "rank",
    "rerank",
    "evaluate",
    "change",
    "submission",
    "ratings",
)
"""Every kind, by the name of its module."""


def kind_named(kind: str) -> ModuleType:
    """The module of a kind."""
    if kind not in KINDS:
        raise ValueError(f"no kind of stage is called {kind!r}; there are: {', '.join(KINDS)}")
    return import_module(f"picdesk.recipes.stages.{kind}")


def make_stage(
    kind: str,
    name: str,
    settings: Mapping[str, Any],
    needs: Mapping[str, Stage] | None = None,
    inputs: Mapping[str, str] | None = None,
    places: Mapping[str, Path] | None = None,
) -> Stage:
    """A stage with its key. A higher ``VERSION`` of its kind makes another key, and so do other settings."""
    needs, inputs = needs or {}, inputs or {}
    version = kind_named(kind).VERSION
    key = key_of(kind, version, settings, needs, inputs)
    return Stage(kind=kind, name=name, settings=settings, needs=needs, inputs=inputs, places=places or {}, key=key)


__all__ = ["KINDS", "Job", "Stage", "Watch", "kind_named", "make_stage"]
