"""A tiny CLIP that has learned nothing, as transformers writes it: to be taught where no CLIP is at hand."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

WORDS = 4000
"""Of its vocabulary, at most; any other word is unknown to it."""

_LIMIT = 32
_SIDE, _PATCH = 64, 16
_SPECIAL = ("[pad]", "[start]", "[end]", "[unknown]")
_WORD = re.compile(r"\w+|[^\w\s]")


def write_blank_clip(folder: Path, texts: Iterable[str], *, seed: int = 0, width: int = 96) -> Path:
    """Write a model of two layers a tower that reads words, and sees 64 by 64 pixels.

    Args:
        folder: to be made.
        texts: whose words it shall know; of more than `WORDS` the most frequent ones.
        seed: of its weights.
        width: of both towers.

    Returns:
        The folder.
    """
    import torch
    import transformers
    from safetensors.torch import save_file

    numbers = _vocabulary(texts)
    sizes: dict[str, Any] = {"hidden_size": width, "intermediate_size": 2 * width}
    sizes |= {"num_hidden_layers": 2, "num_attention_heads": 4}
    vision = sizes | {"image_size": _SIDE, "patch_size": _PATCH}
    text = sizes | {"vocab_size": len(numbers), "max_position_embeddings": _LIMIT}
    text |= {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    config: Any = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=64)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model: Any = transformers.CLIPModel(config)
    folder.mkdir(parents=True)
    config.save_pretrained(folder)
    save_file({name: tensor.clone() for name, tensor in model.state_dict().items()}, folder / "model.safetensors")
    square = {"height": _SIDE, "width": _SIDE}
    seen: dict[str, Any] = {"size": {"shortest_edge": _SIDE}, "crop_size": square, "resample": 3}
    seen |= {"rescale_factor": 1 / 255, "image_mean": [0.5] * 3, "image_std": [0.3] * 3}
    (folder / "preprocessor_config.json").write_text(json.dumps(seen), encoding="utf-8")
    write_word_tokenizer(folder, numbers, _LIMIT)
    return folder


def _vocabulary(texts: Iterable[str]) -> dict[str, int]:
    counts = Counter(word for text in texts for word in _WORD.findall(text.lower()))
    words = sorted(counts, key=lambda word: (-counts[word], word))[:WORDS]
    return {name: number for number, name in enumerate((*_SPECIAL, *words))}


def write_word_tokenizer(folder: Path, numbers: dict[str, int], limit: int) -> None:
    """A tokenizer of whole words, lower-cased, as transformers reads it.

    Args:
        folder: where it is written.
        numbers: word -> id; ``[pad]``, ``[start]``, ``[end]`` and ``[unknown]`` come first.
        limit: tokens of a text.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.WordLevel(numbers, "[unknown]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[start] $A [end]", special_tokens=[("[start]", 1), ("[end]", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    said = {"pad_token": "[pad]", "model_max_length": limit}
    (folder / "tokenizer_config.json").write_text(json.dumps(said), encoding="utf-8")
