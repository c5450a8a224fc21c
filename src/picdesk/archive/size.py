"""How much an archive will take: disk, memory and time, calculated from what was measured (``size.toml``).

Calculated, not measured: an estimate to buy machines by, good to a factor of two; `picdesk index` measures.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from picdesk.archive.neighbours.plan import MEMORY, plan_index
from picdesk.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What an archive takes.

    Attributes:
        photos: how many.
        dimension: numbers of a vector.
        encoders: vectors a photo.
        table_bytes: rows, words and vectors on disk.
        index_bytes: the neighbour indexes on disk, with their copy of the vectors.
        compacting_bytes: more than both, while `picdesk compact` runs.
        memory_bytes: of a process that searches; where there is more, the operating system keeps files in it.
        index: FAISS's description of the index that is chosen; empty where every photo is compared.
        encode_seconds: until all photos have their vectors.
        index_seconds: until the indexes are built.
        search_milliseconds: of one query by one encoder.
        machines: that encode.
        photos_per_second: that each of them encodes.
    """

    photos: int
    dimension: int
    encoders: int
    table_bytes: int
    index_bytes: int
    compacting_bytes: int
    memory_bytes: int
    index: str
    encode_seconds: float
    index_seconds: float
    search_milliseconds: float
    machines: int
    photos_per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The constants of ``size.toml``, which says what each is and where it comes from."""

    row_bytes: int
    meaning_numbers: int
    compacting: float
    program_bytes: int
    place_bytes: int
    flops: float
    rounds: int
    code_training_seconds: float
    code_microseconds: float
    copy_bytes_per_second: float
    cores: int
    centre_nanoseconds: float
    coded_nanoseconds: float
    candidate_nanoseconds: float
    scanned_nanoseconds: float
    probed_lists: int
    photos_per_second: float


@cache
def measured() -> Measured:
    """What was measured."""
    said = tomllib.loads(Path(__file__).with_name("size.toml").read_text(encoding="utf-8"))
    return Measured(**{field.name: said[field.name] for field in fields(Measured)})


def size_of_archive(
    photos: int,
    dimension: int,
    *,
    encoders: int = 1,
    memory: int = MEMORY,
    machines: int = 1,
    photos_per_second: float | None = None,
) -> Size:
    """What an archive of so many photos takes, each with a caption.

    Args:
        photos: how many.
        dimension: numbers of a vector.
        encoders: vectors a photo.
        memory: bytes that all neighbour indexes together may take.
        machines: that encode at the same time.
        photos_per_second: that one of them encodes, decoding with it; as measured on two cores where it is not given.

    Raises:
        InputError: numbers that make no sense, or too little memory for the index.
    """
    if min(photos, dimension, encoders, machines) < 1 or (photos_per_second is not None and not photos_per_second > 0):
        raise InputError("there is nothing to size", "Give photos, numbers, encoders and machines of 1 or more.")
    known = measured()
    plan = plan_index(photos, dimension, memory // encoders)
    copies = encoders * photos * (2 * dimension + 32 + 8 + plan.code)
    tables = photos * (known.row_bytes + 2 * dimension * encoders + 2 * known.meaning_numbers)
    rate = photos_per_second or known.photos_per_second
    return Size(
        photos=photos,
        dimension=dimension,
        encoders=encoders,
        table_bytes=tables,
        index_bytes=copies,
        compacting_bytes=round((known.compacting - 1) * tables),
        memory_bytes=known.program_bytes + encoders * (plan.memory + (known.place_bytes * photos if plan.lists else 0)),
        index=plan.factory,
        encode_seconds=encoders * photos / (rate * machines),
        index_seconds=encoders * _building(photos, dimension, plan.lists, plan.sample),
        search_milliseconds=_searching(photos, plan.lists, graph="HNSW" in plan.factory),
        machines=machines,
        photos_per_second=rate,
    )


def _building(photos: int, dimension: int, lists: int, sample: int) -> float:
    """Seconds: the copy, training, and dealing photos out to lists."""
    known = measured()
    copying = photos * 2 * dimension / known.copy_bytes_per_second
    if not lists:
        return copying
    training = known.rounds * 2 * dimension * lists * sample / known.flops + known.code_training_seconds
    coding = photos * known.code_microseconds * 1e-6 / known.cores
    return copying + training + coding + photos * 2 * dimension * lists / known.flops


def _searching(photos: int, lists: int, *, graph: bool) -> float:
    """Milliseconds of one query."""
    known = measured()
    if not lists:
        return photos * known.scanned_nanoseconds * 1e-6
    centres = 1.0 if graph else lists * known.centre_nanoseconds * 1e-6
    coded = min(1.0, known.probed_lists / lists) * photos * known.coded_nanoseconds * 1e-6
    return centres + coded + 1000 * known.candidate_nanoseconds * 1e-6
