"""A checkpoint in place of an ONNX folder."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from picdesk.encoders.cache import cache_folder, writable_cache
from picdesk.encoders.fingerprint import file_digests, fingerprint
from picdesk.encoders.onnx_folder import OnnxFolder
from picdesk.encoders.torch.export import export_onnx
from picdesk.encoders.torch.extra import need_torch
from picdesk.errors import EncoderMissing, PicdeskError

if TYPE_CHECKING:
    from pathlib import Path

    from picdesk.encoders.protocol import Encoder

_MADE_BY = "1"
"""Raised when what is written changes, so that older folders are not taken for newer ones."""

_SUFFIXES = (".json", ".safetensors", ".bin", ".pt", ".pth")


def load_checkpoint_encoder(path: Path, *, runtime: str | None = None) -> Encoder:
    """Open a checkpoint as an encoder, on the same runtimes as every other.

    The first time it is written as an ONNX folder (float32) into the cache, under the SHA-256 of its files; from then
    on it opens from there, without torch.

    Args:
        path: what ``read_checkpoint`` reads.
        runtime: as for ``load_encoder``.

    Raises:
        EncoderMissing: it is missing, damaged or not supported, or there is no cache to write to.
        ExtraMissing: it is not in the cache yet, and the ``torch`` extra is not installed.
        InputError: no such runtime.
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
    encoder = OnnxFolder(target, runtime)
    # What an archive remembers is the checkpoint: its folder in the cache may go, and another release of torch would
    # write the same model with other bytes.
    encoder.location, encoder.fingerprint = str(path), digest
    return encoder


def _files(path: Path) -> dict[str, Path]:
    """Every file that the checkpoint may be read from, by its name."""
    if path.is_dir():
        found = {each.name: each for each in sorted(path.iterdir()) if each.suffix in _SUFFIXES and each.is_file()}
        if not found:
            raise EncoderMissing(f"{path} holds no checkpoint", "Give a file of weights or a folder of transformers.")
        return found
    beside = path.parent / "open_clip_config.json"
    return {"weights": path} | ({beside.name: beside} if beside.is_file() else {})
