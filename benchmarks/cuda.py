"""What a CUDA card does: ranking and indexing made-up vectors, and encoding photos.

    python -m benchmarks.cuda [--articles 8500] [--photos 1000000] [--dimension 512] [--depth 1000] [--rounds 3]
    python -m benchmarks.encode [DATA] --cuda

The first prints the lines of ``benchmarks.cuda_vectors``; ``--device cpu`` and small numbers try it without a card,
``--beside-faiss`` makes the index by FAISS alone too. A million photos take 3 GB of disk, most of the time goes into
making them. The second prints the table of ``benchmarks.encode`` for three sizes of CLIP, with decoding in the loop.
Each model has random weights of its shape. Rivals: Picdesk as it chooses by itself (torch, compiled, bfloat16 where
that is true to float32), transformers on torch float32, sentence-transformers, and ONNX Runtime's CUDA provider where
this build has one. Then DATA goes into a fresh archive: decoding and encoding at once.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.add import First, whole
from benchmarks.clip_b32 import SHAPES, build_model, write_checkpoint
from benchmarks.encode import (
    BATCH,
    compare,
    made_up_items,
    picdesk_sides,
    sentence_transformers_sides,
    torch_sides,
)
from benchmarks.machine import peak_memory, report, spread
from picdesk.encoders import Encoder, load_encoder
from picdesk.encoders.runtimes import runtimes_here
from picdesk.encoders.torch.machine import has_cuda
from picdesk.photos.sources import open_source


def on_the_card(data: Path, photos: int, items: int, rounds: int) -> int:
    """Measure every shape; the exit code: 3 where there is no card."""
    if not has_cuda():
        sys.stderr.write("no CUDA device: nothing was measured\n")
        return 3
    for name in SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            model = build_model(name)
            checkpoint = write_checkpoint(model, Path(folder) / "clip")
            encoder = load_encoder(checkpoint)
            _rivals(name, encoder, checkpoint, model, items, rounds)
            _pipeline(name, encoder, data, photos, rounds)
    return 0


def _rivals(name: str, encoder: Encoder, checkpoint: Path, model: Any, items: int, rounds: int) -> None:
    import torch

    exact = load_encoder(checkpoint, runtime="torch-float32")
    sides = {
        "picdesk": picdesk_sides(encoder),
        "transformers float32": torch_sides(model.to("cuda"), _preparation(exact), "cuda"),
        **sentence_transformers_sides(checkpoint, "cuda"),
    }
    if "onnxruntime-cuda" in runtimes_here():
        sides["onnxruntime cuda"] = picdesk_sides(load_encoder(checkpoint, runtime="onnxruntime-cuda"))
    measured = compare(sides, picdesk_sides(exact), made_up_items(encoder, items), rounds)
    report(
        "encode cuda",
        model=name,
        card=torch.cuda.get_device_name(),
        items=items,
        batch=BATCH,
        picdesk_runtime=encoder.runtime,
        **{rival.replace(" ", "_").replace("-", "_"): figures for rival, figures in measured.items()},
        torch=version("torch"),
        transformers=version("transformers"),
    )


def _preparation(encoder: Encoder) -> Any:
    return encoder._images.prepare  # type: ignore[attr-defined]


def _pipeline(name: str, encoder: Encoder, data: Path, photos: int, rounds: int) -> None:
    """Decode, prepare, encode and keep: photos a second, end to end."""
    import torch

    whole(First(open_source(data), BATCH), encoder)  # LanceDB is loaded and the towers are compiled once
    runs = [whole(First(open_source(data), photos), encoder) for _ in range(rounds)]
    report(
        "encode cuda pipeline",
        model=name,
        card=torch.cuda.get_device_name(),
        runtime=encoder.runtime,
        photos=photos,
        end_to_end_per_second=spread([added.kept / seconds for seconds, _, added in runs]),
        peak_memory_mb=round(peak_memory()),
    )


def main() -> int:
    """Rank and index; the exit code: 3 where there is no such card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sizes = {"articles": 8500, "photos": 1_000_000, "dimension": 512, "depth": 1000, "rounds": 3}
    for name, value in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--judged", type=int, default=200, help="articles that the processor ranks as well")
    parser.add_argument("--device", default="cuda", help="cuda, cuda:N, or cpu to try it")
    parser.add_argument("--beside-faiss", action="store_true", help="make the index by FAISS alone too")
    parser.add_argument("--folder", type=Path, help="where the archive is made; by default a temporary folder")
    asked = parser.parse_args()
    if asked.device != "cpu" and not has_cuda():
        sys.stderr.write("no CUDA device: nothing was measured\n")
        return 3
    from benchmarks.cuda_vectors import measure

    measure(asked)
    return 0


if __name__ == "__main__":
    sys.exit(main())
