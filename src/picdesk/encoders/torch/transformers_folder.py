"""Folders as transformers writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.encoders.settings import read_settings
from picdesk.encoders.torch.build import build_model
from picdesk.encoders.torch.checkpoint import Checkpoint
from picdesk.encoders.torch.preprocessing import read_preprocessing
from picdesk.encoders.torch.siglip2 import as_siglip
from picdesk.encoders.torch.tensors import read_tensors
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from pathlib import Path

    import torch

_KINDS = ("clip", "metaclip_2", "siglip", "siglip2")
# What their tokenizers do to a text in Python, which tokenizer.json does not say.
_CLEAN = {"SiglipTokenizer": "canonicalize"}


def read_transformers_folder(folder: Path) -> Checkpoint:
    """Read ``config.json``, the weights, the preprocessing and the tokenizer of a folder.

    Code that lies in the folder is never run, and nothing is downloaded.

    Raises:
        EncoderMissing: a file is missing or damaged, or the model is of a type that is not supported.
    """
    config = read_settings(folder / "config.json")
    kind = config.get("model_type")
    if kind not in _KINDS:
        raise EncoderMissing(
            f"{folder}: config.json says model_type {kind!r}, not one of {', '.join(_KINDS)}",
            "Use a ready ONNX export of this model (a folder with visual/ and textual/).",
        )
    if not (folder / "tokenizer.json").is_file():
        raise EncoderMissing(f"{folder} has no tokenizer.json", "Fetch the folder again, with its tokenizer.")
    tensors = folder_weights(folder)
    if kind == "siglip2":
        config, tensors = as_siglip(config, tensors, folder)
    model = build_model("siglip" if kind == "siglip2" else kind, config, tensors, folder)
    extra = folder / "tokenizer_config.json"
    named = read_settings(extra) if extra.is_file() else {}
    settings: Any = model.config
    return Checkpoint(
        kind=kind,
        model=model,
        preprocessing=read_preprocessing(folder, settings.vision_config.image_size),
        tokenizer=folder,
        clean=_CLEAN.get(str(named.get("tokenizer_class")).removesuffix("Fast"), ""),
        text_limit=settings.text_config.max_position_embeddings,
        # SigLIP looks at the last place, whatever stands there, and was trained with every place filled.
        fixed_length=kind in ("siglip", "siglip2"),
        dimension=_dimension(model),
        activation=settings.text_config.hidden_act,
    )


def _dimension(model: Any) -> int:
    projection = getattr(model, "visual_projection", None)
    return int(projection.out_features if projection else model.config.vision_config.hidden_size)


def folder_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Every tensor of a folder, in one file or in several.

    Raises:
        EncoderMissing: there are no weights, they are damaged, or lie outside the folder.
    """
    for name in ("model.safetensors", "pytorch_model.bin"):
        if (folder / name).is_file():
            return read_tensors(folder / name)[0]
        index = folder / f"{name}.index.json"
        if index.is_file():
            return _shards(folder, read_settings(index))
    raise EncoderMissing(
        f"{folder} has no weights: neither model.safetensors nor pytorch_model.bin", "Fetch the folder again."
    )


def _shards(folder: Path, index: dict[str, Any]) -> dict[str, torch.Tensor]:
    places = index.get("weight_map")
    if not isinstance(places, dict):
        raise EncoderMissing(f"{folder} has an index of weights that names no files", "Fetch the folder again.")
    tensors: dict[str, torch.Tensor] = {}
    for name in sorted({str(place) for place in places.values()}):
        if "/" in name or "\\" in name:
            raise EncoderMissing(f"{folder} wants weights from outside: {name!r}", "Do not use this model.")
        tensors |= read_tensors(folder / name)[0]
    return tensors
