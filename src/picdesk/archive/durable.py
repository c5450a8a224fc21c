"""Make a commit survive a power cut.

LanceDB never calls fsync: a killed process loses nothing, a machine that loses power can. After each commit the new
files and their folders are forced to disk, data before the manifests that name it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.objects import Place


class DurableFolder:
    """Remembers which files of a folder are on disk, and forces the others there.

    Args:
        folder: a local folder whose files are written once and never changed, as Lance's are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._synced: set[str] = set(self._files(folder))

    def sync(self) -> None:
        """Force every file that appeared since the last call to disk."""
        there = set(self._files(self._folder))
        fresh = sorted(there - self._synced, key=lambda path: (f"{os.sep}_versions{os.sep}" in path, path))
        for path in fresh:
            _fsync(path)
        for parent in sorted({str(Path(path).parent) for path in fresh}):
            _fsync(parent)
        # Files that a clean-up deleted are forgotten, so that the set stays as small as the folder.
        self._synced = there

    @staticmethod
    def _files(folder: Path) -> Iterator[str]:
        for parent, _, names in os.walk(folder):
            for name in names:
                yield f"{parent}{os.sep}{name}"


class DurableStore(DurableFolder):
    """An object store has its objects on disks, in several places, before it says that they are written."""

    def __init__(self) -> None:
        pass

    def sync(self) -> None:
        """Nothing is left to do."""


def durable(folder: Place) -> DurableFolder:
    """What makes commits in an archive's folder survive a power cut."""
    return DurableFolder(folder) if isinstance(folder, Path) else DurableStore()


def _fsync(path: str) -> None:
    try:
        # Windows forces a file to disk only through a handle that may write.
        handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    except FileNotFoundError:
        return  # cleaned up by another process in the meantime
    except PermissionError:
        return  # Windows does not open folders
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
