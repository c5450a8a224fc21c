"""Tensors out of a file of weights, and nothing else out of it."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

from picdesk.encoders.torch.torchscript import ForbiddenContent, is_torchscript, read_torchscript
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from pathlib import Path

    import torch

_INSIDE = ("state_dict", "model", "model_state_dict")
"""Where training programs put the weights beside their optimizer."""

_HINT = "Fetch the file again from its maker."


def read_tensors(path: Path) -> tuple[dict[str, torch.Tensor], bool]:
    """Every tensor in a checkpoint by its name, as the file has it; nothing in the file is executed.

    Args:
        path: safetensors; a ``torch.save`` of a state dict, alone or under ``state_dict`` or ``model``; or a
            TorchScript archive.

    Returns:
        The tensors, and whether the file is a TorchScript archive.

    Raises:
        EncoderMissing: the file cannot be read, is damaged, or holds something else than tensors.
    """
    try:
        with path.open("rb") as file:
            start = file.read(9)
    except OSError as error:
        raise EncoderMissing(f"{path} cannot be read: {error.strerror}", _HINT) from error
    try:
        if path.suffix == ".safetensors" or start[8:] == b"{":
            from safetensors.torch import load_file

            return load_file(path), False
        if is_torchscript(path):
            return read_torchscript(path), True
        return _state(path, _load(path)), False
    except EncoderMissing:
        raise
    except ForbiddenContent as error:
        raise _not_weights(path, str(error)) from error
    except Exception as error:  # pickle, zipfile, torch and safetensors each have their own tree of errors
        raise _unusable(path, error) from error


def _load(path: Path) -> Any:
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.load(path, map_location="cpu", weights_only=True)


def _state(path: Path, content: Any) -> dict[str, torch.Tensor]:
    import torch

    inner = content
    if isinstance(content, dict):
        inner = next((content[key] for key in _INSIDE if isinstance(content.get(key), dict)), content)
    if not isinstance(inner, dict):
        raise _not_weights(path, f"a {type(inner).__name__}")
    tensors = {str(name): value for name, value in inner.items() if isinstance(value, torch.Tensor)}
    if not tensors:
        raise _not_weights(path, "a dictionary without tensors")
    return tensors


def _not_weights(path: Path, what: str) -> EncoderMissing:
    return EncoderMissing(
        f"{path} is no state dict: it holds {what[:200]}", "Nothing in it was executed. Give a file of weights alone."
    )


def _unusable(path: Path, error: Exception) -> EncoderMissing:
    reason = " ".join(str(error).split())
    if forbidden := re.search(r"GLOBAL ([\w.]+)", reason):  # torch's words for what is no tensor
        return _not_weights(path, forbidden[1])
    # torch's own advice is to load it all the same, which would execute it.
    if isinstance(error, KeyError | IndexError) or reason.startswith("Weights only load failed"):
        reason = "it is no pickle of tensors"
    return EncoderMissing(f"{path} is damaged or no checkpoint: {reason[:200] or type(error).__name__}", _HINT)
