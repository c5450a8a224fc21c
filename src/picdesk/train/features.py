"""Vectors of texts and photos, computed once: the second run on the same data starts at once.

A store is a folder for one side of one encoder: ``keys`` holds SHA-256 digests of what was encoded (32 bytes each),
``rows`` the vectors (float32) in the same order. Both only grow, rows first, so that a run that was killed has lost no
more than what it had in hand.
"""

from __future__ import annotations

import hashlib
import os
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from filelock import FileLock

from picdesk.archive.take import decoding_side
from picdesk.encoders.cache import writable_cache
from picdesk.errors import PhotoError
from picdesk.photos.ahead import ahead
from picdesk.photos.decode import decode
from picdesk.photos.fingerprint import content_id
from picdesk.photos.locate import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from picdesk.encoders import Encoder

_AT_A_TIME = 64
_DIGEST = 32
_THREADS = min(8, (os.cpu_count() or 1) + 1)


class FeatureStore:
    """Vectors by the digest of what they are of.

    Args:
        folder: made if need be; ``None`` to keep vectors in memory only.
        dimension: length of a vector.
    """

    def __init__(self, folder: Path | None, dimension: int) -> None:
        self._folder, self._dimension = folder, dimension
        self._places: dict[bytes, int] = {}
        self._parts = [np.empty((0, dimension), np.float32)]
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / "lock"):
                self._read(folder)

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._places

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._places)

    def add(self, digests: Sequence[bytes], rows: NDArray[np.float32]) -> None:
        """Keep vectors; those that are there already stay."""
        if self._folder:
            with FileLock(self._folder / "lock"):
                self._read(self._folder)
                self._append(self._folder, digests, rows)
        self._take(digests, rows)

    def rows(self, digests: Sequence[bytes]) -> NDArray[np.float32]:
        """``(n, d)`` float32; every digest must be there."""
        if len(self._parts) > 1:
            self._parts = [np.concatenate(self._parts)]
        return self._parts[0][[self._places[digest] for digest in digests]].reshape(len(digests), self._dimension)

    def _take(self, digests: Sequence[bytes], rows: NDArray[np.float32]) -> None:
        fresh = {digest: number for number, digest in enumerate(digests) if digest not in self._places}
        self._places |= {digest: len(self._places) + place for place, digest in enumerate(fresh)}
        self._parts.append(np.asarray(rows, np.float32)[list(fresh.values())])

    def _read(self, folder: Path) -> None:
        keys, rows = folder / "keys", folder / "rows"
        if not (keys.is_file() and rows.is_file()):
            return
        whole = min(keys.stat().st_size // _DIGEST, rows.stat().st_size // (4 * self._dimension))
        if whole > len(self._places):
            data = keys.read_bytes()[: whole * _DIGEST]
            digests = [data[at : at + _DIGEST] for at in range(0, len(data), _DIGEST)]
            stored = np.fromfile(rows, np.float32, whole * self._dimension).reshape(whole, self._dimension)
            self._places = {digest: number for number, digest in enumerate(digests)}
            self._parts = [stored]

    def _append(self, folder: Path, digests: Sequence[bytes], rows: NDArray[np.float32]) -> None:
        fresh = [number for number, digest in enumerate(digests) if digest not in self._places]
        count = len(self._places)
        for name, size, data in (
            ("rows", 4 * self._dimension, np.ascontiguousarray(rows[fresh], np.float32).tobytes()),
            ("keys", _DIGEST, b"".join(digests[number] for number in fresh)),
        ):
            # What a killed run left behind the last whole entry is overwritten.
            handle = os.open(folder / name, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
            with os.fdopen(handle, "r+b") as file:
                file.truncate(count * size)
                file.seek(count * size)
                file.write(data)


def text_features(
    encoder: Encoder, texts: Sequence[str], progress: Callable[[int], None] = lambda _: None
) -> NDArray[np.float32]:
    """Vectors of texts.

    Args:
        encoder: with a text side.
        texts: any; equal ones are encoded once.
        progress: called with how many were just encoded.

    Returns:
        ``(n, d)`` float32, unit rows.
    """
    store = feature_store(encoder, "texts")
    digests = [hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in texts]
    missing = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in store}
    waiting = list(missing.items())
    for at in range(0, len(waiting), _AT_A_TIME):
        some = waiting[at : at + _AT_A_TIME]
        store.add([digest for digest, _ in some], encoder.encode_texts([text for _, text in some]))
        progress(len(some))
    return store.rows(digests)


def photo_features(
    encoder: Encoder, uris: Sequence[str], progress: Callable[[int], None] = lambda _: None
) -> tuple[dict[str, NDArray[np.float32]], dict[str, str]]:
    """Vectors of photos.

    Args:
        encoder: with an image side.
        uris: where the photos are.
        progress: called with how many were just encoded.

    Returns:
        URI -> ``(d,)`` float32, and URI -> why there is no vector.
    """
    store = feature_store(encoder, "images")
    side = decoding_side([encoder])

    def prepared(uri: str) -> tuple[bytes, NDArray[np.uint8] | None] | str:
        try:
            data = read_bytes(uri)
            digest = bytes.fromhex(content_id(data))
            return digest, None if digest in store else encoder.prepare_image(decode(data, smallest_side=side).image)
        except PhotoError as error:
            return f"photo cannot be read: {error.message}"

    digests: dict[str, bytes] = {}
    refused: dict[str, str] = {}
    distinct = list(dict.fromkeys(uris))
    waiting = zip(distinct, ahead(prepared, distinct, threads=_THREADS, reach=2 * _AT_A_TIME), strict=True)
    while some := list(islice(waiting, _AT_A_TIME)):
        fresh: dict[bytes, NDArray[np.uint8]] = {}
        for uri, seen in some:
            if isinstance(seen, str):
                refused[uri] = seen
            else:
                digests[uri] = seen[0]
                if seen[1] is not None:
                    fresh[seen[0]] = seen[1]
        if fresh:
            store.add(list(fresh), encoder.encode_pixels(np.stack(list(fresh.values()))))
        progress(len(some))
    rows = store.rows(list(digests.values()))
    return dict(zip(digests, rows, strict=True)), refused


def feature_store(encoder: Encoder, side: str) -> FeatureStore:
    """The vectors that were kept of an encoder's side: ``texts`` or ``images``."""
    return FeatureStore(writable_cache("features", encoder.fingerprint, side), encoder.dimension)
