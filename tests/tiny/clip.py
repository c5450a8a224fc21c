"""A tiny pair of ONNX encoders that really knows colours.

The image side counts how much of a picture has each of twelve colours, and looks at its coarse layout; the text side
averages word vectors. A colour's share of a picture and the colour's word point the same way, so that "red" finds what
is red.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tests.tiny.graphs import textual_graph, visual_graph

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (220, 30, 30),
    "green": (30, 160, 50),
    "blue": (30, 60, 220),
    "yellow": (240, 220, 40),
    "orange": (245, 140, 20),
    "purple": (130, 40, 170),
    "pink": (250, 150, 190),
    "brown": (120, 75, 35),
    "cyan": (40, 200, 220),
    "white": (250, 250, 250),
    "grey": (128, 128, 128),
    "black": (10, 10, 10),
}
# Backgrounds are mostly one of these; they say little about a picture.
_NEUTRAL = {"white", "grey", "black"}
# fmt: off
_WORDS = [
    "a", "an", "and", "at", "by", "for", "from", "in", "is", "of", "on", "the", "to", "with", "circle", "square",
    "triangle", "star", "cross", "house", "tree", "car", "sun", "sea", "sky", "dog", "cat", "man", "woman", "people",
    "crowd", "city", "street", "night", "day", "rain", "fire", "flood", "match", "goal", "vote", "photo", "picture",
]
# fmt: on
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
VOCABULARY = [
    *_SPECIAL,
    *COLOURS,
    "gray",
    *_WORDS,
    *(c for c in _LETTERS if c not in _WORDS),
    *(f"##{c}" for c in _LETTERS),
]


@dataclass(frozen=True)
class Weights:
    """Every number of the pair, from one seed."""

    colours: NDArray[np.float32]  # (12, d) the shared directions
    layout: NDArray[np.float32]  # (48, d) small: tells pictures of the same colours apart
    words: NDArray[np.float32]  # (vocabulary, d)


def _weights(seed: int, dimension: int) -> Weights:
    generator = np.random.default_rng(seed)
    directions = generator.standard_normal((max(len(COLOURS), dimension), dimension))
    if dimension >= len(COLOURS):
        directions = np.linalg.qr(directions)[0]
    directions = directions[: len(COLOURS)] / np.linalg.norm(directions[: len(COLOURS)], axis=1, keepdims=True)
    words = 0.15 * generator.standard_normal((len(VOCABULARY), dimension)) / np.sqrt(dimension)
    words[VOCABULARY.index("red") : VOCABULARY.index("red") + len(COLOURS)] = directions
    words[VOCABULARY.index("gray")] = words[VOCABULARY.index("grey")]
    share = np.array([[0.3 if name in _NEUTRAL else 1.0] for name in COLOURS])
    layout = 0.02 * generator.standard_normal((48, dimension)) / np.sqrt(dimension)
    return Weights(*(part.astype(np.float32) for part in (directions * share, layout, words)))


def build_clip(
    folder: Path,
    *,
    seed: int = 0,
    dimension: int = 16,
    image_size: int = 32,
    context: int = 77,
    static_batch: bool = False,
    sides: Sequence[Literal["visual", "textual"]] = ("visual", "textual"),
    text_input: Literal["text", "input_ids"] = "text",
    pooled: bool = True,
    external: bool = False,
) -> Path:
    """Write a tiny encoder in the layout of CLIP exports to ONNX.

    Args:
        folder: made if need be; its name is the encoder's name.
        seed: other seeds give other weights, hence other fingerprints.
        dimension: length of the vectors; colours are told apart best from 12 on.
        image_size: pixels, a multiple of 4.
        context: tokens that a text may have.
        static_batch: whether the graphs take one item a call.
        sides: which sides there are.
        text_input: ``text`` (int32, padded to ``context``) or ``input_ids`` with
            ``attention_mask`` (int64, any length).
        pooled: whether the text side gives a vector a text, or one a token.
        external: whether weights lie in a file of their own.

    Returns:
        The folder.
    """
    import onnx

    weights = _weights(seed, dimension)
    batch = 1 if static_batch else "batch"
    for side in sides:
        (folder / side).mkdir(parents=True, exist_ok=True)
        if side == "visual":
            palette = np.array(list(COLOURS.values()))
            model = visual_graph(batch, image_size, palette, weights.colours, weights.layout)
            _write(folder / side / "preprocess_cfg.json", _preprocessing(image_size))
        else:
            model = textual_graph(batch, context, weights.words, text_input, pooled)
            _write_tokenizer(folder / side, context)
        onnx.save_model(
            model,
            folder / side / "model.onnx",
            save_as_external_data=external,
            location="weights.bin",
            size_threshold=200,
        )
    _write(folder / "config.json", {"embed_dim": dimension, "text_cfg": {"context_length": context}})
    return folder


def _preprocessing(image_size: int) -> dict[str, Any]:
    return {
        "size": image_size,
        "mode": "RGB",
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
        "interpolation": "bicubic",
        "resize_mode": "shortest",
        "fill_color": 0,
    }


def _write_tokenizer(folder: Path, context: int) -> None:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    numbers = {word: number for number, word in enumerate(VOCABULARY)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", numbers["[CLS]"]), ("[SEP]", numbers["[SEP]"])]
    )
    tokenizer.add_special_tokens(_SPECIAL)
    tokenizer.save(str(folder / "tokenizer.json"))
    _write(folder / "tokenizer_config.json", {"pad_token": "[PAD]", "model_max_length": context})


def _write(path: Path, settings: dict[str, Any]) -> None:
    path.write_text(json.dumps(settings), encoding="utf-8")
