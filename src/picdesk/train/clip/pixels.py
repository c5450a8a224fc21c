"""Photos as a tower takes them, decoded several at a time and each once."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from picdesk.archive.take import decoding_side_for
from picdesk.errors import InputError, PhotoError
from picdesk.photos.ahead import ahead
from picdesk.photos.decode import decode
from picdesk.photos.locate import read_bytes
from picdesk.photos.whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from picdesk.encoders.preprocess import Preparation

    T = TypeVar("T")
    R = TypeVar("R")

_AHEAD = 64
"""Photos that are decoded before they are asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """Prepared photos on disk, read as they are needed.

    Attributes:
        rows: ``(n, 3, height, width)`` uint8, one a photo that was asked for, in that order; all 0 where unread.
        unread: number of a photo -> why it has no pixels.
    """

    rows: NDArray[np.uint8]
    unread: dict[int, str]


def prepared(data: bytes, prepare: Preparation) -> NDArray[np.uint8]:
    """The bytes of a photo, decoded, resized and cut: ``(3, height, width)`` uint8.

    Raises:
        PhotoError: they are no picture that can be read.
    """
    return prepare(decode(data, smallest_side=decoding_side_for(prepare.height, prepare.width)).image)


def in_threads(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """What ``work`` makes of each photo, in order; 64 are decoded before they are asked for."""
    return ahead(work, items, threads=max(2, os.cpu_count() or 1), reach=_AHEAD)


def keep_pixels(
    uris: Sequence[str], prepare: Preparation, folder: Path, seen: Callable[[int], None] | None = None
) -> Pixels:
    """Decode every photo once, and keep what an image tower takes of it in a file.

    A second call with the same photos and preparation takes what the first has kept.

    Args:
        uris: where the photos are.
        prepare: how they are prepared.
        folder: where the file goes; must exist.
        seen: called with the number of photos done so far.

    Raises:
        InputError: there is no room for the file, or none of the photos can be read.
    """
    shape = (len(uris), 3, prepare.height, prepare.width)
    path, beside = folder / "pixels.npy", folder / "pixels.json"
    asked = {"uris": list(uris), "shape": list(shape), "preparation": described(prepare)}
    known = _read(beside)
    if known is not None and known.get("asked") == asked and path.is_file():
        unread = {int(number): reason for number, reason in known["unread"].items()}
        return Pixels(np.load(path, mmap_mode="r"), unread)
    beside.unlink(missing_ok=True)
    size = int(np.prod(shape))
    if size > shutil.disk_usage(folder).free:
        raise InputError(
            f"{len(uris):,} prepared photos need {size / 1e9:.1f} GB, which {folder} has not free",
            "Choose an -o on a larger disk, train on fewer pairs, or train the text tower alone (--tower text).",
        )
    rows = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)

    def read(uri: str) -> NDArray[np.uint8] | str:
        try:
            return prepared(read_bytes(uri), prepare)
        except PhotoError as error:
            return error.message

    unread = {}
    for number, made in enumerate(in_threads(read, uris)):
        if isinstance(made, str):
            unread[number] = made
        else:
            rows[number] = made
        if seen:
            seen(number + 1)
    rows.flush()
    write_whole(beside, json.dumps({"asked": asked, "unread": unread}).encode())
    return Pixels(rows, unread)


def described(prepare: Preparation) -> dict[str, Any]:
    """A preparation as JSON takes it."""
    return {
        "size": [prepare.height, prepare.width],
        "mode": prepare.mode,
        "resampling": prepare.resampling,
        "fill": prepare.fill,
        "mean": prepare.mean.tolist(),
        "std": prepare.std.tolist(),
    }


def _read(path: Path) -> dict[str, Any] | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None
