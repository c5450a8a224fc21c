"""A model of the CLIP family that is to be trained."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from picdesk.encoders.catalogue import catalogue, find_entry
from picdesk.encoders.fingerprint import file_digests, fingerprint
from picdesk.encoders.load import is_checkpoint
from picdesk.encoders.preprocess import read_preparation
from picdesk.encoders.tokenize import read_tokens
from picdesk.encoders.weights import find_weights
from picdesk.errors import EncoderMissing, InputError

if TYPE_CHECKING:
    import torch

    from picdesk.encoders.preprocess import Preparation
    from picdesk.encoders.tokenize import TextTokens
    from picdesk.encoders.torch.checkpoint import Checkpoint

WEIGHTS = "weights"
"""Folder inside an encoder folder that holds what it can be trained on from."""

ALIGNMENT = "alignment"
"""Folder inside an encoder folder that holds what its texts go through behind the text tower."""

_SUFFIXES = (".json", ".safetensors", ".bin", ".pt", ".pth")
_UNSCALED = math.log(1 / 0.07)
"""Where CLIP's own training began."""


@dataclass(frozen=True, slots=True, eq=False)
class Trainee:
    """A model, with all that its inputs need.

    Attributes:
        name: what the user called it.
        source: the file or folder that its weights were read from.
        checkpoint: the model; float32, on the processor.
        prepare: how its images are prepared.
        tokens: its tokenizer.
        fingerprint: SHA-256 over its files.
        log_scale: logarithm of the factor that its makers' loss multiplies cosines by.
        bias: what SigLIP's loss adds to them; ``None`` for other models.
        architecture: open_clip's name of the model, where the user gave it; else empty.
    """

    name: str
    source: Path
    checkpoint: Checkpoint
    prepare: Preparation
    tokens: TextTokens
    fingerprint: str
    log_scale: float
    bias: float | None
    architecture: str = ""

    @property
    def length(self) -> int | None:
        """Tokens that every text is padded to; ``None`` where a short text may be short."""
        return self.checkpoint.text_limit if self.checkpoint.fixed_length else None


def read_trainee(where: str | Path, *, quick_gelu: bool | None = None, architecture: str | None = None) -> Trainee:
    """Read a model that can be trained.

    Args:
        where: weights as ``read_checkpoint`` reads them, an encoder folder that a training has written, or the name of
            a model of the catalogue whose weights were fetched.
        quick_gelu: the activation function, where the file does not tell.
        architecture: open_clip's name of the model, where the file does not tell.

    Raises:
        EncoderMissing: it is not here, is damaged, or has no weights but only ONNX graphs.
        InputError: it has no image side.
        ExtraMissing: the ``train`` extra is not installed.
    """
    from picdesk.encoders.torch.checkpoint import read_checkpoint
    from picdesk.encoders.torch.export import write_settings

    source = find_source(where)
    checkpoint = read_checkpoint(source, quick_gelu=quick_gelu, architecture=architecture)
    if "visual" not in checkpoint.sides:
        raise InputError(
            f"{where} has no image side, so there is nothing that its texts could be trained to meet",
            "Pair it with an image model through picdesk train spaces.",
        )
    with TemporaryDirectory(prefix="picdesk-") as scratch:
        # Written and read again, so that training prepares images and texts exactly as the exported encoder will.
        folder = Path(scratch)
        write_settings(checkpoint, folder)
        prepare = read_preparation(folder / "visual" / "preprocess_cfg.json")
        tokens = read_tokens(folder / "textual", folder / "config.json", None)
    if hasattr(checkpoint.model, "inner"):
        _take_scale(checkpoint.model.inner, source)
    log_scale, bias = _scale(checkpoint.model)
    digest = fingerprint(file_digests(_files(source)))
    return Trainee(str(where), source, checkpoint, prepare, tokens, digest, log_scale, bias, architecture or "")


def find_source(where: str | Path) -> Path:
    """Where the weights lie of what the user names.

    Raises:
        EncoderMissing: nothing of that name is here, or there are no weights, only ONNX graphs.
        InputError: it has an alignment.
    """
    place = Path(where).expanduser()
    try:
        here = place.exists()
    except (OSError, ValueError):  # too long a name, a NUL character
        here = False
    if here:
        place = place.resolve()
        if (place / ALIGNMENT).is_dir():
            raise InputError(
                f"{where} has an alignment behind its texts, which a training of the towers would leave behind",
                f"Give {Path(where) / WEIGHTS} to train its towers without the alignment.",
            )
        if (place / WEIGHTS).is_dir():
            return place / WEIGHTS
        if is_checkpoint(place):
            return place
        raise EncoderMissing(
            f"{where} has no weights that torch could train, only ONNX graphs or nothing at all",
            "Give the weights themselves (OpenAI, open_clip, transformers), or a folder that picdesk train wrote.",
        )
    entry = find_entry(str(where), catalogue())
    if entry is None:
        raise EncoderMissing(
            f"no model called {str(where)[:200]!r} here",
            "Give a file or folder of weights, or a name that picdesk models lists.",
        )
    found = find_weights(entry)
    if found is None:
        raise EncoderMissing(
            f"the weights of {entry.name} are not on this machine",
            f"Fetch them once: picdesk models export {entry.name} DIR",
        )
    return found


def learned_scale(trainee: Trainee, loss: torch.nn.Module) -> None:
    """Put the temperature and bias that a loss has learned into the model, where the model keeps its own."""
    import torch

    model: Any = getattr(trainee.checkpoint.model, "inner", trainee.checkpoint.model)
    with torch.no_grad():
        for name, value in (("logit_scale", "log_scale"), ("logit_bias", "bias")):
            own, learned = getattr(model, name, None), getattr(loss, value, None)
            if isinstance(own, torch.nn.Parameter) and learned is not None:
                own.copy_(learned.detach().reshape(own.shape))


def _take_scale(model: Any, source: Path) -> None:
    """Put the temperature and bias of the file into a model of open_clip, which was read to encode, without them."""
    import torch

    from picdesk.encoders.torch.tensors import read_tensors

    names = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin")
    files = [source] if source.is_file() else [source / name for name in names if (source / name).is_file()]
    tensors = read_tensors(files[0])[0] if files else {}
    with torch.no_grad():
        for name in ("logit_scale", "logit_bias"):
            own = getattr(model, name, None)
            if own is not None and name in tensors:
                own.copy_(tensors[name].reshape(own.shape))


def _scale(model: Any) -> tuple[float, float | None]:
    """A scale of 0 is what a reader puts where a file has none."""
    model = getattr(model, "inner", model)
    own, bias = getattr(model, "logit_scale", None), getattr(model, "logit_bias", None)
    log_scale = float(own.detach()) if own is not None else 0.0
    return log_scale or _UNSCALED, None if bias is None else float(bias.detach())


def _files(source: Path) -> dict[str, Path]:
    if source.is_file():
        return {"weights": source}
    return {each.name: each for each in sorted(source.iterdir()) if each.suffix in _SUFFIXES and each.is_file()}
