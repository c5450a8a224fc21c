"""A tree of pictures reaches the disk whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from picdesk.errors import InputError
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP can hold: the same pictures give the same bytes
_REGULAR_FILE = 0o100644 << 16
_UNIX = 3


class Writer(Protocol):
    """Takes files one at a time."""

    def __call__(self, name: str, data: bytes) -> None:
        """Take a file; its name has slashes."""


@contextmanager
def writing(out: Path) -> Iterator[Writer]:
    """Write a folder, or a ZIP where the name ends in ``.zip``; it appears when the block ends without an error.

    A ZIP replaces one of that name. Into a folder that is there new top folders are put; none may be there already.
    Files of a ZIP are stored as they are (PNG is compressed already), with a fixed time, in the order they come.

    Raises:
        InputError: it cannot be written, or a folder of that name is in it already.
    """
    target = out.absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as unfinished:
            if target.suffix.lower() == ".zip":
                yield from _zip(target, Path(unfinished))
            else:
                yield from _folder(target, Path(unfinished))
    except OSError as error:
        raise InputError(
            f"{printable(str(out))} cannot be written: {error.strerror or error}", "Check the path and the room left."
        ) from error


def _zip(target: Path, unfinished: Path) -> Iterator[Writer]:
    if target.is_dir():
        raise InputError(f"{printable(str(target))} is a folder", "Name a file, or leave the ending .zip out.")
    part = unfinished / target.name
    with part.open("wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:

            def write(name: str, data: bytes) -> None:
                entry = zipfile.ZipInfo(name, _EPOCH)
                entry.external_attr, entry.create_system = _REGULAR_FILE, _UNIX
                archive.writestr(entry, data)

            yield write
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)


def _folder(target: Path, unfinished: Path) -> Iterator[Writer]:
    if target.exists() and not target.is_dir():
        raise InputError(f"{printable(str(target))} is a file", "Name a folder, or a file that ends in .zip.")

    def write(name: str, data: bytes) -> None:
        path = unfinished / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    yield write
    moves = list(_moves(unfinished, target))
    taken = next((new for _, new in moves if new.exists()), None)
    if taken is not None:
        raise InputError(f"{printable(str(taken))} is there already", "Remove it, or give the run another name.")
    for old, new in moves:
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(old, new)


def _moves(unfinished: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    """The folders that hold the pictures: each is moved in one step."""
    for folder, folders, files in os.walk(unfinished):
        folders.sort()
        if files:
            yield Path(folder), target / Path(folder).relative_to(unfinished)
