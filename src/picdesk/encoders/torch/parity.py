"""How far a written encoder is from the model that it was written from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.encoders.load import load_encoder
from picdesk.encoders.preprocess import read_preparation
from picdesk.encoders.tokenize import read_tokens
from picdesk.encoders.torch.towers import encode_with_torch, image_tower, padding, text_tower

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from picdesk.encoders.protocol import Encoder
    from picdesk.encoders.torch.checkpoint import Checkpoint

_SIZES = ((320, 240), (240, 320), (256, 256), (500, 150), (64, 48), (224, 224), (480, 360), (150, 400))
TEXTS = (
    "Fire",
    "a photo of a dog",
    "Parliament votes on the budget",
    "The company's shares fell by 7.5 per cent on Tuesday; analysts had expected more.",
    "STRIKER SCORES TWICE IN THE FINAL!!!",
    "Überschwemmung in Köln: Hunderte Menschen verlassen ihre Häuser",
    "地震の後、消防隊が生存者を捜索している",
    "Two people in front of a burning warehouse, firefighters behind them, smoke over the harbour at night",
    "🎉🎉 #worldcup https://example.org/a?b=c&d=1",
    "Scientists describe a new species of frog that was found in a rain forest by a team that had looked for orchids "
    "and was surprised by its call, which resembles that of a bird; it lives high in the trees and lays its eggs in "
    "water that gathers in leaves.",
    "The minister resigned on Monday after weeks of protest. " * 12,
    "",
)


def drawn_images() -> list[Image.Image]:
    """Sixteen fixed images of several shapes: coloured forms over a gradient, and clouds of noise."""
    generator = np.random.default_rng(248)
    images = [_forms(generator, *size) for size in _SIZES]
    return images + [_clouds(generator, *size) for size in _SIZES]


def smallest_cosines(folder: Path, checkpoint: Checkpoint) -> tuple[float | None, float]:
    """Smallest cosine between the vectors of an ONNX folder and of its source, of images and of texts.

    Args:
        folder: as ``export_onnx`` has written it; run by ONNX Runtime.
        checkpoint: its source; run by torch in float32, each text padded to the limit.

    Returns:
        Of images, ``None`` where there is no image side; of texts.

    Raises:
        EncoderMissing: the folder cannot be used.
        InputError: a vector has no direction.
    """
    encoder = load_encoder(folder, runtime="onnxruntime")
    tokens, mask = read_tokens(folder / "textual", folder / "config.json", None)(TEXTS, checkpoint.text_limit)
    if not checkpoint.fixed_length:
        tokens = np.where(mask == 1, tokens, padding(checkpoint.model))
    read = encode_with_torch(text_tower(checkpoint.model), tokens)
    texts = float((encoder.encode_texts(TEXTS) * read).sum(axis=1).min())
    return (_image_cosine(folder, checkpoint, encoder) if encoder.has_images else None), texts


def _image_cosine(folder: Path, checkpoint: Checkpoint, encoder: Encoder) -> float:
    images = drawn_images()
    prepare = read_preparation(folder / "visual" / "preprocess_cfg.json")
    pixels = prepare.normalised(np.stack([prepare(image) for image in images]))
    seen = encode_with_torch(image_tower(checkpoint.model), pixels)
    return float((encoder.encode_images(images) * seen).sum(axis=1).min())


def _forms(generator: np.random.Generator, width: int, height: int) -> Image.Image:
    from PIL import Image, ImageDraw

    corners = Image.fromarray(generator.integers(0, 256, (2, 2, 3), dtype=np.uint8))
    image = corners.resize((width, height), Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(image)
    for number in range(12):
        left, top = int(generator.integers(width)), int(generator.integers(height))
        box = (left, top, left + int(generator.integers(8, width)), top + int(generator.integers(8, height)))
        red, green, blue = (int(shade) for shade in generator.integers(0, 256, 3))
        (draw.ellipse if number % 2 else draw.rectangle)(box, fill=(red, green, blue))
    return image


def _clouds(generator: np.random.Generator, width: int, height: int) -> Image.Image:
    from PIL import Image

    grains = Image.fromarray(generator.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    coarse = np.asarray(grains.resize((width, height), Image.Resampling.BICUBIC), dtype=np.int64)
    fine = generator.integers(-30, 31, (height, width, 3))
    return Image.fromarray(np.clip(coarse + fine, 0, 255).astype(np.uint8))
