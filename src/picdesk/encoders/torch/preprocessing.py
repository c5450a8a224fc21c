"""What transformers says of images, in the words of ``preprocess_cfg.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.encoders.settings import read_settings
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_INTERPOLATIONS = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}
"""Pillow's numbers."""


def read_preprocessing(folder: Path, image_size: int) -> dict[str, Any]:
    """Read ``preprocessor_config.json``, or the image processor in ``processor_config.json``.

    Args:
        folder: of transformers.
        image_size: pixels of the model's square input.

    Raises:
        EncoderMissing: neither file is there, or it asks for steps that ``preprocess_cfg.json`` cannot say.
    """
    settings = _settings(folder)
    try:
        return _translated(settings, image_size)
    except (TypeError, ValueError) as error:
        raise EncoderMissing(
            f"{folder}: the image preprocessing cannot be followed: {error}",
            "Use a ready ONNX export of this model (a folder with visual/ and textual/).",
        ) from error


def _settings(folder: Path) -> dict[str, Any]:
    own, joint = folder / "preprocessor_config.json", folder / "processor_config.json"
    if own.is_file():
        return read_settings(own)
    inner = read_settings(joint).get("image_processor") if joint.is_file() else None
    if isinstance(inner, dict):
        return inner
    raise EncoderMissing(
        f"{folder} does not say how images are prepared: preprocessor_config.json is missing",
        "Fetch the folder again, with its image processor.",
    )


def _translated(settings: Mapping[str, Any], image_size: int) -> dict[str, Any]:
    if not settings.get("do_resize", True) or not settings.get("do_rescale", True):
        raise ValueError("images are neither resized nor scaled")
    if abs(settings.get("rescale_factor", 1 / 255) * 255 - 1) > 1e-6:
        raise ValueError(f"rescale_factor is {settings['rescale_factor']!r}, not 1/255")
    interpolation = _INTERPOLATIONS.get(settings.get("resample", 3))
    if interpolation is None:
        raise ValueError(f"resample is {settings['resample']!r}")
    if not {"image_mean", "image_std"} <= set(settings):
        raise ValueError("image_mean or image_std is missing")
    normalised = settings.get("do_normalize", True)
    return {
        "size": image_size,
        "mode": "RGB",
        "mean": settings["image_mean"] if normalised else [0.0] * 3,
        "std": settings["image_std"] if normalised else [1.0] * 3,
        "interpolation": interpolation,
        "resize_mode": _resize_mode(settings, image_size),
        "fill_color": 0,
    }


def _resize_mode(settings: Mapping[str, Any], image_size: int) -> str:
    if "max_num_patches" in settings:  # SigLIP 2 for any aspect ratio, taken at its square
        return "squash"
    size = settings.get("size", image_size)
    size = size if isinstance(size, dict) else {"shortest_edge": size}
    if {"height", "width"} <= set(size):
        if (size["height"], size["width"]) != (image_size, image_size):
            raise ValueError(f"size is {size}, the model takes {image_size}")
        return "squash"
    crop = settings.get("crop_size", image_size)
    crops = set(crop.values()) if isinstance(crop, dict) else {crop}
    if not settings.get("do_center_crop", True) or {size.get("shortest_edge")} | crops != {image_size}:
        raise ValueError(f"size is {size} and crop_size {crop}, the model takes {image_size}")
    return "shortest"
