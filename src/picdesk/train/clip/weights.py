"""The weights of a trained model, in a folder that it can be read from again."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from picdesk.encoders.catalogue import catalogue
from picdesk.encoders.settings import read_settings
from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

    from picdesk.train.clip.trainee import Trainee

_INTERPOLATIONS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}
"""Pillow's numbers, as transformers writes them."""

_TOKENIZER = ("tokenizer.json", "tokenizer_config.json")


def check_weights(trainee: Trainee) -> None:
    """Say before anything is trained that what is trained could not be written.

    Raises:
        InputError: images are prepared in a way that the folder cannot say, or nobody knows the model's architecture.
    """
    if hasattr(trainee.checkpoint.model, "inner"):
        _open_clip_settings(trainee)
    else:
        _processor(trainee.checkpoint.preprocessing)


def write_weights(trainee: Trainee, folder: Path) -> None:
    """Write weights, configuration, tokenizer and preparation, as ``read_checkpoint`` reads them.

    Models that transformers has are written as transformers does it, whoever made them; models with towers of other
    makers as open_clip does it.

    Args:
        trainee: the model as it is now, on any device.
        folder: must not exist.
    """
    from picdesk.encoders.bpe import write_clip_tokenizer

    folder.mkdir(parents=True)
    checkpoint = trainee.checkpoint
    model: Any = checkpoint.model
    if hasattr(model, "inner"):
        _write_json(folder / "open_clip_config.json", _open_clip_settings(trainee))
        _save(model.inner.state_dict(), folder / "open_clip_model.safetensors")
        beside = trainee.source if trainee.source.is_dir() else trainee.source.parent
        for name in ("config.json", *_TOKENIZER):
            if (beside / name).is_file():
                shutil.copyfile(beside / name, folder / name)
        return
    config = {key: value for key, value in model.config.to_dict().items() if not key.startswith("_")}
    _write_json(folder / "config.json", config)
    _write_json(folder / "preprocessor_config.json", _processor(checkpoint.preprocessing))
    _save(model.state_dict(), folder / "model.safetensors")
    if checkpoint.tokenizer is None:
        write_clip_tokenizer(folder, checkpoint.text_limit)
    else:
        for name in _TOKENIZER:
            if (checkpoint.tokenizer / name).is_file():
                shutil.copyfile(checkpoint.tokenizer / name, folder / name)


def _save(state: Mapping[str, torch.Tensor], path: Path) -> None:
    from safetensors.torch import save_file

    # Cloned, because safetensors refuses two names for one piece of memory.
    save_file({name: tensor.detach().cpu().contiguous().clone() for name, tensor in state.items()}, path)


def _processor(preprocessing: Mapping[str, Any]) -> dict[str, Any]:
    """``preprocessor_config.json`` of transformers, for what ``preprocess_cfg.json`` says."""
    size, mode = preprocessing["size"], preprocessing["resize_mode"]
    number = _INTERPOLATIONS.get(preprocessing["interpolation"])
    if isinstance(size, list) or mode not in ("shortest", "squash") or number is None:
        raise InputError(
            f"images of {size} pixels, resize_mode {mode!r}, interpolation {preprocessing['interpolation']!r}: what is "
            "trained could not be written as a folder of transformers",
            "Train another model, or one whose preprocessor_config.json transformers has written.",
        )
    square = {"height": size, "width": size}
    return {
        "size": square if mode == "squash" else {"shortest_edge": size},
        "crop_size": square,
        "do_center_crop": mode == "shortest",
        "resample": number,
        "image_mean": list(preprocessing["mean"]),
        "image_std": list(preprocessing["std"]),
        "rescale_factor": 1 / 255,
    }


def _open_clip_settings(trainee: Trainee) -> dict[str, Any]:
    """``open_clip_config.json``: the one beside the weights, or that of the architecture."""
    from picdesk.encoders.torch.open_clip_file import architecture_settings

    source = trainee.source
    beside = (source if source.is_dir() else source.parent) / "open_clip_config.json"
    if beside.is_file():
        return read_settings(beside)
    known = (each.architecture for each in catalogue() if each.architecture and each.file == source.name)
    name = trainee.architecture or next(known, "")
    if not name:
        raise InputError(
            f"nobody knows the architecture of {source}", "Put the open_clip_config.json of its maker beside it."
        )
    return {**architecture_settings(name), "preprocess_cfg": dict(trainee.checkpoint.preprocessing)}


def _write_json(path: Path, settings: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
