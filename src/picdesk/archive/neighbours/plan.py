"""Which index an archive gets: its kind and settings, from the number of photos, their dimension and the memory."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EXACT_UP_TO = 500_000
"""Photos that are compared one by one: past that, one answer takes both cores for over 20 ms, an index one for 2."""

MEMORY = 4 << 30
"""Bytes that an index may take where nothing else is said."""

LEAST_TO_TRAIN = 39
"""Photos that FAISS wants to see of a list, and of a centre of a code, before it calls the result sound."""

ENOUGH_TO_TRAIN = 64
"""Photos of a list beyond which training gets longer, not better."""

CODE_CENTRES = 256
GRAPH_FROM = 32_768
"""Lists from which the nearest ones are found by a graph (HNSW). With half as many, comparing a block of photos with
all takes as long (0.12 ms a photo on one core) and always finds the right one, the graph 85 times of 100."""

MOST_LISTS = 65_536
NUMBER_BYTES = 8
"""Of a photo's row number inside a FAISS list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An index that is to be built.

    Attributes:
        kind: ``flat``, ``pq`` or ``rabitq``.
        factory: FAISS's own description of it, for ``faiss.index_factory``; empty where there is no FAISS index.
        lists: parts that the photos are dealt out to; 0 without a FAISS index.
        code: bytes of a photo's code.
        sample: photos that it is trained on.
        block: photos that are read, widened and added at a time.
        memory: bytes that it takes when it is open, short of the vectors on disk.
    """

    kind: str
    factory: str
    lists: int
    code: int
    sample: int
    block: int
    memory: int


def plan_index(photos: int, dimension: int, memory: int = MEMORY, kind: str | None = None) -> Plan:
    """The index for so many photos that stays within a memory, while it is built and when it is open.

    Up to 500,000 photos there is nothing to gain by an approximation: kind ``flat`` compares all, from the float16 copy
    on disk. Past that, inverted lists (4 times the square root of the photos, to a power of two) of codes of one byte
    for eight numbers (product quantisation: Jégou, Douze & Schmid 2011), of fewer bytes where the memory asks for it.

    Args:
        photos: that have a vector.
        dimension: length of the vectors.
        memory: bytes.
        kind: one of `KINDS`; without it the best one.

    Raises:
        InputError: no such kind, too few photos to train it, or no index fits into the memory.
    """
    if kind is not None and kind not in KINDS:
        raise InputError(f"no kind of index is called {kind!r}", f"Choose one of: {', '.join(KINDS)}.")
    if photos < 1 or dimension < 1:
        raise InputError("there are no vectors to index", "Add photos with an encoder first: picdesk add ... --encoder")
    if kind is None:
        kind = "flat" if photos <= EXACT_UP_TO else "pq" if _codes(dimension) else "rabitq"
    return KINDS[kind](photos, dimension, memory)


def _flat(_: int, dimension: int, memory: int) -> Plan:
    return Plan(
        kind="flat",
        factory="",
        lists=0,
        code=0,
        sample=0,
        block=_block(dimension, memory),
        memory=0,
    )


def _product_codes(photos: int, dimension: int, memory: int) -> Plan:
    """The longest code that fits."""
    codes = _codes(dimension)
    if not codes:
        raise InputError(f"vectors of {dimension:,} numbers cannot be cut into codes evenly", "Give --kind rabitq.")
    for code in codes:
        plan = _lists("pq", photos, dimension, memory, code, f"PQ{code}")
        if plan.memory <= memory:
            return plan
    raise _too_little(photos, memory, plan.memory)


def _random_bits(photos: int, dimension: int, memory: int) -> Plan:
    """A bit a number and two of float32 (RaBitQ: Gao & Long 2024): no codes to train."""
    plan = _lists("rabitq", photos, dimension, memory, math.ceil(dimension / 8) + 8, "RaBitQ")
    if plan.memory > memory:
        raise _too_little(photos, memory, plan.memory)
    return plan


KINDS: Mapping[str, Callable[[int, int, int], Plan]] = {"flat": _flat, "pq": _product_codes, "rabitq": _random_bits}
"""Kinds of index; a new one is one function here."""


def _lists(kind: str, photos: int, dimension: int, memory: int, code: int, codes: str) -> Plan:
    can_train = min(photos, memory // 2 // (4 * dimension))
    needed = LEAST_TO_TRAIN * (CODE_CENTRES if kind == "pq" else 1)
    if can_train < needed:
        raise InputError(
            f"an index of kind {kind!r} is trained on {needed:,} photos or more, and there are {can_train:,}",
            "Leave --kind out, or give more --memory: so few photos are compared one by one.",
        )
    lists = 1 << max(0, round(math.log2(4 * math.sqrt(photos))))
    lists = min(lists, MOST_LISTS)
    while lists > 1 and lists * LEAST_TO_TRAIN > can_train:
        lists //= 2
    sample = min(can_train, max(needed, lists * ENOUGH_TO_TRAIN))
    graph = "_HNSW32" if lists >= GRAPH_FROM else ""
    return Plan(
        kind=kind,
        factory=f"IVF{lists}{graph},{codes}",
        lists=lists,
        code=code,
        sample=sample,
        block=_block(dimension, memory),
        memory=photos * (code + NUMBER_BYTES) + lists * (4 * dimension + (256 if graph else 0)),
    )


def _codes(dimension: int) -> list[int]:
    """Lengths of codes that a vector can be cut into, the longest first: a byte stands for 8 to 32 numbers."""
    longest, shortest = max(1, dimension // 8), max(1, math.ceil(dimension / 32))
    return [code for code in range(longest, shortest - 1, -1) if dimension % code == 0]


def _block(dimension: int, memory: int) -> int:
    """As many photos as take a sixteenth of the memory as float32, 65,536 at most."""
    return max(1024, min(65_536, memory // 16 // (4 * dimension)))


def _too_little(photos: int, memory: int, needed: int) -> InputError:
    return InputError(
        f"an index of {photos:,} photos takes at least {needed / 1e9:.2g} GB, and {memory / 1e9:.2g} GB are given",
        "Give more --memory.",
    )
