"""How much of the exact answer an index finds, and which setting is enough.

Recall is that of the hundred nearest of all photos: the share of them among the first hundred of the answer, after its
candidates have been compared exactly.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.neighbours.files import Recall
from picdesk.archive.neighbours.nearest import nearest_of_all
from picdesk.archive.neighbours.widen import widened

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from picdesk.archive.neighbours.nearest import Vectors

    Floats = NDArray[np.float32]

WANTED = 0.98
"""Recall of the hundred nearest that a setting must reach: a percent over what is promised."""

CANDIDATES = (1000, 2000, 4000, 8000)
GAIN = 0.005
"""Recall that twice as many lists must bring, else more candidates are compared instead."""

SHARES = (0.5, 0.1, 0.03)
"""Of the photos, that a filter leaves where recall with filters is measured."""

WIDER = (1, 2, 4, 8)
"""How many times the lists that a filter's share asks for are looked at, until the recall is reached."""

COMPARED = 20_000
"""Photos that a filter leaves which are all compared: that takes about as long as a search of the index."""

QUERIES = 200
NOISE = 0.5
"""Length of the noise that makes a query of a photo's vector: their cosine is about 0.9."""

DEPTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured of an index, and the setting that was chosen."""

    probes: int
    candidates: int
    wider: int
    rows: tuple[Recall, ...]


def queries_of_photos(halves: NDArray[np.float16], generator: np.random.Generator, count: int = QUERIES) -> Floats:
    """Made-up queries ``(m, d)``, unit rows: vectors of photos and noise of half their length."""
    rows = np.sort(generator.choice(len(halves), min(count, len(halves)), replace=False))
    photos = widened(halves[rows])
    noise = generator.standard_normal(photos.shape).astype(np.float32)
    noise *= NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
    queries = photos + noise
    return np.asarray(queries / np.linalg.norm(queries, axis=1, keepdims=True), dtype=np.float32)


def measure(
    vectors: Vectors,
    halves: NDArray[np.float16],
    queries: Floats,
    lists: int,
    generator: np.random.Generator,
    progress: Callable[[int], None] = lambda _: None,
    compared: int = COMPARED,
) -> Measured:
    """Twice as many lists are looked at until the recall is reached, then with filters; then with more candidates.

    Args:
        vectors: the index.
        halves: ``(n, d)`` float16, what it is of.
        queries: ``(m, d)`` unit rows.
        lists: of the index.
        generator: draws the photos that filters leave.
        progress: called with the photos compared so far.
        compared: photos that a filter leaves up to which all are compared, so that nothing is to be measured.
    """
    truth = nearest_of_all(halves, queries, min(DEPTH, len(halves)), progress=progress)
    rows: list[Recall] = []
    probes = 1
    for candidates in CANDIDATES:
        last = 0.0
        while True:
            rows.append(_recall(vectors, queries, truth, probes, candidates))
            reached, stuck = rows[-1].at_100 >= WANTED, rows[-1].at_100 - last < GAIN
            if reached or stuck or probes >= max(1, lists // 4):
                break
            last, probes = rows[-1].at_100, 2 * probes
        if reached:
            break
        probes = max(1, probes // 2)  # more lists did not help; more candidates may, and then more lists
    chosen = max(rows, key=lambda row: (min(row.at_100, WANTED), -row.milliseconds))
    wider = 1
    for share in SHARES:
        if share * len(halves) > compared:
            left = np.flatnonzero(generator.random(len(halves)) < share)
            row, wider = _filtered(vectors, halves, queries, lists, chosen, left, wider)
            rows.append(row)
    return Measured(probes=chosen.probes, candidates=chosen.candidates, wider=wider, rows=tuple(rows))


def probes_with_filter(probes: int, share: float, lists: int, wider: int = 1) -> int:
    """Lists that are looked at where a filter leaves only a share of the photos: as many more as the share is less.

    Unguarded, recall falls to 0.4 where a hundredth is left: the near lists hold too few photos that may be shown.
    """
    return max(1, min(lists, round(wider * probes / max(share, 1e-9))))


def bitmap_of(rows: NDArray[np.int64], count: int) -> NDArray[np.uint8]:
    """A bit a row, the lowest first: 1 for the rows given."""
    there = np.zeros(count, dtype=bool)
    there[rows] = True
    return np.packbits(there, bitorder="little")


def _filtered(
    vectors: Vectors,
    halves: NDArray[np.float16],
    queries: Floats,
    lists: int,
    chosen: Recall,
    left: NDArray[np.int64],
    least: int,
) -> tuple[Recall, int]:
    """What is found where only some photos are left, and how much wider one has to look for that."""
    share = len(left) / len(halves)
    truth = nearest_of_all(halves, queries, min(DEPTH, len(left)), left)
    for wider in (each for each in WIDER if each >= least):
        probes = probes_with_filter(chosen.probes, share, lists, wider)
        allowed = bitmap_of(left, len(halves))
        row = _recall(vectors, queries, truth, probes, chosen.candidates, allowed, round(share, 4))
        if row.at_100 >= WANTED or probes == lists:
            break
    return row, wider


def _recall(
    vectors: Vectors,
    queries: Floats,
    truth: NDArray[np.int64],
    probes: int,
    candidates: int,
    allowed: NDArray[np.uint8] | None = None,
    share: float = 1.0,
) -> Recall:
    found, seconds = [], []
    for query in queries:
        start = time.perf_counter()
        near = vectors.candidates(query, candidates, probes, allowed)
        cosines = vectors.cosines(query, near)
        seconds.append(time.perf_counter() - start)
        found.append(near[np.argsort(-cosines, kind="stable")[:DEPTH]])
    return Recall(
        probes=probes,
        candidates=candidates,
        share=share,
        at_10=_share_of(found, truth, 10),
        at_100=_share_of(found, truth, DEPTH),
        milliseconds=round(1000 * float(np.median(seconds)), 3),
    )


def _share_of(found: list[NDArray[np.int64]], truth: NDArray[np.int64], depth: int) -> float:
    """Mean share of the first ``depth`` true rows that are among the first ``depth`` found."""
    shares = []
    for near, row in zip(found, truth, strict=True):
        true = row[row >= 0][:depth]
        shares.append(len(np.intersect1d(near[:depth], true)) / max(1, len(true)))
    return round(float(np.mean(shares)), 4)
