"""Tiny random models in folders, as transformers writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from picdesk.encoders.bpe import write_clip_tokenizer

SIZES = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2}
IMAGE = {"image_size": 32, "patch_size": 16}
NAMES = {"clip": "CLIP", "metaclip_2": "MetaClip2", "siglip": "Siglip", "siglip2": "Siglip2"}
MEAN = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.3, 0.25, 0.2]}


def make_folder(folder: Path, kind: str, **text: Any) -> tuple[Path, Any]:
    """Write a model with its tokenizer and its image processor.

    Returns:
        The folder, and the model.
    """
    import torch
    import transformers
    from safetensors.torch import save_file

    torch.manual_seed(len(kind))
    siglip = kind.startswith("siglip")
    vision: dict[str, Any] = SIZES | ({"patch_size": 16, "num_patches": 4} if kind == "siglip2" else IMAGE)
    words = SIZES | {"vocab_size": 49408, "max_position_embeddings": 24 if siglip else 77}
    words |= {"eos_token_id": 49407} | ({"projection_size": 64} if siglip else {}) | text
    config = getattr(transformers, f"{NAMES[kind]}Config")(text_config=words, vision_config=vision)
    model = getattr(transformers, f"{NAMES[kind]}Model")(config).eval()
    with torch.no_grad():  # the usual start is so small that errors would hide in it
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    folder.mkdir(parents=True)
    config.save_pretrained(folder)
    save_file(model.state_dict(), folder / "model.safetensors")
    write_clip_tokenizer(folder, words["max_position_embeddings"])
    _write_processor(folder, kind)
    return folder, model


def _write_processor(folder: Path, kind: str) -> None:
    if kind == "siglip2":
        sizes: dict[str, Any] = {"patch_size": 16, "max_num_patches": 4, "resample": 2}
    elif kind == "siglip":
        sizes = {"size": {"height": 32, "width": 32}, "resample": 3}
    else:
        sizes = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}, "resample": 3}
    (folder / "preprocessor_config.json").write_text(json.dumps(sizes | MEAN | {"rescale_factor": 1 / 255}))
