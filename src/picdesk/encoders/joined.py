"""An encoder made of several: each text model meets each image model in a joint space; spaces stand side by side.

A folder with ``spaces.json``::

    {"texts": ["texts/0", "texts/1"], "images": ["images/0"],
     "spaces": [{"text": 0, "from": 0, "image": 0, "at": 0, "length": 256}, ...]}

``texts`` and ``images`` name ONNX folders below it, of one side each. A space takes ``length`` numbers of a text
model's vector, from place ``from`` on, and as many of an image model's, from ``at`` on. The vector of a text or a photo
is its part of every space, one after the other: the cosine of two is the mean of the spaces' cosines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.encoders.fingerprint import file_digests, fingerprint
from picdesk.encoders.onnx_folder import OnnxFolder
from picdesk.encoders.settings import read_settings
from picdesk.encoders.sided import SidedEncoder
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image

    from picdesk.encoders.preprocess import Preparation

SPACES = "spaces.json"


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of one model's vector."""

    model: int
    start: int
    length: int


class JoinedFolder(SidedEncoder):
    """An encoder read from ``spaces.json`` and the folders that it names.

    Args:
        folder: absolute path.
        runtime: as for ``OnnxFolder``.
        name: what it is called; the folder's name where nothing is said.

    Raises:
        EncoderMissing: a file is missing or unusable, or the parts do not fit.
    """

    def __init__(self, folder: Path, runtime: str | None, name: str = "") -> None:
        settings = read_settings(folder / SPACES)
        try:
            spaces = [
                {key: int(space[key]) for key in ("text", "from", "image", "at", "length")}
                for space in settings["spaces"]
            ]
            places = {side: [str(each) for each in settings[side]] for side in ("texts", "images")}
        except (KeyError, TypeError, ValueError) as error:
            raise _unfit(folder, f"it does not say {error}") from error
        parts = {side: [_part(folder, place, runtime) for place in places[side]] for side in places}
        texts = _JoinedTexts(
            [part._text_side() for part in parts["texts"]],
            _blocks(folder, parts["texts"], [Block(each["text"], each["from"], each["length"]) for each in spaces]),
        )
        images = _JoinedImages(
            [part._image_side() for part in parts["images"]],
            _blocks(folder, parts["images"], [Block(each["image"], each["at"], each["length"]) for each in spaces]),
        )
        digests = file_digests({SPACES: folder / SPACES})
        digests |= {
            place: part.fingerprint for side in places for place, part in zip(places[side], parts[side], strict=True)
        }
        super().__init__(name or folder.name, str(folder), fingerprint(digests), images, texts)

    @property
    def image_side(self) -> int | None:
        """Pixels of the larger edge of the largest input image."""
        return max(max(side.shape) for side in self._images.sides) if isinstance(self._images, _JoinedImages) else None


class _JoinedTexts:
    """The text models, as one reading side."""

    def __init__(self, sides: Sequence[Any], blocks: Sequence[Block]) -> None:
        self._sides, self._blocks = sides, blocks
        self.tokens: Any = _JoinedTokens([side.tokens for side in sides])

    @property
    def runtime(self) -> str:
        return ", ".join(dict.fromkeys(side.runtime for side in self._sides))

    def dimension(self) -> int:
        return sum(block.length for block in self._blocks)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return _joined([side.encode(texts) for side in self._sides], self._blocks)


class _JoinedTokens:
    """Several tokenizers as one: a text counts as over the limit exactly where some model cuts it."""

    def __init__(self, tokens: Sequence[Any]) -> None:
        self._tokens = tokens
        self.limit = min(each.limit for each in tokens)

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text in the model that has least room for it, set off from the common limit."""
        counts = [[count - each.limit for count in each.count(texts)] for each in self._tokens]
        return [self.limit + max(over) for over in zip(*counts, strict=True)]


@dataclass(frozen=True, slots=True)
class _JoinedPreparation:
    """An image as each of several models wants it, pixel after pixel."""

    parts: tuple[Preparation, ...]

    def __call__(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize and cut one image for all of them: ``(3, 1, pixels)`` uint8."""
        return np.concatenate([prepare(image).reshape(3, 1, -1) for prepare in self.parts], axis=2)


class _JoinedImages:
    """The image models, as one seeing side: a prepared image is what each of them prepares, pixel after pixel."""

    def __init__(self, sides: Sequence[Any], blocks: Sequence[Block]) -> None:
        self.sides, self._blocks = sides, blocks
        self._sizes = [side.shape[1] * side.shape[2] for side in sides]
        self.shape = (3, 1, sum(self._sizes))
        self.prepare: Any = _JoinedPreparation(tuple(side.prepare for side in sides))  # a Preparation is of one model

    @property
    def runtime(self) -> str:
        return ", ".join(dict.fromkeys(side.runtime for side in self.sides))

    def dimension(self) -> int:
        return sum(block.length for block in self._blocks)

    def encode(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        parts = np.split(pixels, np.cumsum(self._sizes)[:-1], axis=3)
        shaped = [part.reshape(len(part), *side.shape) for part, side in zip(parts, self.sides, strict=True)]
        return _joined([side.encode(part) for side, part in zip(self.sides, shaped, strict=True)], self._blocks)


def _joined(rows: Sequence[NDArray[Any]], blocks: Sequence[Block]) -> NDArray[np.float32]:
    stretches = [rows[block.model][:, block.start : block.start + block.length] for block in blocks]
    return np.concatenate(stretches, axis=1).astype(np.float32)


def _part(folder: Path, place: str, runtime: str | None) -> OnnxFolder:
    path = (folder / place).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise _unfit(folder, f"{place!r} lies outside")
    return OnnxFolder(path, runtime)


def _blocks(folder: Path, parts: Sequence[OnnxFolder], blocks: Sequence[Block]) -> Sequence[Block]:
    for block in blocks:
        fits = 0 <= block.model < len(parts) and block.length > 0 and block.start >= 0
        if not fits or block.start + block.length > parts[block.model].dimension:
            raise _unfit(folder, f"a space wants {block.length} numbers from {block.start} on of model {block.model}")
    if not blocks:
        raise _unfit(folder, "it names no space")
    return blocks


def _unfit(folder: Path, reason: str) -> EncoderMissing:
    return EncoderMissing(f"{folder / SPACES} does not fit: {reason}", "Train or fetch the encoder's folder again.")
