"""An encoder that remembers texts, and reads those of several searches in one go."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from PIL import Image

    from picdesk.desk.metrics import Metrics
    from picdesk.encoders import Encoder

    Floats = NDArray[np.float32]

TEXTS = 4096
"""Texts whose vectors are remembered; 512 numbers each are 8 MB."""
LONGEST = 4000
"""Characters of a text that is remembered."""
TOGETHER = 16
"""Texts that are read in one go."""


class RememberingEncoder:
    """An encoder for a desk, whose searches run in threads.

    A headline that is edited, a page that is turned and a slider that is moved ask for the same texts again: those are
    remembered. Of the others, one thread reads all that wait while the rest wait for it: encoders read eight short
    texts in far less than eight times the time of one.

    Args:
        inner: the encoder.
        metrics: where texts are counted.
    """

    def __init__(self, inner: Encoder, metrics: Metrics) -> None:
        self._inner = inner
        self._known: OrderedDict[str, Floats] = OrderedDict()
        self._waiting: OrderedDict[str, Future[Floats]] = OrderedDict()
        self._alone: list[tuple[str, Future[Floats]]] = []
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._remembered = metrics.texts.labels(inner.name, "yes")
        self._read = metrics.texts.labels(inner.name, "no")
        self._batches = metrics.batches.labels(inner.name)

    def encode_texts(self, texts: Sequence[str]) -> Floats:
        """Texts to ``(n, d)`` float32 unit rows; as the encoder's own."""
        if not texts or any(len(text) > LONGEST for text in texts):
            return self._inner.encode_texts(texts)
        with self._lock:
            found = {text: vector for text in texts if (vector := self._known.get(text)) is not None}
            for text in found:
                self._known.move_to_end(text)
            asked: dict[str, Future[Floats]] = {}
            for text in texts:
                if text not in found and text not in asked:
                    asked[text] = self._waiting.setdefault(text, Future())
        self._remembered.inc(len(found))
        while not all(future.done() for future in asked.values()):
            with self._reading:
                self._read_waiting()
        return np.stack([found[text] if text in found else asked[text].result() for text in texts])

    def _read_waiting(self) -> None:
        """Read what waits now, whoever asked for it."""
        with self._lock:
            batch = [self._alone.pop()] if self._alone else []
            batch = batch or [self._waiting.popitem(last=False) for _ in range(min(TOGETHER, len(self._waiting)))]
        if not batch:
            return
        try:
            vectors = self._inner.encode_texts([text for text, _ in batch])
        except Exception as error:
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            with self._lock:  # one search's text must not fail the others': each is read alone
                self._alone.extend(batch)
            return
        self._read.inc(len(batch))
        self._batches.observe(len(batch))
        with self._lock:
            for (text, _), vector in zip(batch, vectors, strict=True):
                self._known[text] = vector
            while len(self._known) > TEXTS:
                self._known.popitem(last=False)
        for (_, future), vector in zip(batch, vectors, strict=True):
            future.set_result(vector)

    # Everything else is the encoder's own.

    @property
    def name(self) -> str:
        """The encoder's name."""
        return self._inner.name

    @property
    def location(self) -> str:
        """Its folder."""
        return self._inner.location

    @property
    def fingerprint(self) -> str:
        """SHA-256 over weights and preprocessing."""
        return self._inner.fingerprint

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return self._inner.dimension

    @property
    def text_limit(self) -> int | None:
        """Tokens that a text may have."""
        return self._inner.text_limit

    @property
    def has_images(self) -> bool:
        """Whether there is an image side."""
        return self._inner.has_images

    @property
    def has_texts(self) -> bool:
        """Whether there is a text side."""
        return self._inner.has_texts

    @property
    def image_side(self) -> int | None:
        """Pixels of the larger edge of the input image."""
        return self._inner.image_side

    @property
    def runtime(self) -> str:
        """What runs the graphs."""
        return self._inner.runtime

    @property
    def preparation(self) -> Callable[[Image.Image], NDArray[np.uint8]]:
        """What ``prepare_image`` does, without the weights."""
        return self._inner.preparation

    def prepare_image(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize and cut one image."""
        return self._inner.prepare_image(image)

    def encode_pixels(self, pixels: NDArray[np.uint8]) -> Floats:
        """Prepared images to unit rows."""
        return self._inner.encode_pixels(pixels)

    def encode_images(self, images: Sequence[Image.Image]) -> Floats:
        """Images to unit rows."""
        return self._inner.encode_images(images)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text before any cut."""
        return self._inner.count_tokens(texts)
