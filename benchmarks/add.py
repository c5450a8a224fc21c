"""What it costs to put photos in: decode alone, encode alone, the whole, and the memory of it.

End to end should cost hardly more than the work itself: at most 1.15 times the processor time of decoding and encoding,
divided by the cores.

    python -m benchmarks.add [DATA] [ENCODER] [--photos N] [--rounds N] [--grow]

DATA is a NewsImages folder, ENCODER an encoder's folder. ``--grow`` adds the set ten times under altered bytes instead
and reports the memory as the archive grows.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.machine import peak_memory, report, spread
from picdesk.archive.add import ENCODE_BATCH, Added, add_photos
from picdesk.archive.known import Known
from picdesk.archive.schema import StoredEncoder
from picdesk.archive.store import Store
from picdesk.archive.take import Taken, take
from picdesk.encoders import load_encoder
from picdesk.photos.sources import open_source

if TYPE_CHECKING:
    from picdesk.encoders import Encoder
    from picdesk.photos.sources import Found, Source

SHARED = Path(__file__).resolve().parents[1] / "../shared"
COPIES = 10


class Altered:
    """A source met several times, each time with other bytes behind the picture."""

    def __init__(self, source: Source, copies: int) -> None:
        self._source = source
        self._copies = copies
        self.label = source.label

    def __iter__(self) -> Iterator[Found]:
        for copy in range(self._copies):
            for found in self._source:
                yield _altered(found, copy)

    def count(self) -> int | None:
        return None


def _altered(found: Found, copy: int) -> Found:
    """The same picture with other bytes behind its end, and so another photo."""
    return replace(
        found,
        uri=f"{found.uri}?{copy}",
        stamp=found.stamp ^ copy,
        read=lambda: found.read() + bytes([copy]) * copy,
    )


class First:
    """The first photos of a source."""

    def __init__(self, source: Source, photos: int) -> None:
        self._source = source
        self._photos = photos
        self.label = source.label

    def __iter__(self) -> Iterator[Found]:
        return islice(iter(self._source), self._photos)

    def count(self) -> int | None:
        return self._photos


def processor_time_of_parts(source: Source, encoder: Encoder) -> tuple[float, float, int]:
    """Processor seconds of decoding (read, hash, decode, metadata, hashes, prepare) and of encoding, and how many."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create(Path(folder))
        entry = store.admit(StoredEncoder.of(encoder))
        known = Known.load(store, [entry])
    decode = encode = 0.0
    count = 0
    found = iter(source)
    # Both parts run as they do in a real run, on every core: a core whose sibling is busy is slower.
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        while part := list(islice(found, ENCODE_BATCH)):
            start = time.process_time()
            taken = list(pool.map(lambda item: take(item, known, {entry.column: encoder}), part))
            middle = time.process_time()
            pixels = np.stack([item.pixels[entry.column] for item in taken if isinstance(item, Taken)])
            encoder.encode_pixels(pixels)
            end = time.process_time()
            decode += middle - start
            encode += end - middle
            count += len(pixels)
    return decode, encode, count


def whole(source: Source, encoder: Encoder) -> tuple[float, float, Added]:
    """Wall and processor seconds of the whole run into a fresh archive."""
    with tempfile.TemporaryDirectory() as folder:
        start, processor = time.perf_counter(), time.process_time()
        added = add_photos(Store.create(Path(folder) / "archive"), [source], [encoder])
        return time.perf_counter() - start, time.process_time() - processor, added


def cost(data: Path, encoder: Encoder, photos: int, rounds: int) -> None:
    """Parts and whole, one after the other, several times in one process."""
    import os

    cores = os.cpu_count() or 1
    ratios, rates, decodes, encodes = [], [], [], []
    for _ in range(rounds):
        source = First(open_source(data), photos)
        decode, encode, count = processor_time_of_parts(source, encoder)
        seconds, processor, added = whole(source, encoder)
        ratios.append(seconds / ((decode + encode) / cores))
        rates.append(added.kept / seconds)
        decodes.append(count / decode)
        encodes.append(count / encode)
        report(
            "add round",
            photos=added.kept,
            decode_cpu_s=round(decode, 2),
            encode_cpu_s=round(encode, 2),
            wall_s=round(seconds, 2),
            cpu_s=round(processor, 2),
            ratio=round(ratios[-1], 3),
        )
    report(
        "add",
        photos=photos,
        encoder=encoder.name,
        runtime=encoder.runtime,
        decode_per_core_second=spread(decodes),
        encode_per_core_second=spread(encodes),
        end_to_end_per_second=spread(rates),
        ratio_to_parts=spread(ratios),
        peak_memory_mb=round(peak_memory()),
    )


def grow(data: Path, encoder: Encoder, photos: int) -> None:
    """Memory while the set is added ten times under altered bytes."""
    import psutil

    process = psutil.Process()
    held: dict[int, float] = {}

    def watch(added: Added) -> None:
        step = added.kept // photos * photos
        if step:
            held[step] = max(held.get(step, 0.0), process.memory_info().rss / 1e6)

    with tempfile.TemporaryDirectory() as folder:
        source = Altered(First(open_source(data), photos), COPIES)
        start = time.perf_counter()
        added = add_photos(Store.create(Path(folder) / "archive"), [source], [encoder], progress=watch)
        seconds = time.perf_counter() - start
    report(
        "add grow",
        photos=added.kept,
        photos_per_second=round(added.kept / seconds, 1),
        resident_mb={str(step): round(memory) for step, memory in sorted(held.items())},
        peak_memory_mb=round(peak_memory()),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=SHARED / "data/newsimages25")
    parser.add_argument("encoder", nargs="?", type=Path, default=SHARED / "models/mobilenet-v1-imagenet")
    parser.add_argument("--photos", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--grow", action="store_true")
    chosen = parser.parse_args()
    encoder = load_encoder(chosen.encoder)
    import lancedb  # noqa: F401  loading it takes half a second and is no cost of a photo

    if chosen.grow:
        grow(chosen.data, encoder, chosen.photos)
    else:
        cost(chosen.data, encoder, chosen.photos, chosen.rounds)


if __name__ == "__main__":
    main()
