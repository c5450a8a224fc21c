"""Files that are the old one or the new one, whatever happens while they are written."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import IO, TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.objects import ObjectPath
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from picdesk.objects import Place

ROOM = "Check the path and the room left."


@contextmanager
def whole_file(path: Place, hint: str = ROOM) -> Iterator[IO[bytes]]:
    """Write a file that is the old one until the end and the new one then, also after a power cut.

    What is written stands beside it under another name first, which is gone again where the writing fails.

    Args:
        path: the file; its folder must be there. In an object store, what is written is held in memory until the end.
        hint: what to do where it cannot be written.

    Raises:
        InputError: it cannot be written; the old one is as it was.
    """
    if isinstance(path, ObjectPath):
        held = BytesIO()
        yield held
        path.write_bytes(held.getvalue())  # a store's objects are whole by themselves
        return
    # Not mkstemp: its files are for their owner alone, and an archive is often for a whole desk.
    scratch = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with scratch.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise InputError(f"{printable(str(path))} cannot be written: {error.strerror or error}", hint) from error
    finally:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)


def write_whole(path: Place, data: bytes, hint: str = ROOM) -> None:
    """Write a file at once, see `whole_file`.

    Raises:
        InputError: it cannot be written; the old one is as it was.
    """
    with whole_file(path, hint) as file:
        file.write(data)


def _sync_folder(folder: Path) -> None:
    """Have the file's name on the disk too; Windows opens no folders."""
    with suppress(PermissionError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
