"""An encoder in a folder of ONNX files, as open_clip's and Immich's exports are laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.encoders.fingerprint import file_digests, fingerprint
from picdesk.encoders.graph import read_graph
from picdesk.encoders.image_side import ImageSide
from picdesk.encoders.text_side import TextSide
from picdesk.encoders.unit import unit_rows
from picdesk.errors import EncoderMissing, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image

# Items prepared at a time, so that memory does not grow with the list.
_AT_A_TIME = 64


class OnnxFolder:
    """An encoder read from ``visual/`` and ``textual/``.

    Graphs are compiled when they are first asked: a text search never waits for the image side.

    Args:
        folder: absolute path.
        runtime: ``openvino``, ``onnxruntime``, or ``None`` for the faster one, side by side.
        name: what it is called; the folder's name where nothing is said.

    Raises:
        EncoderMissing: files are missing or unusable, or the sides have vectors of different lengths.
    """

    def __init__(self, folder: Path, runtime: str | None, name: str = "") -> None:
        self.name = name or folder.name
        self.location = str(folder)
        files = _files(folder)
        if not files:
            raise EncoderMissing(
                f"{folder} holds no encoder: neither visual/model.onnx nor textual/model.onnx",
                "Give the folder of an ONNX export (visual/, textual/).",
            )
        digests = file_digests(files)
        self.fingerprint = fingerprint(digests)
        parts = {
            part: fingerprint({label: digest for label, digest in digests.items() if label.startswith(f"{part}/")})
            for part in ("visual", "textual")
        }
        self._images = self._texts = None
        if "visual/model.onnx" in files:
            self._images = ImageSide(folder / "visual", runtime, parts["visual"])
        if "textual/model.onnx" in files:
            self._texts = TextSide(folder / "textual", folder / "config.json", runtime, parts["textual"])
        self.dimension = self._common_dimension()

    def _common_dimension(self) -> int:
        sides = [kind.side.dimension() for kind in (self._images, self._texts) if kind]
        if len(set(sides)) > 1:
            raise EncoderMissing(
                f"encoder {self.name!r}: image vectors have {sides[0]} numbers, text vectors {sides[1]}",
                "visual/ and textual/ belong to different models: fetch the folder again.",
            )
        return sides[0]

    @property
    def has_images(self) -> bool:
        """Whether there is an image side."""
        return self._images is not None

    @property
    def has_texts(self) -> bool:
        """Whether there is a text side."""
        return self._texts is not None

    @property
    def text_limit(self) -> int | None:
        """Tokens that a text may have, special ones included; ``None`` without a text side."""
        return self._texts.tokens.limit if self._texts else None

    @property
    def image_side(self) -> int | None:
        """Pixels of the larger edge of the input image; ``None`` without an image side."""
        return max(self._images.shape) if self._images else None

    @property
    def runtime(self) -> str:
        """What runs the graphs, such as ``openvino bf16``, images first where the sides differ; compiles them."""
        said = [kind.side.session.runtime for kind in (self._images, self._texts) if kind]
        return ", ".join(dict.fromkeys(said))

    def prepare_image(self, image: Image.Image) -> NDArray[np.float32]:
        """Resize, cut and normalise one image.

        Returns:
            ``(3, height, width)`` float32.

        Raises:
            InputError: there is no image side.
        """
        return self._image_side().prepare(image)

    def encode_pixels(self, pixels: NDArray[Any]) -> NDArray[np.float32]:
        """Encode prepared images.

        Args:
            pixels: ``(n, 3, height, width)``, as ``prepare_image`` makes them.

        Returns:
            ``(n, d)`` float32, unit rows.

        Raises:
            InputError: there is no image side, the shape is another, or an image has no vector.
        """
        side = self._image_side()
        if pixels.ndim != 4 or pixels.shape[1:] != side.shape:
            raise InputError(f"encoder {self.name!r} takes pixels of (n, *{side.shape}), not {pixels.shape}")
        if not len(pixels):
            return np.empty((0, self.dimension), dtype=np.float32)
        return unit_rows(side.encode(pixels), self.name, "image")

    def encode_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Encode images.

        Returns:
            ``(n, d)`` float32, unit rows.

        Raises:
            InputError: there is no image side, or an image has no vector.
        """
        side = self._image_side()
        rows = [np.empty((0, self.dimension), dtype=np.float32)]
        groups = (images[at : at + _AT_A_TIME] for at in range(0, len(images), _AT_A_TIME))
        rows += [side.encode(np.stack([side.prepare(image) for image in group])) for group in groups]
        return unit_rows(np.concatenate(rows), self.name, "image")

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts; what is over ``text_limit`` is cut, closing special tokens kept.

        Returns:
            ``(n, d)`` float32, unit rows.

        Raises:
            InputError: there is no text side, or a text has no vector.
        """
        side = self._text_side()
        rows = [np.empty((0, self.dimension), dtype=np.float32)]
        rows += [side.encode(texts[at : at + _AT_A_TIME]) for at in range(0, len(texts), _AT_A_TIME)]
        return unit_rows(np.concatenate(rows), self.name, "text")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text before any cut, special ones included.

        Raises:
            InputError: there is no text side.
        """
        return self._text_side().tokens.count(texts)

    def _image_side(self) -> ImageSide:
        if self._images is None:
            raise InputError(f"encoder {self.name!r} has no image side", "Choose an encoder with a visual/ folder.")
        return self._images

    def _text_side(self) -> TextSide:
        if self._texts is None:
            raise InputError(f"encoder {self.name!r} has no text side", "Choose an encoder with a textual/ folder.")
        return self._texts


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
