"""From what the user calls an encoder to the encoder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from picdesk.encoders.protocol import Encoder


def load_encoder(where: str | Path, *, runtime: str | None = None) -> Encoder:
    """Open an encoder.

    The folder holds ``visual/model.onnx`` and ``visual/preprocess_cfg.json``, or ``textual/model.onnx`` and
    ``textual/tokenizer.json``, or both: the layout of CLIP exports to ONNX as Immich publishes them. Nothing in it is
    executed but the graphs.

    Args:
        where: the folder.
        runtime: ``openvino`` or ``onnxruntime``; ``None`` for the faster one: OpenVINO on x86 for graphs that it runs
            well, else ONNX Runtime.

    Raises:
        EncoderMissing: no such folder, or its files are missing or unusable.
        ExtraMissing: the runtime is not installed.
        InputError: no such runtime.
    """
    from picdesk.encoders.onnx_folder import OnnxFolder
    from picdesk.encoders.runtimes import check_runtime

    check_runtime(runtime)
    return OnnxFolder(_folder(where), runtime)


def _folder(where: str | Path) -> Path:
    hint = "Give the folder of an ONNX export (visual/, textual/)."
    shown = repr(str(where)[:200])
    try:
        folder = Path(where).expanduser().resolve()
        found, is_folder = folder.exists(), folder.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # too long a name, no home folder, a NUL character
        raise EncoderMissing(f"no encoder called {shown} here", hint) from error
    if found and not is_folder:
        raise EncoderMissing(f"{shown} is a file, not an encoder's folder", hint)
    if not found:
        raise EncoderMissing(f"no encoder called {shown} here", hint)
    return folder
