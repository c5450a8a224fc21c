"""What is known of a neighbour index that was built, whichever library it is of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """How much of the exact answer an index finds, at one setting.

    Attributes:
        probes: lists that were looked at.
        candidates: photos that were compared exactly.
        share: of the photos that a filter left.
        at_10: recall of the ten best, mean over the queries.
        at_100: of the hundred best.
        milliseconds: of one query, median.
    """

    probes: int
    candidates: int
    share: float
    at_10: float
    at_100: float
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIndex(ABC):
    """What is known of an index that was built.

    Attributes:
        column: the vector column it is of.
        encoder: that encoder's name.
        fingerprint: and its fingerprint.
        dimension: length of the vectors.
        kind: such as ``flat`` or ``pq``; see `picdesk.archive.neighbours.plan`.
        factory: its library's description; empty for ``flat``.
        lists: parts that the photos are dealt out to; 0 for ``flat``.
        photos: in it.
        version: of the table of photos when it was read.
        when: UTC, ISO 8601.
        seconds: that building took, without measuring.
        memory: bytes that it takes when it is open; ``None`` where it is read as it is needed.
        probes: lists that a search looks at.
        candidates: photos that a search compares exactly.
        wider: how many times the lists that a filter's share asks for are looked at.
        queries: what recall was measured on, in words; empty for ``flat``, which is exact.
        recall: what was measured; the chosen setting is the one of ``probes`` and ``candidates`` with share 1.
    """

    column: str
    encoder: str
    fingerprint: str
    dimension: int
    kind: str
    factory: str
    lists: int
    photos: int
    version: int
    when: str
    seconds: float
    memory: int | None
    probes: int
    candidates: int
    wider: int
    queries: str
    recall: tuple[Recall, ...]

    @property
    @abstractmethod
    def bytes(self) -> int:
        """What it takes where it is kept."""

    @property
    def chosen(self) -> Recall | None:
        """What was measured at the setting that searches use; ``None`` for an exact index."""
        there = [row for row in self.recall if (row.probes, row.candidates) == (self.probes, self.candidates)]
        return next((row for row in there if row.share == 1), None)
