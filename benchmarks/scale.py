"""A large archive on one machine, beside raw FAISS with the same parameters, in one run.

    python -m benchmarks.scale [--photos 10000 100000 1000000] [--dimension 512] [--memory 4GB] [--folder F] [--keep]

For each size: an archive of made-up photos (`benchmarks.made_up_vectors`) is written in shards; its index is built;
raw FAISS builds one of the same kind, trained on as many photos, from float32 vectors in memory, and the same queries
are asked of both in turn, each followed by an exact comparison of as many candidates with float16 vectors. Recall is
that of queries that neither was tuned on, against all photos. Opening, and what is held when open, is measured in
processes of their own. 10,000 photos are added and found, a tenth and a hundredth of the photos are left by a filter.

1M takes 5 GB of disk and some minutes on two cores; ``--photos 10000000 --without-raw`` takes 30 GB and
leaves raw FAISS out.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np
import pyarrow as pa

from benchmarks.machine import held, peak_memory, report, spread
from benchmarks.made_up_vectors import MadeUp
from picdesk.archive.neighbours.build import build_index, empty_index
from picdesk.archive.neighbours.files import VECTORS, Built, read_built
from picdesk.archive.neighbours.nearest import nearest_of_all
from picdesk.archive.neighbours.opened import Neighbours
from picdesk.archive.neighbours.plan import EXACT_UP_TO, plan_index
from picdesk.archive.neighbours.widen import widened
from picdesk.archive.schema import StoredEncoder, vectors_array
from picdesk.archive.store import Store
from picdesk.cli.show import bytes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.made_up_vectors import Rows

QUERIES = 200
SHARD = 50_000
ADDED = 10_000
SHARES = {"half": "width <= 50", "a tenth": "width <= 10", "a hundredth": "width = 7"}


def append(store: Store, entry: StoredEncoder, start: int, rows: Rows) -> None:
    """One shard, one commit."""
    numbers = range(start, start + len(rows))
    ids = [f"{(number + 1) * 0x9E3779B97F4A7C15 % 2**64:016x}{number:048x}" for number in numbers]
    filled: dict[str, list[Any]] = {
        "id": ids,
        **{column: [str(number) for number in numbers] for column in ("name", "uri", "format", "file_words")},
        **{column: [1] * len(rows) for column in ("bytes", "height")},
        **{column: [int(photo[:16], 16) for photo in ids] for column in ("phash", "dhash")},
        "width": [1 + number % 100 for number in numbers],
        "added": [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)] * len(rows),
        **{column: [[]] * len(rows) for column in ("stamps", "keywords", "people", "copy_uris", "copy_names")},
    }
    schema = store.photos.schema
    columns = [
        vectors_array(rows)
        if field.name == entry.column
        else pa.array(filled.get(field.name, [None] * len(rows)), field.type)
        for field in schema
    ]
    store.append(pa.Table.from_arrays(columns, schema=schema))


def make(folder: Path, world: MadeUp, photos: int) -> tuple[Store, StoredEncoder]:
    store = Store.create(folder)
    made_up = StoredEncoder(name="made up", fingerprint="0" * 64, location="nowhere", dimension=world.dimension)
    entry = store.admit(made_up)
    for start in range(0, photos, SHARD):
        append(store, entry, start, world.photos(start, min(start + SHARD, photos)))
    store.tidy()
    return store, entry


def processor_seconds() -> float:
    """Of this process, all threads: other work on the machine moves it less than the clock."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def build_raw(halves: NDArray[np.float16], dimension: int, memory: int, kind: str, file: Path) -> tuple[float, float]:
    """Raw FAISS from float32 vectors in memory, by blocks so that they fit: seconds by the clock, of the processor."""
    plan = plan_index(len(halves), dimension, memory, kind)
    generator = np.random.default_rng(0)
    sample = widened(halves[np.sort(generator.choice(len(halves), plan.sample, replace=False))])
    index = empty_index(dimension, plan)
    clock, used = 0.0, 0.0

    def timed(work: Any, *given: Any) -> None:
        nonlocal clock, used
        start, before = time.perf_counter(), processor_seconds()
        work(*given)
        clock, used = clock + time.perf_counter() - start, used + processor_seconds() - before

    timed(index.train, sample)
    for start in range(0, len(halves), plan.block):
        timed(index.add, widened(halves[start : start + plan.block]))  # widening is not on raw FAISS's bill
    timed(faiss.write_index, index, str(file))
    return clock, used


def ask_raw(index: Any, halves: NDArray[np.float16], query: Rows, built: Built) -> NDArray[np.int64]:
    """What one would write around FAISS: candidates, then their cosines from the float16 vectors."""
    parameters = faiss.SearchParametersIVF(nprobe=built.probes)  # type: ignore[call-arg]
    _, found = index.search(query[None], built.candidates, params=parameters)
    rows = np.sort(found[0][found[0] >= 0])
    vectors = halves[rows].astype(np.float32)
    cosines = np.einsum("ij,j->i", vectors, query) / np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return rows[np.argsort(-cosines)]


def opened(store: Store, entry: StoredEncoder) -> Neighbours:
    neighbours = Neighbours.open(store, entry)
    if neighbours is None or not neighbours.refresh(int(store.photos.version)):
        raise SystemExit("the index cannot be used")
    return neighbours


def recall_of(answers: list[list[int]], truth: NDArray[np.int64], depth: int) -> float:
    shares = [
        len(set(each[:depth]) & set(row[row >= 0][:depth].tolist())) / max(1, len(row[row >= 0][:depth]))
        for each, row in zip(answers, truth, strict=True)
    ]
    return round(statistics.mean(shares), 4)


def number_of(photo: str) -> int:
    return int(photo[16:], 16)


def measure_search(neighbours: Neighbours, raw: Any, halves: NDArray[np.float16], queries: Rows) -> dict[str, Any]:
    """The same queries in turn; recall of ours, and of raw FAISS."""
    ours, theirs = [], []
    answers: list[list[int]] = []
    raw_answers: list[list[int]] = []
    for query in np.concatenate([queries[:20], queries]):  # the first 20 warm up
        start = time.perf_counter()
        found = neighbours.nearest(query, 1000)
        ours.append(time.perf_counter() - start)
        answers.append([number_of(photo) for photo in found.scores])
        if raw is not None:
            start = time.perf_counter()
            rows = ask_raw(raw, halves, query, neighbours.built)
            theirs.append(time.perf_counter() - start)
            raw_answers.append(rows.tolist())
    truth = nearest_of_all(halves, queries, 100)
    mine = np.array(ours[20:]) * 1000
    figures: dict[str, Any] = {
        "milliseconds_p50": round(float(np.median(mine)), 3),
        "milliseconds_p95": round(float(np.percentile(mine, 95)), 3),
        "recall_at_10": recall_of(answers[20:], truth, 10),
        "recall_at_100": recall_of(answers[20:], truth, 100),
    }
    if raw is not None:
        raws = np.array(theirs[20:]) * 1000
        figures |= {
            "raw_milliseconds_p50": round(float(np.median(raws)), 3),
            "raw_milliseconds_p95": round(float(np.percentile(raws, 95)), 3),
            "ratio_p50": round(float(np.median(mine) / np.median(raws)), 3),
            "raw_recall_at_100": recall_of(raw_answers[20:], truth, 100),
        }
    return figures


def measure_filters(neighbours: Neighbours, halves: NDArray[np.float16], queries: Rows) -> dict[str, Any]:
    widths = 1 + np.arange(len(halves)) % 100
    left = {"half": widths <= 50, "a tenth": widths <= 10, "a hundredth": widths == 7}
    figures = {}
    for name, where in SHARES.items():
        rows = np.flatnonzero(left[name])
        truth = nearest_of_all(halves, queries[:50], 100, rows)
        times, answers, exact = [], [], False
        for query in queries[:50]:
            start = time.perf_counter()
            found = neighbours.nearest(query, 1000, where)
            times.append(1000 * (time.perf_counter() - start))
            answers.append([number_of(photo) for photo in found.scores])
            exact = found.exact
        figures[name] = {
            "exact": exact,
            "recall_at_100": recall_of(answers, truth, 100),
            "milliseconds_p50": round(statistics.median(times), 2),
        }
    return figures


def measure_adding(store: Store, neighbours: Neighbours, world: MadeUp, photos: int) -> dict[str, Any]:
    """10,000 photos in one commit; until a search has found each of ten of them first."""
    fresh = world.photos(photos, photos + ADDED)
    start = time.perf_counter()
    append(store, neighbours.entry, photos, fresh)
    written = time.perf_counter()
    neighbours.refresh(int(store.photos.version))
    found = neighbours.nearest(fresh[5], 1000)
    searchable = time.perf_counter()
    firsts = [number_of(next(iter(neighbours.nearest(fresh[row], 1000).scores))) for row in range(0, 100, 10)]
    if number_of(next(iter(found.scores))) != photos + 5 or firsts != [photos + row for row in range(0, 100, 10)]:
        raise SystemExit("photos that were added are not found")
    return {"seconds_to_write": round(written - start, 2), "seconds_until_found": round(searchable - start, 2)}


def open_alone(folder: Path, queries: Path, *, raw: bool) -> None:
    """In a process of its own: libraries first, then the index is opened and asked; one JSON line."""
    asked = np.load(queries)
    store = Store.open(folder)
    entry = store.encoders()[0]
    store.count()  # what a library loads at its first use is not the index's
    built = read_built(folder / "neighbours", entry.column)
    if built is None:
        raise SystemExit("there is no index")
    before, start = held(), time.perf_counter()
    if raw:
        index = faiss.read_index(str(folder / "raw.faiss"))
        halves = np.memmap(
            built.at(folder / "neighbours", VECTORS), "<f2", mode="r", shape=(built.photos, built.dimension)
        )
        ask_raw(index, halves, asked[0], built)
        first = time.perf_counter() - start
        for query in asked:
            ask_raw(index, halves, query, built)
    else:
        store = Store.open(folder)
        neighbours = opened(store, entry)
        neighbours.nearest(asked[0], 1000)
        first = time.perf_counter() - start
        for query in asked:
            neighbours.nearest(query, 1000)
    after = held()
    print(json.dumps({"first": round(first, 3), **{name: round(after[name] - before[name], 1) for name in after}}))


def alone(folder: Path, queries: Path, way: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.scale", "--alone", way, str(folder), str(queries)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(json.loads(said.splitlines()[-1]))


def measure_size(folder: Path, photos: int, dimension: int, memory: int, kind: str | None, *, beside_raw: bool) -> None:
    world = MadeUp(dimension)
    size: dict[str, Any] = {"photos": photos, "dimension": dimension}
    start = time.perf_counter()
    if (folder / "archive").exists():
        store = Store.open(folder / "archive")
        entry = store.encoders()[0]
    else:
        store, entry = make(folder / "archive", world, photos)
        report("scale", what="write the archive", **size, seconds=round(time.perf_counter() - start, 1))
    used = processor_seconds()
    queries = world.queries(QUERIES, 1)
    built = build_index(store, entry, memory=memory, kind=kind, queries=world.queries(QUERIES, 2), asked="texts")
    ours = processor_seconds() - used
    chosen = {"kind": built.kind, "factory": built.factory, "probes": built.probes, "candidates": built.candidates}
    files = folder / "archive/neighbours"
    halves = np.memmap(built.at(files, VECTORS), "<f2", mode="r", shape=(built.photos, built.dimension))
    raw, build = None, {"seconds": built.seconds, "processor_with_measuring": round(ours, 1)}
    build["peak_megabytes_until_here"] = round(peak_memory())
    if built.factory and beside_raw:
        clock, processor = build_raw(halves, dimension, memory, built.kind, folder / "archive/raw.faiss")
        raw = faiss.read_index(str(folder / "archive/raw.faiss"))
        build |= {"raw_seconds": round(clock, 1), "raw_processor": round(processor, 1)}
        build |= {"ratio": round(built.seconds / clock, 3)}
    on_disk = sum(bytes_ for bytes_, _, _ in built.files.values())
    report("scale", what="build", **size, **chosen, **build, index_bytes=on_disk, planned_memory=built.memory)
    neighbours = opened(store, entry)
    report("scale", what="search", **size, **chosen, **measure_search(neighbours, raw, halves, queries))
    report("scale", what="filters", **size, **measure_filters(neighbours, halves, queries))
    np.save(folder / "queries.npy", queries)
    ways = ("ours", "raw") if raw is not None else ("ours",)
    both = {way: alone(folder / "archive", folder / "queries.npy", way) for way in ways}
    if raw is not None:
        size |= {"raw_index_megabytes": round((folder / "archive/raw.faiss").stat().st_size / 1e6, 1)}
    report("scale", what="open", **size, **both)
    report("scale", what="add 10,000", **size, **measure_adding(store, neighbours, world, photos))
    exact = [1000 * seconds for seconds in _times(lambda query: neighbours.nearest(query, 1000, exact=True), queries)]
    report("scale", what="exact", **size, milliseconds=spread(exact), without_index_up_to=EXACT_UP_TO)


def _times(work: Any, queries: Rows) -> list[float]:
    seconds = []
    for query in queries[:5]:
        start = time.perf_counter()
        work(query)
        seconds.append(time.perf_counter() - start)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--memory", default="4GB")
    parser.add_argument("--kind", help="of index; by default the one that is chosen for the size")
    parser.add_argument("--folder", type=Path, help="where archives are made, or are kept; by default temporary")
    parser.add_argument("--without-raw", action="store_true", help="do not build raw FAISS's index beside it")
    parser.add_argument("--keep", action="store_true", help="do not delete the archives")
    parser.add_argument("--alone", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        way, folder, queries = options.alone
        open_alone(Path(folder), Path(queries), raw=way == "raw")
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        for photos in options.photos:
            folder = (options.folder or Path(temporary)) / f"scale-{photos}"
            folder.mkdir(parents=True, exist_ok=True)
            memory = bytes_of(options.memory)
            beside_raw = not options.without_raw
            measure_size(folder, photos, options.dimension, memory, options.kind, beside_raw=beside_raw)
            if not options.keep:
                shutil.rmtree(folder)


if __name__ == "__main__":
    main()
