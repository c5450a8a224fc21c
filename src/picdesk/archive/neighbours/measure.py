"""How much of the exact answer an index finds, and which setting is enough.

Recall is that of the hundred nearest of all photos: the share of them among the first hundred of the answer, after its
candidates have been compared exactly.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from picdesk.archive.neighbours.built import Recall
from picdesk.archive.neighbours.nearest import nearest_of_all
from picdesk.archive.neighbours.widen import widened

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

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
    return near_photos(widened(halves[rows]), generator)


def near_photos(photos: Floats, generator: np.random.Generator) -> Floats:
    """Unit rows of photos ``(m, d)``, with noise of half their length."""
    noise = generator.standard_normal(photos.shape).astype(np.float32)
    noise *= NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
    queries = photos + noise
    return np.asarray(queries / np.linalg.norm(queries, axis=1, keepdims=True), dtype=np.float32)


class Judge(Protocol):
    """An index, and queries whose exact answer is known."""

    @property
    def share(self) -> float:
        """Of the photos, that may be in an answer."""

    def recall(self, probes: int, candidates: int) -> Recall:
        """What is found of the exact answer where so many lists are looked at and so many photos compared."""

    def left(self, share: float) -> Judge:
        """The same where a filter leaves about a share of the photos."""


def measure(
    judge: Judge, photos: int, lists: int, compared: int = COMPARED, *, first: int = 1, most: int | None = None
) -> Measured:
    """Twice as many lists are looked at until the recall is reached, then with filters; then with more candidates.

    Args:
        judge: asks the index.
        photos: that are in it.
        lists: of the index.
        compared: photos that a filter leaves up to which all are compared, so that nothing is to be measured.
        first: lists that are looked at to begin with.
        most: lists that are looked at in the end; a quarter of them where it is not said.
    """
    rows: list[Recall] = []
    probes, best = first, 0.0
    most = max(1, lists // 4) if most is None else most
    for candidates in CANDIDATES:
        last = 0.0
        while True:
            rows.append(judge.recall(probes, candidates))
            reached, stuck = rows[-1].at_100 >= WANTED, rows[-1].at_100 - last < GAIN
            if reached or stuck or probes >= most:
                break
            last, probes = rows[-1].at_100, min(2 * probes, most)
        if reached or rows[-1].at_100 - best < GAIN:
            break
        best = rows[-1].at_100
        probes = max(1, probes // 2)  # more lists did not help; more candidates may, and then more lists
    chosen = max(rows, key=lambda row: (min(row.at_100, WANTED), -row.candidates, -row.milliseconds))
    wider = 1
    for share in SHARES:
        if share * photos > compared:
            row, wider = _filtered(judge.left(share), lists, chosen, wider)
            rows.append(row)
    return Measured(probes=chosen.probes, candidates=chosen.candidates, wider=wider, rows=tuple(rows))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CodesJudge:
    """Asks an index of codes beside its vectors.

    Attributes:
        vectors: the index.
        halves: ``(n, d)`` float16, what it is of.
        queries: ``(m, d)`` unit rows.
        truth: ``(m, 100)`` rows of the nearest of each, best first.
        generator: draws the photos that filters leave.
        share: of the photos, that are left.
        allowed: which they are, a bit a row; ``None`` for all.
    """

    vectors: Vectors
    halves: NDArray[np.float16]
    queries: Floats
    truth: NDArray[np.int64]
    generator: np.random.Generator
    share: float = 1.0
    allowed: NDArray[np.uint8] | None = None

    @classmethod
    def of(
        cls,
        vectors: Vectors,
        halves: NDArray[np.float16],
        queries: Floats,
        generator: np.random.Generator,
        progress: Callable[[int], None] = lambda _: None,
    ) -> CodesJudge:
        """Find the exact answers; ``progress`` is called with the photos compared so far."""
        truth = nearest_of_all(halves, queries, min(DEPTH, len(halves)), progress=progress)
        return cls(vectors=vectors, halves=halves, queries=queries, truth=truth, generator=generator)

    def recall(self, probes: int, candidates: int) -> Recall:
        """What is found where so many lists are looked at and so many photos compared."""
        found, seconds = [], []
        for query in self.queries:
            start = time.perf_counter()
            near = self.vectors.candidates(query, candidates, probes, self.allowed)
            cosines = self.vectors.cosines(query, near)
            seconds.append(time.perf_counter() - start)
            found.append(near[np.argsort(-cosines, kind="stable")[:DEPTH]].tolist())
        truth = [row[row >= 0].tolist() for row in self.truth]
        return recall_of(found, truth, seconds, probes=probes, candidates=candidates, share=self.share)

    def left(self, share: float) -> CodesJudge:
        """The same where a drawn share of the photos is left."""
        left = np.flatnonzero(self.generator.random(len(self.halves)) < share)
        return replace(
            self,
            truth=nearest_of_all(self.halves, self.queries, min(DEPTH, len(left)), left),
            share=round(len(left) / len(self.halves), 4),
            allowed=bitmap_of(left, len(self.halves)),
        )


def recall_of(
    found: Sequence[Sequence[Hashable]],
    truth: Sequence[Sequence[Hashable]],
    seconds: Sequence[float],
    *,
    probes: int,
    candidates: int,
    share: float = 1.0,
) -> Recall:
    """What one setting finds.

    Args:
        found: for each query, the photos of its answer, best first.
        truth: the same of the exact answers.
        seconds: that each query took.
        probes: lists that were looked at.
        candidates: photos that were compared exactly.
        share: of the photos that a filter left.
    """
    return Recall(
        probes=probes,
        candidates=candidates,
        share=share,
        at_10=_share_of(found, truth, 10),
        at_100=_share_of(found, truth, DEPTH),
        milliseconds=round(1000 * float(np.median(seconds)), 3),
    )


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


def _filtered(judge: Judge, lists: int, chosen: Recall, least: int) -> tuple[Recall, int]:
    """What is found where only some photos are left, and how much wider one has to look for that."""
    for wider in (each for each in WIDER if each >= least):
        probes = probes_with_filter(chosen.probes, judge.share, lists, wider)
        row = judge.recall(probes, chosen.candidates)
        if row.at_100 >= WANTED or probes == lists:
            break
    return row, wider


def _share_of(found: Sequence[Sequence[Hashable]], truth: Sequence[Sequence[Hashable]], depth: int) -> float:
    """Mean share of the first ``depth`` true photos that are among the first ``depth`` found."""
    shares = [
        len({*near[:depth]} & {*row[:depth]}) / max(1, len(row[:depth])) for near, row in zip(found, truth, strict=True)
    ]
    return round(float(np.mean(shares)), 4)
