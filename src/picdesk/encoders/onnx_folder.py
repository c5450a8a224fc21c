"""An encoder in a folder of ONNX files, as open_clip's and Immich's exports are laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.encoders.fingerprint import file_digests, fingerprint
from picdesk.encoders.graph import read_graph
from picdesk.encoders.image_side import ImageSide
from picdesk.encoders.sided import SidedEncoder
from picdesk.encoders.text_side import TextSide
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from pathlib import Path


class OnnxFolder(SidedEncoder):
    """An encoder read from ``visual/`` and ``textual/``.

    Graphs are compiled when they are first asked: a text search never waits for the image side.

    Args:
        folder: absolute path.
        runtime: one of ``runtimes.choose.NAMES`` for ONNX graphs, or ``None`` for the fastest that is true to float32,
            side by side.
        name: what it is called; the folder's name where nothing is said.

    Raises:
        EncoderMissing: files are missing or unusable, or the sides have vectors of different lengths.
    """

    def __init__(self, folder: Path, runtime: str | None, name: str = "") -> None:
        files = _files(folder)
        if not files:
            raise EncoderMissing(
                f"{folder} holds no encoder: neither visual/model.onnx nor textual/model.onnx",
                "Give the folder of an ONNX export (visual/, textual/).",
            )
        digests = file_digests(files)
        parts = {
            part: fingerprint({label: digest for label, digest in digests.items() if label.startswith(f"{part}/")})
            for part in ("visual", "textual")
        }
        images, texts = None, None
        if "visual/model.onnx" in files:
            images = ImageSide(folder / "visual", runtime, parts["visual"])
        if "textual/model.onnx" in files:
            texts = TextSide(folder / "textual", folder / "config.json", runtime, parts["textual"])
        super().__init__(name or folder.name, str(folder), fingerprint(digests), images, texts)


def _files(folder: Path) -> dict[str, Path]:
    """Every file that the encoder is read from, by its path inside the folder."""
    names: list[str] = []
    if (folder / "visual" / "model.onnx").exists():
        weights = read_graph(folder / "visual" / "model.onnx").weights
        names += ["visual/model.onnx", "visual/preprocess_cfg.json", *(f"visual/{name}" for name in weights)]
    if (folder / "textual" / "model.onnx").exists():
        weights = read_graph(folder / "textual" / "model.onnx").weights
        names += ["textual/model.onnx", "textual/tokenizer.json", "textual/tokenizer_config.json", "config.json"]
        names += [f"textual/{name}" for name in weights]
    # What is missing is no part of the identity; whether it may be missing is for the sides to say.
    return {name: folder / name for name in names if (folder / name).exists()}
