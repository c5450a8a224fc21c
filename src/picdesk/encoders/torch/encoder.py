"""A checkpoint run by torch itself, without an ONNX graph between."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.encoders.preprocess import read_preparation
from picdesk.encoders.sided import SidedEncoder
from picdesk.encoders.tokenize import read_tokens
from picdesk.encoders.torch.checkpoint import read_checkpoint
from picdesk.encoders.torch.export import write_settings
from picdesk.encoders.torch.model import TorchModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from picdesk.encoders.preprocess import Preparation
    from picdesk.encoders.tokenize import TextTokens


class TorchEncoder(SidedEncoder):
    """An encoder read from weights and run by torch: on a CUDA card where there is one, else on the processor.

    It prepares images and cuts texts as the ONNX folder does that ``export_onnx`` writes of the same weights, and has
    the same vectors but for rounding.

    Args:
        path: what ``read_checkpoint`` reads.
        fingerprint: SHA-256 over its files.
        precision: ``float32``, ``bf16`` or ``fp16``; empty for the fastest that is true to float32.

    Raises:
        EncoderMissing: it is missing, damaged or not supported.
        ExtraMissing: the ``torch`` extra is not installed.
    """

    def __init__(self, path: Path, fingerprint: str, precision: str = "") -> None:
        checkpoint = read_checkpoint(path)
        with TemporaryDirectory(prefix="picdesk-") as scratch:
            # Written and read again: so both ways through ONNX and past it understand the same by the same settings.
            folder = Path(scratch)
            write_settings(checkpoint, folder)
            seeing = "visual" in checkpoint.sides
            prepare = read_preparation(folder / "visual" / "preprocess_cfg.json") if seeing else None
            tokens = read_tokens(folder / "textual", folder / "config.json", None)
        model = TorchModel(str(path), checkpoint, prepare, tokens, precision)
        name = path.name if path.is_dir() else path.stem
        images = _Images(model, prepare) if prepare else None
        super().__init__(name, str(path), fingerprint, images, _Texts(model, tokens))


class _Images:
    def __init__(self, model: TorchModel, prepare: Preparation) -> None:
        self._model, self.prepare = model, prepare
        self.shape = (3, prepare.height, prepare.width)

    @property
    def runtime(self) -> str:
        return self._model.runtime

    def dimension(self) -> int:
        return self._model.dimension

    def encode(self, pixels: NDArray[np.uint8]) -> NDArray[Any]:
        size = self._model.piece
        pieces = [pixels[at : at + size] for at in range(0, len(pixels), size)]
        return np.concatenate([self._model.encode_pixels(piece) for piece in pieces])


class _Texts:
    def __init__(self, model: TorchModel, tokens: TextTokens) -> None:
        self._model, self.tokens = model, tokens

    @property
    def runtime(self) -> str:
        return self._model.runtime

    def dimension(self) -> int:
        return self._model.dimension

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        length = self._model.length
        tokens, mask = self.tokens(texts, length)
        lengths = mask.sum(axis=1)
        # Texts of like length go together, so that little padding is computed.
        order = np.argsort(lengths, kind="stable")
        size = self._model.piece
        outputs = []
        for rows in (order[at : at + size] for at in range(0, len(order), size)):
            width = length or max(1, int(lengths[rows].max()))
            outputs.append(self._model.encode_tokens(tokens[rows, :width], mask[rows, :width]))
        return np.concatenate(outputs)[np.argsort(order)]
