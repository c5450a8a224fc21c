"""An encoder of one or two sides, whatever runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from picdesk.encoders.unit import unit_rows
from picdesk.errors import EncoderMissing, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from PIL import Image

    from picdesk.encoders.preprocess import Preparation
    from picdesk.encoders.tokenize import TextTokens

# Items prepared at a time, so that memory does not grow with the list.
_AT_A_TIME = 64


class SeeingSide(Protocol):
    """Prepared images to vectors.

    Attributes:
        prepare: how an image is resized, cut and normalised.
        shape: of a prepared image: 3, height, width.
    """

    prepare: Preparation
    shape: tuple[int, int, int]

    @property
    def runtime(self) -> str:
        """What runs it; asking opens it."""

    def dimension(self) -> int:
        """Length of the vectors."""

    def encode(self, pixels: NDArray[np.uint8]) -> NDArray[Any]:
        """Prepared images ``(n, 3, height, width)`` uint8, n > 0, to ``(n, d)``, of any length."""


class ReadingSide(Protocol):
    """Texts to vectors.

    Attributes:
        tokens: tokenizer and limit.
    """

    tokens: TextTokens

    @property
    def runtime(self) -> str:
        """What runs it; asking opens it."""

    def dimension(self) -> int:
        """Length of the vectors."""

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        """Texts, at least one, to ``(n, d)``, of any length."""


class SidedEncoder:
    """An encoder of an image side, a text side, or both.

    Args:
        name: what it is called.
        location: absolute path of the folder or file.
        fingerprint: SHA-256 over its files.
        images: the image side.
        texts: the text side.

    Raises:
        EncoderMissing: the sides have vectors of different lengths.
    """

    def __init__(
        self, name: str, location: str, fingerprint: str, images: SeeingSide | None, texts: ReadingSide | None
    ) -> None:
        self.name, self.location, self.fingerprint = name, location, fingerprint
        self._images, self._texts = images, texts
        self.dimension = self._common_dimension()

    def _common_dimension(self) -> int:
        sides = [side.dimension() for side in (self._images, self._texts) if side]
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
        said = [side.runtime for side in (self._images, self._texts) if side]
        return ", ".join(dict.fromkeys(said))

    @property
    def preparation(self) -> Callable[[Image.Image], NDArray[np.uint8]]:
        """What ``prepare_image`` does, without the weights.

        Raises:
            InputError: there is no image side.
        """
        return self._image_side().prepare

    def prepare_image(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize and cut one image.

        Returns:
            ``(3, height, width)`` uint8.

        Raises:
            InputError: there is no image side.
        """
        return self._image_side().prepare(image)

    def encode_pixels(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Encode prepared images.

        Args:
            pixels: ``(n, 3, height, width)`` uint8, as ``prepare_image`` makes them.

        Returns:
            ``(n, d)`` float32, unit rows.

        Raises:
            InputError: there is no image side, shape or type are others, or an image has no vector.
        """
        side = self._image_side()
        if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[1:] != side.shape:
            wanted = ", ".join(map(str, side.shape))
            raise InputError(
                f"encoder {self.name!r} takes pixels of (n, {wanted}) uint8, not {pixels.shape} {pixels.dtype}",
                "Prepare each image with prepare_image.",
            )
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

    def _image_side(self) -> SeeingSide:
        if self._images is None:
            raise InputError(f"encoder {self.name!r} has no image side", "Choose an encoder with a visual/ folder.")
        return self._images

    def _text_side(self) -> ReadingSide:
        if self._texts is None:
            raise InputError(f"encoder {self.name!r} has no text side", "Choose an encoder with a textual/ folder.")
        return self._texts
