"""The same vectors searched by Picdesk and by what people would use instead, one after the other in one run.

    python -m benchmarks.peers [--photos 100000] [--dimension 512] [--searches 50]

Each peer with its own default set-up, from float32 vectors in memory to answers of ten photos: NumPy (float32, all
compared), FAISS as sentence-transformers' documentation has it (``IndexFlatIP``), LanceDB alone (float16 as Picdesk
writes it, its own ``IVF_PQ`` index with default settings), and Picdesk with the index that `picdesk index` chooses.
Recall is against all photos; memory is what each holds in a process of its own, libraries without vectors not counted.
Encoding is compared by `benchmarks.encode`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.machine import report
from benchmarks.made_up_vectors import MadeUp
from benchmarks.scale import held

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.made_up_vectors import Rows

    Ask = Callable[[Rows], list[int]]

DEPTH = 10


def drawn(photos: int, dimension: int) -> Rows:
    return MadeUp(dimension).photos(0, photos)


def numpy_alone(folder: Path, photos: int, dimension: int) -> Ask:
    file = folder / "numpy.npy"
    if not file.exists():
        np.save(file, drawn(photos, dimension))
    vectors = np.load(file)
    return lambda query: np.argsort(-(vectors @ query))[:DEPTH].tolist()


def faiss_flat(folder: Path, photos: int, dimension: int) -> Ask:
    import faiss

    file = folder / "faiss.index"
    if not file.exists():
        made = faiss.IndexFlatIP(dimension)
        made.add(drawn(photos, dimension))
        faiss.write_index(made, str(file))
    index = faiss.read_index(str(file))
    return lambda query: index.search(query[None], DEPTH)[1][0].tolist()


def lancedb_alone(folder: Path, photos: int, dimension: int) -> Ask:
    import lancedb
    import pyarrow as pa

    from picdesk.archive.schema import vectors_array

    database = lancedb.connect(str(folder / "lancedb"))
    if not (folder / "lancedb/photos.lance").exists():
        rows = drawn(photos, dimension)
        made = database.create_table("photos", pa.table({"number": np.arange(photos), "vector": vectors_array(rows)}))
        made.create_index("vector", config=lancedb.index.IvfPq(distance_type="cosine"))
    table = database.open_table("photos")

    def ask(query: Rows) -> list[int]:
        found = table.search(query).distance_type("cosine").limit(DEPTH).select(["number"]).to_arrow()
        return [int(number) for number in found["number"].to_pylist()]

    return ask


def picdesk_index(folder: Path, photos: int, dimension: int) -> Ask:
    from benchmarks.scale import make, number_of, opened
    from picdesk.archive.neighbours.build import build_index
    from picdesk.archive.store import Store

    place = folder / "picdesk"
    if not place.exists():
        made, column = make(place, MadeUp(dimension), photos)
        build_index(made, column)
    store = Store.open(place)
    neighbours = opened(store, store.encoders()[0])
    return lambda query: [number_of(photo) for photo in neighbours.nearest(query, DEPTH).scores]


PEERS: dict[str, tuple[str, Callable[[Path, int, int], Ask]]] = {
    "numpy": ("numpy", numpy_alone),
    "sentence-transformers + FAISS": ("faiss-cpu", faiss_flat),
    "lancedb": ("lancedb", lancedb_alone),
    "picdesk": ("picdesk", picdesk_index),
}


def measure(name: str, folder: Path, photos: int, dimension: int, searches: int) -> None:
    """In a process of its own, twice: once to make what it searches, once to open it."""
    _, peer = PEERS[name]
    start = time.perf_counter()
    ask = peer(folder, photos, dimension)
    made = time.perf_counter() - start
    queries = MadeUp(dimension).queries(searches, 1)
    start = time.perf_counter()
    ask(queries[0])
    first, times, answers = time.perf_counter() - start, [], []
    for query in queries:
        start = time.perf_counter()
        answers.append(ask(query))
        times.append(1000 * (time.perf_counter() - start))
    said = {"ready": made, "first": first, "p50": float(np.median(times)), "answers": answers, "held": held()}
    print(json.dumps(said))


def alone(name: str, folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    sizes = [str(asked.photos), str(asked.dimension), str(asked.searches)]
    command = [sys.executable, "-m", "benchmarks.peers", "--alone", name, str(folder), *sizes]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(json.loads(said.splitlines()[-1]))


def exact_answers(photos: int, dimension: int, searches: int) -> list[list[int]]:
    cosines = MadeUp(dimension).queries(searches, 1) @ drawn(photos, dimension).T
    return [row.tolist() for row in np.argsort(-cosines, axis=1)[:, :DEPTH]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--searches", type=int, default=50)
    parser.add_argument("--alone", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        name, place, *sizes = options.alone
        measure(name, Path(place), *map(int, sizes))
        return
    truth = exact_answers(options.photos, options.dimension, options.searches)
    with tempfile.TemporaryDirectory() as temporary:
        for name, (library, _) in PEERS.items():
            folder = Path(temporary) / library
            folder.mkdir()
            made = alone(name, folder, options)
            open_again = alone(name, folder, options)
            shares = [len(set(one) & set(two)) / DEPTH for one, two in zip(open_again["answers"], truth, strict=True)]
            report(
                "peers",
                peer=name,
                version=version(library),
                photos=options.photos,
                dimension=options.dimension,
                seconds_to_make=round(made["ready"], 2),
                seconds_to_open=round(open_again["ready"], 3),
                milliseconds_first=round(1000 * open_again["first"], 2),
                milliseconds_p50=round(open_again["p50"], 3),
                recall_at_10=round(float(np.mean(shares)), 4),
                megabytes_own=open_again["held"]["own"],
                megabytes_resident=open_again["held"]["resident"],
                megabytes_on_disk=round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6),
            )


if __name__ == "__main__":
    main()
