"""What data and models are, by what is in their files: the same content, the same hash, wherever it lies."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

from picdesk.encoders.fingerprint import file_digests, fingerprint
from picdesk.photos.whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REMEMBERED = "contents.json"
MANY_FILES, MANY_BYTES = 200_000, 100_000_000_000
"""Of a folder with more, files are told apart by name, size and time: reading terabytes beforehand is no check."""


class Contents:
    """Hashes of files, remembered by size and time of the last change.

    Args:
        folder: where they are remembered; exists.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / REMEMBERED
        try:
            self._known: dict[str, list[object]] = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._known = {}
        self._fresh = False

    def of(self, where: Path) -> str:
        """SHA-256 of a file, or of all files below a folder with their names; hidden ones do not count.

        Of a very large folder it is of names, sizes and times.

        Raises:
            EncoderMissing: a file cannot be read.
        """
        files = dict(_files(where))
        if len(files) > MANY_FILES or sum(path.stat().st_size for path in files.values()) > MANY_BYTES:
            return _listed(files)
        digests = {label: self._digest(path) for label, path in files.items()}
        self._keep()
        return fingerprint(digests)

    def _digest(self, path: Path) -> str:
        status = path.stat()
        stamp = [status.st_size, status.st_mtime_ns]
        known = self._known.get(str(path.resolve()))
        if known is None or known[:2] != stamp:
            known = [*stamp, file_digests({"file": path})["file"]]
            self._known[str(path.resolve())] = known
            self._fresh = True
        return str(known[2])

    def _keep(self) -> None:
        if self._fresh:
            write_whole(self._file, json.dumps(self._known).encode())
            self._fresh = False


def _files(where: Path) -> Iterator[tuple[str, Path]]:
    if where.is_file():
        yield where.name, where
        return
    for parent, folders, names in os.walk(where, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = where.__class__(parent) / name
            if not name.startswith(".") and path.is_file():
                yield path.relative_to(where).as_posix(), path


def _listed(files: dict[str, Path]) -> str:
    digest = hashlib.sha256()
    for label, path in sorted(files.items()):
        status = path.stat()
        digest.update(f"{status.st_size} {status.st_mtime_ns} {label}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
