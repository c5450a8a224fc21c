"""How fast many articles are ranked, beside what the machine's matrix product can do.

    python -m benchmarks.rank [--articles 1000] [--photos 200000] [--dimension 512] [--depth 100] [--rounds 3]

The archive is made up: unit vectors in a LanceDB table as `picdesk add` writes them, float16. Each round does the bare
matrix product of the whole size (NumPy float32, vectors in memory, the same blocks), then ranks from the disk; the
ratio is taken inside the round, of seconds by the clock and of processor seconds, which other work on the machine moves
less. Once, FAISS's ``knn`` does one block.
``seconds_at_1m_photos_estimated`` is the median times what is missing to a million photos.

The full size takes 2 GB of disk and some minutes: ``--articles 8500 --photos 1000000``.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.machine import peak_memory, report, spread
from picdesk.archive.schema import StoredEncoder, vectors_array
from picdesk.archive.store import Store
from picdesk.search.dual_softmax import dual_softmax_photos
from picdesk.search.exact import block_size, nearest_photos

Rows = NDArray[np.float32]


def unit_rows(generator: np.random.Generator, count: int, dimension: int) -> Rows:
    rows = generator.standard_normal((count, dimension), dtype=np.float32)
    faiss.normalize_L2(rows)
    return rows


def make_archive(folder: Path, photos: int, dimension: int) -> tuple[Store, StoredEncoder]:
    """An archive of made-up photos with made-up vectors."""
    generator = np.random.default_rng(0)
    store = Store.create(folder)
    entry = store.admit(StoredEncoder(name="made up", fingerprint="0" * 64, location="nowhere", dimension=dimension))
    schema = store.photos.schema
    for start in range(0, photos, 50_000):
        numbers = range(start, min(start + 50_000, photos))
        filled = {
            "id": [f"{number * 0x9E3779B97F4A7C15 % 2**64:064x}" for number in numbers],
            **{column: [str(number) for number in numbers] for column in ("name", "uri", "format", "file_words")},
            **{column: [1] * len(numbers) for column in ("bytes", "width", "height", "phash", "dhash")},
            "added": [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)] * len(numbers),
        }
        columns = [
            vectors_array(unit_rows(generator, len(numbers), dimension))
            if field.name == entry.column
            else pa.array(filled.get(field.name, [None] * len(numbers)), field.type)
            for field in schema
        ]
        store.append(pa.Table.from_arrays(columns, schema=schema))
    return store, entry


def seconds_of(work: Callable[[], object]) -> tuple[float, float]:
    """By the clock, and of the processor."""
    start, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - used


def bare_product(queries: Rows, vectors: Rows, photos: int) -> None:
    """The product of ``queries`` with so many photos: one block in memory, again and again."""
    room = np.empty((len(queries), len(vectors)), dtype=np.float32)
    for start in range(0, photos, len(vectors)):
        count = min(len(vectors), photos - start)
        np.matmul(queries, vectors[:count].T, out=room.reshape(-1)[: len(queries) * count].reshape(-1, count))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in {"articles": 1000, "photos": 200_000, "dimension": 512, "depth": 100, "rounds": 3}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = parser.parse_args()
    generator = np.random.default_rng(1)
    queries = unit_rows(generator, asked.articles, asked.dimension)
    vectors = unit_rows(generator, block_size(asked.articles), asked.dimension)
    size = {name: getattr(asked, name) for name in ("articles", "photos", "dimension", "depth")}
    with tempfile.TemporaryDirectory() as folder:
        store, entry = make_archive(Path(folder) / "archive", asked.photos, asked.dimension)
        ways: dict[str, Callable[[], object]] = {
            "nearest": lambda: nearest_photos(store, entry, queries, asked.depth),
            "dual softmax": lambda: dual_softmax_photos(store, entry, queries, asked.depth),
        }
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ("product", *ways)}
        for _ in range(asked.rounds):
            taken["product"].append(seconds_of(lambda: bare_product(queries, vectors, asked.photos)))
            for name, way in ways.items():
                taken[name].append(seconds_of(way))
        share = len(vectors) / asked.photos
        knn, _ = seconds_of(lambda: faiss.knn(queries, vectors, asked.depth, metric=faiss.METRIC_INNER_PRODUCT))
    work = 2e-9 * asked.articles * asked.photos * asked.dimension
    for name, both in taken.items():
        ratios = np.array(taken["product"]) / np.array(both)
        seconds = [clock for clock, _ in both]
        report(
            "rank",
            what=name,
            **size,
            seconds=spread(seconds),
            gigaflops=round(work / float(np.median(seconds)), 1),
            share_of_product=spread(ratios[:, 0].tolist()),
            share_of_product_by_processor=spread(ratios[:, 1].tolist()),
            seconds_at_1m_photos_estimated=round(float(np.median(seconds)) * 1e6 / asked.photos, 1),
        )
    report("rank", what="faiss.knn of one block, times the blocks", **size, seconds=round(knn / share, 2))
    report("rank", what="memory", **size, peak_megabytes=round(peak_memory()))


if __name__ == "__main__":
    main()
