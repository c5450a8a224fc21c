"""One job of one peer, run by the Python of that peer's environment, which may have nothing of Picdesk.

    python -m benchmarks.peers.inside MODULE JOB '{"weights": ..., "place": ..., ...}'

The last line printed is JSON.
"""

from __future__ import annotations

import importlib
import json
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.machine import held

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.peers.side import Ask, Rows, Side

SHOWN = 8
"""Photos whose vectors are compared between peers."""

LEAST, WARM = 3, 2
"""Searches that are measured at least, however long they take, and those before the first that counts."""


def photos(side: Side, asked: dict[str, Any]) -> dict[str, Any]:
    """A folder of photos becomes searchable and is searched."""
    folder = Path(asked["photos"])
    seconds = {"load": timed(side.load)}
    parts: dict[str, float] = {}
    seconds["add"] = timed(lambda: parts.update(side.add(folder)))
    hits: list[str] = []
    seconds["search"] = timed(lambda: hits.extend(side.search(asked["text"])))
    vectors = {name: np.asarray(row, dtype=np.float32).tolist() for name, row in sorted(side.vectors().items())}
    return {"seconds": seconds, "parts": parts, "hits": hits, "vectors": dict(list(vectors.items())[:SHOWN])}


def make(side: Side, asked: dict[str, Any]) -> dict[str, Any]:
    """Vectors become searchable."""
    return {"seconds": timed(lambda: side.make(Path(asked["vectors"])))}


def ask(side: Side, asked: dict[str, Any]) -> dict[str, Any]:
    """What was made is opened and asked, in every way that it offers, until all queries or the time are spent."""
    queries = np.load(asked["queries"])
    ways: dict[str, Ask] = {}
    opened = timed(lambda: ways.update(side.open()))
    return {
        "open": opened,
        "ways": {name: _asked(way, queries, asked["seconds"]) for name, way in ways.items()},
        "held": held(),
    }


JOBS: dict[str, Callable[[Side, dict[str, Any]], dict[str, Any]]] = {"photos": photos, "make": make, "ask": ask}


def timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _asked(way: Ask, queries: Rows, limit: float) -> dict[str, Any]:
    first = timed(lambda: way(queries[0]))
    start = time.perf_counter()
    for query in queries[:WARM]:
        if time.perf_counter() - start < limit:
            way(query)
    times: list[float] = []
    answers: list[list[int]] = []
    start = time.perf_counter()
    for query in queries:
        if len(times) >= LEAST and time.perf_counter() - start > limit:
            break
        times.append(timed(lambda query=query: answers.append(way(query))))  # type: ignore[misc]
    return {"first": first, "p50": statistics.median(times), "answers": answers}


def main() -> None:
    module, job, asked = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    peer = importlib.import_module(f"benchmarks.peers.sides.{module}")
    side: Side = peer.Side(Path(asked["weights"]), Path(asked["place"]))
    print(json.dumps(JOBS[job](side, asked)), flush=True)


if __name__ == "__main__":
    main()
