"""A static text model: each token has one vector, and a text is the mean of its tokens' vectors.

Tulkens & van Dongen: Model2Vec: Fast State-of-the-Art Static Embeddings (2024). Word order and context are lost, so a
sentence encoder reads better; this one needs numpy alone and reads tens of thousands of texts a second.
"""

from __future__ import annotations

from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from picdesk.encoders.fingerprint import file_digests, fingerprint
from picdesk.encoders.unit import unit_rows
from picdesk.errors import EncoderMissing, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL import Image
    from tokenizers import Tokenizer

SHIPPED = Path(__file__).resolve().parents[1] / "data/meaning"
"""The model that ships: all-MiniLM-L6-v2 distilled by tools/distil_meaning.py. English."""

NAME = "static-minilm"
"""What the shipped model is called wherever an encoder is named."""

LANGUAGE = "en"
"""The one language that the shipped model has learned; of others it knows syllables and single characters."""

FILES = ("vectors.npy", "scales.npy", "tokenizer.json")

_NO_LIMIT = 1_000_000
"""Tokens of a text: the mean of any number of vectors can be taken."""

_SPLIT_AT_ONCE = 1024
"""Texts that are split into tokens together, by all cores."""

_SUMMED_AT_ONCE = 32
"""Texts whose tokens' vectors are held together: half a megabyte for headlines, which a core's cache holds."""


class StaticTexts:
    """The static text model of a folder; an ``Encoder`` with a text side alone.

    Args:
        folder: holds ``vectors.npy`` (``(tokens, d)`` int8, the token's weight included), ``scales.npy`` (``(tokens,)``
            float32, what each row is to be multiplied by) and ``tokenizer.json``.
        name: what it is called.

    Raises:
        EncoderMissing: a file is missing, unusable, or of another model than the others.
    """

    has_images = False
    has_texts = True
    image_side = None
    text_limit = _NO_LIMIT
    runtime = "numpy"

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.location = str(folder)
        self._paths = {file: folder / file for file in FILES}
        self.fingerprint = fingerprint(file_digests(self._paths))

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return int(self._vectors.shape[1])

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts to ``(n, d)`` float32 unit rows.

        Raises:
            InputError: a text has no word that the model knows.
        """
        return unit_rows(self._sums(texts), self.name, "text")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text."""
        return [len(ids) for ids in self._tokens(texts)]

    @property
    def preparation(self) -> NoReturn:
        """There is no image side."""
        self._no_images()

    def prepare_image(self, image: Image.Image) -> NDArray[np.uint8]:
        """There is no image side."""
        del image
        self._no_images()

    def encode_pixels(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """There is no image side."""
        del pixels
        self._no_images()

    def encode_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """There is no image side."""
        del images
        self._no_images()

    def _no_images(self) -> NoReturn:
        raise InputError(f"encoder '{self.name}' has no image side", "Give one that has: visual/model.onnx.")

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        # Lone surrogates, which tokenizers refuse, come with file names that are no valid text.
        readable = [text.encode("utf-8", "replace").decode() for text in texts]
        return [encoded.ids for encoded in self._tokenizer.encode_batch_fast(readable, add_special_tokens=False)]

    def _sums(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The sum of each text's vectors: its mean but for the length."""
        sums = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for at in range(0, len(texts), _SPLIT_AT_ONCE):
            tokens = self._tokens(texts[at : at + _SPLIT_AT_ONCE])
            for part in range(0, len(tokens), _SUMMED_AT_ONCE):
                summed = self._summed(tokens[part : part + _SUMMED_AT_ONCE])
                sums[at + part : at + part + len(summed)] = summed
        return sums

    def _summed(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        sums = np.zeros((len(tokens), self.dimension), dtype=np.float32)
        lengths = np.array(list(map(len, tokens)))
        there = np.flatnonzero(lengths)
        if there.size:
            ids = np.fromiter(chain.from_iterable(tokens), dtype=np.int64)
            rows = self._vectors[ids].astype(np.float32)
            rows *= self._scales[ids, None]
            starts = np.concatenate([[0], np.cumsum(lengths[there])[:-1]])
            sums[there] = np.add.reduceat(rows, starts, axis=0)
        return sums

    @property
    def _vectors(self) -> NDArray[np.int8]:
        return self._tables[0]

    @property
    def _scales(self) -> NDArray[np.float32]:
        return self._tables[1]

    @cached_property
    def _tables(self) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        try:
            vectors, scales = (np.load(self._paths[file], allow_pickle=False) for file in FILES[:2])
        except (OSError, ValueError) as error:
            raise EncoderMissing(f"{self.location} is unusable: {error}", "Install Picdesk again.") from error
        tokens = self._tokenizer.get_vocab_size()
        shapes_fit = vectors.ndim == 2 and scales.ndim == 1 and len(vectors) == len(scales) == tokens
        if not shapes_fit or vectors.dtype != np.int8 or scales.dtype != np.float32:
            raise EncoderMissing(
                f"{self.location} is unusable: {tokens} tokens, vectors {vectors.shape} {vectors.dtype}, "
                f"scales {scales.shape} {scales.dtype}",
                "Install Picdesk again.",
            )
        return vectors, scales

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        try:
            return Tokenizer.from_file(str(self._paths["tokenizer.json"]))
        except Exception as error:  # the library raises plain Exception
            raise EncoderMissing(f"{self.location} is unusable: {error}", "Install Picdesk again.") from error


@cache
def shipped_texts() -> StaticTexts:
    """The model that ships with Picdesk, read once a process."""
    return StaticTexts(SHIPPED, NAME)
