"""How fast images and texts become vectors, beside what users would otherwise run, and with decoding in the loop.

    python -m benchmarks.encode [DATA] [--photos N] [--items N] [--rounds N] [--cuda]

The model is CLIP ViT-B/32 with random weights of the right shape, which does for speed. First the rivals, one after
another in one process, on the same prepared images and the same texts: Picdesk as it chooses by itself, ONNX Runtime
float32 with its own defaults (what rclip and Immich run), transformers on torch float32. Goal: four times ONNX Runtime
where the processor has AMX. sentence-transformers takes pictures and not prepared images, so it meets Picdesk on
pictures of Pillow, preparation included, and on texts. Then the pipeline: DATA, a NewsImages folder, into a fresh
archive, against the rate of the encoder alone on tensors that lie ready. Goal: 0.9 of it.

``--cuda`` measures the same on a CUDA card, for ViT-B/32, ViT-L/14@336px and ViT-H/14 (see ``benchmarks.cuda``);
without a card it ends with exit code 3.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.add import SHARED, First, whole
from benchmarks.clip_b32 import build_model, write_checkpoint, write_folder
from benchmarks.machine import peak_memory, report, spread
from picdesk.archive.take import decoding_side
from picdesk.encoders import load_encoder
from picdesk.encoders.bench import smallest_cosine
from picdesk.encoders.bpe import clip_tokenizer
from picdesk.encoders.made_up import made_up_image, made_up_text
from picdesk.encoders.pipeline import encode_photos
from picdesk.encoders.preprocess import read_preparation
from picdesk.encoders.runtimes.onnxruntime import import_onnxruntime
from picdesk.photos.decode import decode
from picdesk.photos.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from picdesk.encoders import Encoder
    from picdesk.encoders.preprocess import Preparation

    Encode = Callable[[Any], NDArray[Any]]

BATCH = 32
CONTEXT = 77


def picdesk_sides(encoder: Encoder) -> dict[str, Encode]:
    return {"images": encoder.encode_pixels, "pictures": encoder.encode_images, "texts": encoder.encode_texts}


def onnxruntime_sides(folder: Path, prepare: Preparation) -> dict[str, Encode]:
    """Plain sessions, as a program has them that gives no options."""
    onnxruntime = import_onnxruntime()
    paths = (folder / "visual" / "model.onnx", folder / "textual" / "model.onnx")
    visual, textual = (onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]) for path in paths)
    numbers = _numbers()
    return {
        "images": lambda pixels: np.asarray(visual.run(None, {"image": prepare.normalised(pixels)})[0]),
        "texts": lambda texts: np.asarray(textual.run(None, {"text": numbers(texts).astype(np.int32)})[0]),
    }


def torch_sides(model: Any, prepare: Preparation, device: str = "cpu") -> dict[str, Encode]:
    """Transformers as its documentation shows it."""
    import torch

    numbers = _numbers()

    def run(method: Any, values: NDArray[Any]) -> NDArray[Any]:
        with torch.inference_mode():
            features = method(torch.from_numpy(values).to(device))
        return np.asarray(getattr(features, "pooler_output", features).cpu())

    return {
        "images": lambda pixels: run(model.get_image_features, prepare.normalised(pixels)),
        "texts": lambda texts: run(model.get_text_features, numbers(texts)),
    }


def sentence_transformers_sides(folder: Path, device: str = "cpu") -> dict[str, dict[str, Encode]]:
    """Its ``SentenceTransformer`` on a folder on disk, as users give it pictures and texts; under name and version."""
    if importlib.util.find_spec("sentence_transformers") is None:
        sys.stderr.write("sentence-transformers is left out: pip install sentence-transformers\n")
        return {}
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    quiet: Any = logging.disable_progress_bar
    quiet()
    model: Any = SentenceTransformer(str(folder), device=device, local_files_only=True)

    def encode(items: Any) -> NDArray[Any]:
        return np.asarray(model.encode(items, batch_size=BATCH, show_progress_bar=False))

    return {f"sentence-transformers {version('sentence-transformers')}": {"pictures": encode, "texts": encode}}


def _numbers() -> Callable[[list[str]], NDArray[np.int64]]:
    tokenizer = clip_tokenizer(CONTEXT)
    tokenizer.enable_padding(length=CONTEXT)
    return lambda texts: np.array([encoding.ids for encoding in tokenizer.encode_batch(texts)], dtype=np.int64)


def batches(items: Any) -> Iterator[Any]:
    return (items[at : at + BATCH] for at in range(0, len(items), BATCH))


def rate(encode: Encode, items: Any) -> float:
    """Items a second."""
    start = time.perf_counter()
    for batch in batches(items):
        encode(batch)
    return len(items) / (time.perf_counter() - start)


def compare(
    sides: dict[str, dict[str, Encode]], judges: dict[str, Encode], items: dict[str, Any], rounds: int
) -> dict[str, Any]:
    """Rates of every rival on every kind of item that it takes, round after round so that a slow minute meets all."""
    rates: dict[str, dict[str, list[float]]] = {name: {kind: [] for kind in items} for name in sides}
    cosines: dict[str, dict[str, float]] = {name: {} for name in sides}
    for kind, values in items.items():
        some = next(batches(values))
        able = {name: encodes[kind] for name, encodes in sides.items() if kind in encodes}
        judge = judges[kind](some)
        for name, encode in able.items():
            cosines[name][kind] = round(smallest_cosine(encode(some), judge), 6)
        for _ in range(rounds):
            for name, encode in able.items():
                rates[name][kind].append(rate(encode, values))
    return {
        name: {f"{kind}_per_second": spread(rates[name][kind]) for kind in items if rates[name][kind]}
        | {"smallest_cosine": cosines[name]}
        for name in sides
    }


def made_up_items(encoder: Encoder, items: int) -> dict[str, Any]:
    """The same things prepared, as pictures, and as texts."""
    pictures = [made_up_image(number) for number in range(items)]
    prepared = np.stack([encoder.prepare_image(picture) for picture in pictures])
    return {"images": prepared, "pictures": pictures, "texts": [made_up_text(number) for number in range(items)]}


def rivals(encoder: Encoder, folder: Path, model: Any, items: int, rounds: int) -> None:
    prepare = read_preparation(folder / "visual" / "preprocess_cfg.json")
    checkpoint = write_checkpoint(model, folder / "transformers")
    sides = {
        "picdesk": picdesk_sides(encoder),
        "onnxruntime float32": onnxruntime_sides(folder, prepare),
        "transformers float32": torch_sides(model, prepare),
        **sentence_transformers_sides(checkpoint),
    }
    judges = picdesk_sides(load_encoder(folder, runtime="onnxruntime"))
    measured = compare(sides, judges, made_up_items(encoder, items), rounds)
    times = {
        kind: round(
            measured["picdesk"][f"{kind}_per_second"]["median"] / measured[rival][f"{kind}_per_second"]["median"], 2
        )
        for kind, rival in (("images", "onnxruntime float32"), ("texts", "onnxruntime float32"))
    }
    report(
        "encode",
        items=items,
        batch=BATCH,
        picdesk_runtime=encoder.runtime,
        **{name.replace(" ", "_").replace("-", "_"): figures for name, figures in measured.items()},
        times_onnxruntime=times,
        torch=version("torch"),
        transformers=version("transformers"),
    )


def processor_ms(encoder: Encoder, pixels: NDArray[np.uint8]) -> float:
    """Processor time of one image, in milliseconds."""
    start = time.process_time()
    rate(encoder.encode_pixels, pixels)
    return (time.process_time() - start) / len(pixels) * 1e3


def straight(encoder: Encoder, data: Path, photos: int) -> tuple[float, float]:
    """Wall and processor seconds a photo from its file to its vector, and nothing else."""
    found = list(First(open_source(data), photos))
    side = decoding_side([encoder])
    start, processor = time.perf_counter(), time.process_time()
    vectors = encode_photos(encoder, found, lambda photo: decode(photo.read(), smallest_side=side).image)
    count = sum(not isinstance(vector, Exception) for _, vector in vectors)
    return (time.perf_counter() - start) / count, (time.process_time() - processor) / count


def pipeline(encoder: Encoder, data: Path, photos: int, rounds: int) -> None:
    """End to end against the encoder alone, measured before and after each run.

    First from the file to the vector (read, decode, prepare, encode), then into an archive, with all that `add` does
    besides. On a machine that others use too, wall time says little; the ratio of processor times is what an idle one
    allows.
    """
    pixels = np.stack([encoder.prepare_image(made_up_image(number)) for number in range(8 * BATCH)])
    ratios, processor_ratios, alone, ends = [], [], [], []
    straights, straight_ratios = [], []
    rate(encoder.encode_pixels, pixels)
    whole(First(open_source(data), BATCH), encoder)  # LanceDB is loaded once and is no cost of a photo
    for _ in range(rounds):
        before = rate(encoder.encode_pixels, pixels)
        seconds, processor, added = whole(First(open_source(data), photos), encoder)
        after = rate(encoder.encode_pixels, pixels)
        a_photo, processor_a_photo = straight(encoder, data, photos)
        last = rate(encoder.encode_pixels, pixels)
        straights.append(1 / a_photo)
        straight_ratios.append(straights[-1] / ((after + last) / 2))
        encode_ms, photo_ms = processor_ms(encoder, pixels), processor / added.kept * 1e3
        processor_ratios.append(encode_ms / photo_ms)
        alone.append((before + after) / 2)
        ends.append(added.kept / seconds)
        ratios.append(ends[-1] / alone[-1])
        report(
            "encode pipeline round",
            photos=added.kept,
            encoder_alone_before=round(before, 1),
            encoder_alone_after=round(after, 1),
            end_to_end_per_second=round(ends[-1], 1),
            encode_cpu_ms=round(encode_ms, 2),
            photo_cpu_ms=round(photo_ms, 2),
            ratio=round(ratios[-1], 3),
            cpu_ratio=round(processor_ratios[-1], 3),
            straight_per_second=round(straights[-1], 1),
            straight_cpu_ms=round(processor_a_photo * 1e3, 2),
            straight_ratio=round(straight_ratios[-1], 3),
        )
    report(
        "encode pipeline",
        photos=photos,
        runtime=encoder.runtime,
        encoder_alone_per_second=spread(alone),
        end_to_end_per_second=spread(ends),
        ratio=spread(ratios),
        cpu_ratio=spread(processor_ratios),
        straight_per_second=spread(straights),
        straight_ratio=spread(straight_ratios),
        peak_memory_mb=round(peak_memory()),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=SHARED / "data/newsimages25")
    parser.add_argument("--photos", type=int, default=5000)
    parser.add_argument("--items", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cuda", action="store_true", help="on a CUDA card, and for three sizes of CLIP")
    chosen = parser.parse_args()
    if chosen.cuda:
        from benchmarks.cuda import on_the_card

        sys.exit(on_the_card(chosen.data, chosen.photos, chosen.items, chosen.rounds))
    with tempfile.TemporaryDirectory() as folder:
        model = build_model()
        write_folder(model, Path(folder))
        encoder = load_encoder(folder)
        rivals(encoder, Path(folder), model, chosen.items, chosen.rounds)
        pipeline(encoder, chosen.data, chosen.photos, chosen.rounds)


if __name__ == "__main__":
    main()
