"""How fast and how faithful an encoder is here, with every runtime that this machine has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from picdesk.encoders.load import is_checkpoint, load_encoder
from picdesk.encoders.measure import Measured, Order
from picdesk.encoders.runtimes import agreement, runtimes_here
from picdesk.encoders.runtimes.providers import PROVIDERS
from picdesk.errors import EncoderMissing, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

NEIGHBOURS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchRow:
    """One runtime in one precision.

    Attributes:
        runtime: ``onnxruntime``, ``openvino``, ``onnxruntime-cuda``, ``onnxruntime-coreml``, ``torch``, ``torch-cuda``.
        precision: ``float32``, ``bf16``, ``fp16``, ``int8``; empty where it is not known because nothing ran.
        images_per_second: prepared images to unit vectors; ``None`` without an image side.
        texts_per_second: texts to unit vectors; ``None`` without a text side.
        load_seconds: from the files to the first vectors, with nothing cached from earlier runs but, of a checkpoint,
            its ONNX folder.
        memory_mb: the most that it held above what Python and NumPy hold, without a card's own memory; ``None`` where
            the system does not say.
        min_cosine: smallest cosine between a vector and the same item's from ONNX Runtime.
        neighbour_changed: for which share of the images (texts, where there is no image side) the nearest of all others
            is another one than with ONNX Runtime; ``None`` with fewer than three.
        problem: why this runtime does not run this encoder, and then all figures are ``None``; else empty.
    """

    runtime: str
    precision: str
    images_per_second: float | None = None
    texts_per_second: float | None = None
    load_seconds: float | None = None
    memory_mb: float | None = None
    min_cosine: float | None = None
    neighbour_changed: float | None = None
    problem: str = ""


def bench(
    where: str | Path,
    *,
    seconds: float = 3.0,
    images: int = NEIGHBOURS,
    texts: int = NEIGHBOURS,
    int8: bool = False,
    progress: Callable[[BenchRow], None] = lambda _: None,
    remark: Callable[[str], None] = lambda _: None,
) -> tuple[BenchRow, ...]:
    """Measure an encoder with every runtime and precision that can run here.

    Each is measured in a process of its own, on the same made-up images and texts. ONNX Runtime, which computes in the
    precision that the graph was saved in, comes first and is what the others are compared with. A checkpoint is
    measured as the ONNX folder that is made of it, and by torch as it is; a model of the catalogue by torch where its
    original weights were fetched.

    Args:
        where: the encoder.
        seconds: each side encodes for so long at least.
        images: how many images get vectors; all of them do, however long that takes.
        texts: how many texts get vectors.
        int8: also quantise the graphs to int8 and measure them with ONNX Runtime and OpenVINO.
        progress: called with each row as soon as it is known.
        remark: called with what the reader should know beside the rows, such as why torch has none.

    Raises:
        EncoderMissing: the encoder cannot be used, or its measurement came to a bad end.
        ExtraMissing: int8 is asked for without the ``torch`` extra, whose parts quantise.
        InputError: fewer than one image or text is asked for, or the seconds are no length of time.
    """
    if images < 1 or texts < 1:
        raise InputError("there is nothing to measure without images and texts", "Ask for at least one of each.")
    if not 0 <= seconds < float("inf"):
        raise InputError(f"{seconds} seconds are no length of time", "Give a number from 0 on.")
    place = Path(load_encoder(where, runtime="onnxruntime").location)
    rows: list[BenchRow] = []
    reference: Mapping[str, NDArray[np.float32]] = {}
    with TemporaryDirectory(prefix="picdesk-") as scratch:
        for runtime, folder in _contenders(place, Path(scratch) / "int8" if int8 else None, remark):
            order = Order(where=str(folder), runtime=runtime, seconds=seconds, images=images, texts=texts)
            measured, vectors = _in_own_process(order)
            if not rows:
                if measured.problem:
                    raise EncoderMissing(measured.problem, measured.hint)
                reference = vectors
            rows.append(_row(runtime, measured, vectors, reference))
            progress(rows[-1])
    return tuple(rows)


def _contenders(place: Path, int8: Path | None, remark: Callable[[str], None]) -> Iterator[tuple[str, Path]]:
    """Runtimes and what each of them opens, ONNX Runtime first."""
    folder = place
    if is_checkpoint(place):
        from picdesk.encoders.torch.cached import checkpoint_folder

        folder, _ = checkpoint_folder(place)
    onnx_runtimes = runtimes_here()
    yield from ((runtime, folder) for runtime in onnx_runtimes)
    if int8:
        from picdesk.encoders.torch.precision import quantise_folder

        quantise_folder(folder, int8)
        yield from ((runtime, int8) for runtime in onnx_runtimes if runtime in ("onnxruntime", "openvino-float32"))
    weights, reason = _weights(place)
    if weights:
        from picdesk.encoders.torch.machine import torch_runtimes

        yield from ((runtime, weights) for runtime in torch_runtimes())
    if reason:
        remark(f"no row for torch: {reason}")


def _weights(place: Path) -> tuple[Path | None, str]:
    """What torch can run of an encoder, or why there is nothing."""
    from picdesk.encoders.catalogue import catalogue
    from picdesk.encoders.snapshot import entry_of
    from picdesk.encoders.torch.extra import has_torch
    from picdesk.encoders.weights import find_weights

    if not has_torch():
        return None, "it is not installed; pip install 'picdesk[torch]'"
    if is_checkpoint(place):
        return place, ""
    entry = entry_of(place, catalogue())
    if entry is None:
        return None, "this is an ONNX folder, and torch runs weights; name the file or folder of weights instead"
    if not entry.loadable:
        return None, f"weights of {entry.name} are of a make that cannot be read here"
    weights = find_weights(entry)
    return weights, "" if weights else (
        f"the original weights of {entry.name} are not here; picdesk models export {entry.name} DIR fetches them"
    )


def _row(
    asked: str,
    measured: Measured,
    vectors: Mapping[str, NDArray[np.float32]],
    reference: Mapping[str, NDArray[np.float32]],
) -> BenchRow:
    runtime, _, precision = (measured.runtime or _split(asked)).partition(" ")
    if measured.problem:
        return BenchRow(runtime=runtime, precision=precision, problem=measured.problem)
    chief = "images" if "images" in vectors else "texts"
    return BenchRow(
        runtime=runtime,
        precision=precision,
        images_per_second=measured.images_per_second,
        texts_per_second=measured.texts_per_second,
        load_seconds=measured.load_seconds,
        memory_mb=measured.memory_mb,
        min_cosine=min(smallest_cosine(vectors[side], reference[side]) for side in vectors),
        neighbour_changed=neighbours_changed(vectors[chief], reference[chief]),
    )


def _split(asked: str) -> str:
    """The name of a runtime as an encoder would say it: what follows a provider is not known before it runs."""
    library, _, kind = asked.partition("-")
    return f"{asked} " if kind in PROVIDERS else f"{library} {kind}"


def smallest_cosine(vectors: NDArray[np.float32], reference: NDArray[np.float32]) -> float:
    """The smallest cosine between rows of the same place, both ``(n, d)`` float32, n > 0."""
    return min(1.0, agreement.smallest_cosine(vectors, reference))


def neighbours_changed(vectors: NDArray[np.float32], reference: NDArray[np.float32]) -> float | None:
    """The share of rows whose nearest other row, by cosine, is another one than in ``reference``.

    Args:
        vectors: ``(n, d)`` unit rows.
        reference: ``(n, d)`` unit rows.

    Returns:
        0 to 1; ``None`` for fewer than three rows, where there is no choice of neighbours.
    """
    if len(vectors) < 3:
        return None
    return float((_nearest(vectors) != _nearest(reference)).mean())


def _nearest(rows: NDArray[np.float32]) -> NDArray[np.intp]:
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -np.inf)
    nearest: NDArray[np.intp] = cosines.argmax(axis=1)
    return nearest


def _in_own_process(order: Order) -> tuple[Measured, dict[str, NDArray[np.float32]]]:
    with TemporaryDirectory() as folder:
        asked, result = Path(folder) / "order.json", Path(folder) / "result.json"
        asked.write_text(json.dumps(asdict(order)), encoding="utf-8")
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "picdesk.encoders.measure", str(asked), str(result)],
            env=os.environ | {"PICDESK_CACHE": str(Path(folder) / "cache")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            problem = f"{order.runtime} ended with code {done.returncode}{': ' + said[-1][:300] if said else ''}"
            return Measured(problem=problem, hint="Ask for fewer images, or see whether memory is short."), {}
        with np.load(result.with_suffix(".npz")) as vectors:
            return Measured(**json.loads(result.read_text(encoding="utf-8"))), dict(vectors)
