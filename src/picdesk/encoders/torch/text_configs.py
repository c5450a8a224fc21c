"""The configuration of a text model of transformers that is a tower of another model."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from picdesk.encoders.settings import read_settings
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KINDS = ("bert", "camembert", "distilbert", "m2m_100", "mpnet", "mt5", "roberta", "xlm-roberta")
"""Types of text models that are built here; each is code of transformers itself."""

# What would load code, kernels or other numbers than float32.
_NOT_TAKEN = ("auto_map", "dtype", "torch_dtype", "quantization_config", "_name_or_path", "name_or_path")


def tower_config(name: str, folder: Path) -> Any:
    """The configuration of the text model that another model's file calls by name; nothing is downloaded.

    Args:
        name: such as ``xlm-roberta-large`` or ``facebook/nllb-200-distilled-600M``.
        folder: where the weights lie; a ``config.json`` of a text model there wins over what is known by name.

    Raises:
        EncoderMissing: nothing is known of it, or its ``config.json`` makes no sense.
    """
    beside = folder / "config.json"
    said = read_settings(beside) if beside.is_file() else {}
    if said.get("model_type") not in KINDS:
        said = known_configs().get(str(name).rpartition("/")[2], {})
    if not said:
        raise EncoderMissing(
            f"{folder}: the text tower is {str(name)[:200]!r}, whose configuration is not known here",
            "Put that text model's own config.json beside the weights.",
        )
    return text_config(said, folder)


def known_configs() -> dict[str, dict[str, Any]]:
    """``config.json`` of the text models that are known by name, without their owner's name."""
    return tomllib.loads(files("picdesk.encoders.torch").joinpath("text_configs.toml").read_text(encoding="utf-8"))


def text_config(said: Mapping[str, Any], path: Path) -> Any:
    """A configuration of transformers, without anything that would bring code of its own.

    Args:
        said: as in ``config.json``.
        path: for messages.

    Raises:
        EncoderMissing: the type is not one of ``KINDS``, or a value makes no sense.
    """
    import transformers

    kind = said.get("model_type")
    if kind not in KINDS:
        raise EncoderMissing(
            f"{path}: the text model is of type {str(kind)[:200]!r}, not one of {', '.join(KINDS)}",
            "Use a ready ONNX export of this model (a folder with textual/).",
        )
    settings = {key: value for key, value in said.items() if key not in _NOT_TAKEN and "attn_impl" not in key}
    settings.pop("model_type", None)
    try:
        return transformers.AutoConfig.for_model(kind, **settings)
    except Exception as error:  # transformers checks with errors of its own and of others
        reason = " ".join(str(error).split())
        raise EncoderMissing(
            f"{path}: the text model's configuration makes no sense: {reason[:200]}", "Fetch the folder again."
        ) from error
