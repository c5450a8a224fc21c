"""What one runtime does with one encoder, measured in a process of its own.

``python -m picdesk.encoders.measure ORDER RESULT``: reads an ``Order`` as JSON, writes a ``Measured`` as JSON and the
vectors beside it as ``.npz``. ``bench`` starts it, so that no measurement finds the memory or the threads of another.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.encoders.load import load_encoder
from picdesk.encoders.made_up import made_up_image, made_up_text
from picdesk.errors import PicdeskError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from picdesk.encoders.protocol import Encoder

BATCH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be measured.

    Attributes:
        where: the encoder.
        runtime: what is to run it.
        seconds: encoding goes on for so long at least, a side.
        images: how many made-up images get vectors.
        texts: how many made-up texts.
    """

    where: str
    runtime: str
    seconds: float
    images: int
    texts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What came of it.

    Attributes:
        runtime: library and precision, as the encoder says.
        images_per_second: prepared images to unit vectors, in batches of 32; ``None`` without an image side.
        texts_per_second: texts to unit vectors, tokens and all; ``None`` without a text side.
        load_seconds: from the folder to the first vector of each side, nothing cached.
        memory_mb: the most that it held above what Python and NumPy hold; ``None`` where the system does not say.
        problem: why there is nothing else here; empty where all went well.
        hint: what to do about the problem.
    """

    runtime: str = ""
    images_per_second: float | None = None
    texts_per_second: float | None = None
    load_seconds: float = 0.0
    memory_mb: float | None = None
    problem: str = ""
    hint: str = ""


def measure(order: Order) -> tuple[Measured, dict[str, NDArray[np.float32]]]:
    """Load, encode, look at clock and memory.

    Returns:
        The figures; and the vectors under ``images`` and ``texts``, ``(n, d)`` unit rows each, where there is a side.

    Raises:
        PicdeskError: the encoder cannot be loaded or used like this.
    """
    before = _memory("VmRSS")
    start = time.perf_counter()
    encoder = load_encoder(order.where, runtime=order.runtime)
    if encoder.has_images:
        encoder.encode_images([made_up_image(0)])
    if encoder.has_texts:
        encoder.encode_texts([made_up_text(0)])
    loaded = time.perf_counter() - start
    vectors, rates = {}, {}
    if encoder.has_images and order.images:
        batches = _image_batches(encoder, order.images)
        vectors["images"], rates["images"] = _encode(encoder.encode_pixels, batches, order.seconds)
    if encoder.has_texts and order.texts:
        vectors["texts"], rates["texts"] = _encode(encoder.encode_texts, _text_batches(order.texts), order.seconds)
    after = _memory("VmHWM")
    measured = Measured(
        runtime=encoder.runtime,
        images_per_second=rates.get("images"),
        texts_per_second=rates.get("texts"),
        load_seconds=loaded,
        memory_mb=None if before is None or after is None else after - before,
    )
    return measured, vectors


def _encode(
    encode: Callable[[Any], NDArray[np.float32]], batches: Iterator[Any], seconds: float
) -> tuple[NDArray[np.float32], float]:
    """Vectors of all batches, and items a second; the first batch only warms up."""
    batch = next(batches)
    rows = [encode(batch)]
    spent, items = 0.0, 0
    for batch in batches:
        start = time.perf_counter()
        rows.append(encode(batch))
        spent += time.perf_counter() - start
        items += len(batch)
    while not items or spent < seconds:
        start = time.perf_counter()
        encode(batch)
        spent += time.perf_counter() - start
        items += len(batch)
    return np.concatenate(rows), items / spent


def _image_batches(encoder: Encoder, images: int) -> Iterator[NDArray[np.uint8]]:
    for numbers in _numbers(images):
        yield np.stack([encoder.prepare_image(made_up_image(number)) for number in numbers])


def _text_batches(texts: int) -> Iterator[list[str]]:
    for numbers in _numbers(texts):
        yield [made_up_text(number) for number in numbers]


def _numbers(items: int) -> Iterator[range]:
    return (range(at, min(at + BATCH, items)) for at in range(0, items, BATCH))


def _memory(kind: str) -> float | None:
    """Memory of this process as Linux counts it, in MB: ``VmRSS`` now, ``VmHWM`` the most ever."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(f"{kind}:")), None)


def main() -> None:
    """Do what the order in the first argument says; the second says where the result goes."""
    order, result = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        measured, vectors = measure(Order(**json.loads(order.read_text(encoding="utf-8"))))
    except PicdeskError as error:
        measured, vectors = Measured(problem=error.message, hint=error.hint), {}
    np.savez(result.with_suffix(".npz"), **vectors)  # type: ignore[arg-type]
    result.write_text(json.dumps(asdict(measured)), encoding="utf-8")


if __name__ == "__main__":
    main()
