"""How long one interactive search takes in an archive of 100,000 made-up photos, everything on.

    python -m benchmarks.search [--photos N] [--searches N] [--profile]

Photos have captions of 12 words, drawn as words of a language are (Zipf), dates, and vectors of 512 numbers. Each
search has ten words and a vector; it is joined from words, vectors, meaning and the date, with duplicates folded. The
first search reads from the disk; the archive is in memory from the second on.
"""

from __future__ import annotations

import argparse
import cProfile
import datetime as dt
import hashlib
import pstats
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from benchmarks.machine import report
from picdesk.archive.captions import Captions
from picdesk.archive.schema import StoredEncoder, photos_schema, vectors_array
from picdesk.archive.store import Store
from picdesk.records import Query
from picdesk.search.memory import Memory
from picdesk.search.search import search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DIMENSION = 512
VOCABULARY = 20_000
ENTRY = StoredEncoder(name="made-up", fingerprint="ab" * 32, location="nowhere", dimension=DIMENSION)
DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class MadeUp:
    """An encoder that takes no time: its vectors are drawn."""

    name, fingerprint, location, dimension = ENTRY.name, ENTRY.fingerprint, ENTRY.location, DIMENSION
    has_texts, has_images, text_limit = True, False, 77

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        seeds = (int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) for text in texts)
        return unit(np.stack([np.random.default_rng(seed).standard_normal(DIMENSION) for seed in seeds]))


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def words(count: int, generator: np.random.Generator) -> NDArray[np.str_]:
    """Pronounceable words, as rare as those of a language."""
    syllables = np.array([first + second for first in "bdfgklmnprstvz" for second in "aeiou"])
    vocabulary = ["".join(part) for part in generator.choice(syllables, (VOCABULARY, 3))]
    chances = 1 / np.arange(1, VOCABULARY + 1)
    return generator.choice(np.array(vocabulary), count, p=chances / chances.sum())


def fill(folder: Path, photos: int, generator: np.random.Generator, entry: StoredEncoder = ENTRY) -> Store:
    store = Store.create(folder)
    store.admit(entry)
    captions = words(12 * photos, generator).reshape(photos, 12)
    hashes = generator.integers(0, 2**63, (2, photos), dtype=np.uint64)
    for start in range(0, photos, 20_000):
        numbers = range(start, min(start + 20_000, photos))
        rows = [
            {
                "id": hashlib.sha256(str(number).encode()).hexdigest(),
                "name": f"p{number}",
                "uri": f"file:///photos/{number}.jpg",
                "bytes": 200_000,
                "format": "JPEG",
                "width": 1200,
                "height": 800,
                "file_words": "",
                "phash": int(hashes[0, number]),
                "dhash": int(hashes[1, number]),
                "added": DAY,
                "taken": DAY - dt.timedelta(days=number % 3000),
                "caption": " ".join(captions[number]),
                "keywords": [],
                "people": [],
            }
            for number in numbers
        ]
        table = pa.Table.from_pylist(rows, schema=photos_schema("English"))
        vectors = vectors_array(unit(generator.standard_normal((len(rows), DIMENSION))))
        store.append(table.append_column(entry.field(), vectors))
    Captions(store).fill()
    store.index_words()  # last: rows that are not in the index yet are read one by one
    return store


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--searches", type=int, default=50)
    parser.add_argument("--profile", action="store_true", help="also where the time goes, to stderr")
    options = parser.parse_args()
    generator = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        store = fill(Path(folder) / "archive", options.photos, generator)
        memory, encoder = Memory(store), MadeUp()
        said = [" ".join(each) for each in words(10 * (options.searches + 3), generator).reshape(-1, 10)]

        def ask(text: str) -> float:
            start = time.perf_counter()
            answer = search(store, Query(words=text, texts=(text,)), [encoder], near=DAY.date(), memory=memory)  # type: ignore[list-item]
            seconds = time.perf_counter() - start
            if set(answer.weights) != {"words", "made-up", "meaning", "date"}:
                raise SystemExit(f"not everything was on: {answer.weights} {answer.notes}")
            return 1000 * seconds

        first, second, _ = (ask(text) for text in said[:3])
        profile = cProfile.Profile()
        if options.profile:
            profile.enable()
        times = np.array([ask(text) for text in said[3:]])
        if options.profile:
            profile.disable()
            pstats.Stats(profile, stream=sys.stderr).sort_stats("cumulative").print_stats(40)
    report(
        "search",
        photos=options.photos,
        searches=len(times),
        milliseconds_first=round(first, 1),
        milliseconds_second=round(second, 1),
        milliseconds_median=round(float(np.median(times)), 1),
        milliseconds_fastest=round(float(times.min()), 1),
        milliseconds_95_of_100=round(float(np.percentile(times, 95)), 1),
    )


if __name__ == "__main__":
    main()
