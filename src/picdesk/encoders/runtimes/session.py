"""A graph that is ready to run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from picdesk.encoders.graph import Graph

Feeds: TypeAlias = "Mapping[str, NDArray[Any]]"


class Session(Protocol):
    """One graph, compiled. Safe to use from several threads.

    Attributes:
        runtime: library and precision.
        parallel: pieces that run at the same time.
        piece: items that a piece holds at most, for speed; more work too.
    """

    runtime: str
    parallel: int
    piece: int

    def run(self, pieces: Sequence[Feeds]) -> list[NDArray[Any]]:
        """Run each piece; the output of each, in order."""


def saved_precision(graph: Graph) -> str:
    """``int8`` where a graph computes with whole numbers, as it was quantised before it was saved; else ``float32``."""
    quantised = any("Quantize" in name or name.endswith("Integer") for _, name in graph.operators)
    return "int8" if quantised else "float32"


def cores() -> int:
    """Processor cores that this process may use: the one place that says how many threads a runtime gets."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
