"""A checkpoint in place of an ONNX folder: on a card by torch, on the processor through ONNX."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from picdesk.encoders.cache import cache_folder, writable_cache
from picdesk.encoders.fingerprint import file_digests, fingerprint
from picdesk.encoders.onnx_folder import OnnxFolder
from picdesk.encoders.runtimes.choose import TORCH
from picdesk.encoders.settings import read_settings
from picdesk.encoders.torch.export import export_onnx
from picdesk.encoders.torch.extra import need_torch
from picdesk.encoders.torch.machine import has_cuda
from picdesk.errors import EncoderMissing, PicdeskError

if TYPE_CHECKING:
    from pathlib import Path

    from picdesk.encoders.protocol import Encoder

_MADE_BY = "1"
"""Raised when what is written changes, so that older folders are not taken for newer ones."""

_BESIDE = ("config.json", "tokenizer.json", "tokenizer_config.json")
"""What an open_clip model with a text tower or a tokenizer of transformers is read from, beside its weights."""

_SUFFIXES = (".json", ".safetensors", ".bin", ".pt", ".pth")


def load_checkpoint_encoder(path: Path, *, runtime: str | None = None) -> Encoder:
    """Open a checkpoint as an encoder.

    Where torch finds a CUDA card it runs the weights there, and so it does wherever it is asked for by name. Else they
    are written as an ONNX folder (float32) into the cache the first time, under the SHA-256 of their files; from then
    on the encoder opens from there, without torch, on the same runtimes as every other.

    Args:
        path: what ``read_checkpoint`` reads.
        runtime: as for ``load_encoder``.

    Raises:
        EncoderMissing: it is missing, damaged or not supported, or there is no cache to write to.
        ExtraMissing: it is not in the cache yet, or torch is asked for, and the ``torch`` extra is not installed.
        InputError: no such runtime.
    """
    if runtime in TORCH or (runtime is None and has_cuda()):
        from picdesk.encoders.torch.encoder import TorchEncoder

        need_torch()
        return TorchEncoder(path, fingerprint(file_digests(_files(path))), (runtime or "").partition("-")[2])
    target, digest = checkpoint_folder(path)
    encoder = OnnxFolder(target, runtime)
    # What an archive remembers is the checkpoint: its folder in the cache may go, and another release of torch would
    # write the same model with other bytes.
    encoder.location, encoder.fingerprint = str(path), digest
    return encoder


def checkpoint_folder(path: Path) -> tuple[Path, str]:
    """The ONNX folder of a checkpoint in the cache, written if it is not there.

    Returns:
        The folder, and the SHA-256 over the checkpoint's files.

    Raises:
        EncoderMissing: the checkpoint is missing, damaged or not supported, or there is no cache to write to.
        ExtraMissing: it is not in the cache yet, and the ``torch`` extra is not installed.
    """
    digest = fingerprint(file_digests(_files(path)))
    target = cache_folder() / "checkpoints" / f"{digest}-{_MADE_BY}" / (path.name if path.is_dir() else path.stem)
    if not target.is_dir():
        need_torch()
        if writable_cache("checkpoints", target.parent.name) is None:
            raise EncoderMissing(
                f"{path} cannot be made ready: nothing can be written to {cache_folder()}",
                "Set PICDESK_CACHE to a folder that can be written to.",
            )
        try:
            export_onnx(path, target)
        except PicdeskError:
            if not target.is_dir():  # else another process has made it meanwhile
                with suppress(OSError):
                    target.parent.rmdir()
                raise
    return target, digest


def _files(path: Path) -> dict[str, Path]:
    """Every file that the checkpoint may be read from, by its name."""
    if path.is_dir():
        # The steps of a model of sentence-transformers lie a folder deeper.
        every = sorted([*path.iterdir(), *(path.glob("*/*") if (path / "modules.json").is_file() else ())])
        found = {
            each.relative_to(path).as_posix(): each for each in every if each.suffix in _SUFFIXES and each.is_file()
        }
        if not found:
            raise EncoderMissing(f"{path} holds no checkpoint", "Give a file of weights or a folder of transformers.")
        return found
    beside = path.parent / "open_clip_config.json"
    if not beside.is_file():
        return {"weights": path}
    text = read_settings(beside).get("model_cfg", {}).get("text_cfg", {})
    names = [beside.name, *(_BESIDE if text.get("hf_model_name") or text.get("hf_tokenizer_name") else ())]
    return {"weights": path} | {name: path.parent / name for name in names if (path.parent / name).is_file()}
