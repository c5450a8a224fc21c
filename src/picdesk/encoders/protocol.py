"""What the rest of the house knows about an encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image


class Encoder(Protocol):
    """Turns images, texts or both into unit vectors of one space.

    A method of a side that the encoder has not raises ``InputError`` naming the encoder. Every method may be called
    from several threads.
    """

    @property
    def name(self) -> str:
        """The folder's name."""

    @property
    def location(self) -> str:
        """Absolute path of the folder."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hexadecimal) over weights and preprocessing, wherever the folder lies and whatever runs it."""

    @property
    def dimension(self) -> int:
        """Length of the vectors, the same for both sides."""

    @property
    def text_limit(self) -> int | None:
        """Tokens that a text may have, special ones included; ``None`` without a text side."""

    @property
    def has_images(self) -> bool:
        """Whether there is an image side."""

    @property
    def has_texts(self) -> bool:
        """Whether there is a text side."""

    @property
    def image_side(self) -> int | None:
        """Pixels of the larger edge of the input image; ``None`` without an image side."""

    @property
    def runtime(self) -> str:
        """What runs the graphs, such as ``openvino bf16``; asking opens them."""

    @property
    def preparation(self) -> Callable[[Image.Image], NDArray[np.uint8]]:
        """What ``prepare_image`` does, as a value that can be sent to another process without the weights."""

    def prepare_image(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize and cut one image: ``(3, height, width)`` uint8. Cheap, for decoder threads."""

    def encode_pixels(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Prepared images ``(n, 3, height, width)`` uint8, normalised here, to ``(n, d)`` float32 unit rows."""

    def encode_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Images to ``(n, d)`` float32 unit rows."""

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts to ``(n, d)`` float32 unit rows; a text over ``text_limit`` is cut, its end-of-text token kept."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text before any cut, special ones included, so that a caller can report what is cut."""
