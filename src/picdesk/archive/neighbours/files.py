"""The files of an index on disk: a folder that is written once, and a pointer that names it.

The pointer is replaced whole (written beside, forced to disk, renamed), and comes last: a process killed while it
builds leaves the index that was there, or none. Folders that no pointer names are swept by the next build.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.archive.neighbours.built import BuiltIndex, Recall
from picdesk.errors import ArchiveDamaged, ArchiveError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.archive.store import Store

FOLDER = "neighbours"
FORMAT = 1
ID_BYTES = 32

INDEX, VECTORS, IDS = "index.faiss", "vectors.f16", "ids.bin"
"""FAISS's index; ``(n, d)`` float16, as in the archive; ``(n, 32)`` bytes, the photos' ids."""

SEALED = 64 << 20
"""Bytes at either end of a file that are summed when it is opened; `verify` sums all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built(BuiltIndex):
    """What is known of an index of files: the pointer's content.

    Attributes:
        folder: name of the folder of its files.
        addresses: name of the file of the rows' addresses in LanceDB; a new one each time they moved.
        silent: name of the file of the addresses of photos without a vector.
        files: file name -> bytes, sum of both ends, sum of all.
    """

    folder: str
    addresses: str
    silent: str
    files: dict[str, tuple[int, int, int]]

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(size for size, _, _ in self.files.values())

    def at(self, home: Path, file: str) -> Path:
        """Where one of its files is."""
        return home / self.folder / file


def home_of(store: Store) -> Path | None:
    """The folder of an archive's indexes; ``None`` for one in object storage, which has LanceDB's own."""
    return store.folder / FOLDER if isinstance(store.folder, Path) else None


def pointer_of(home: Path, column: str) -> Path:
    """The file that says which index a column has."""
    return home / f"{column}.json"


def read_built(home: Path, column: str) -> Built | None:
    """The index of a column; ``None`` where there is none.

    Raises:
        ArchiveDamaged: the pointer cannot be read.
    """
    path = pointer_of(home, column)
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = said.pop("format")
        if version != FORMAT:
            raise damaged(path, f"it has format {version}, this Picdesk knows {FORMAT}")
        said["recall"] = tuple(Recall(**row) for row in said["recall"])
        said["files"] = {
            name: (int(size), int(ends), int(whole)) for name, (size, ends, whole) in said["files"].items()
        }
        built = Built(**said)
        built.at(home, built.addresses)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(path, f"{type(error).__name__}: {error}") from error
    return built


def all_built(home: Path) -> list[str]:
    """Columns that have an index, readable or not."""
    return sorted(path.stem for path in home.glob("*.json")) if home.is_dir() else []


def write_built(home: Path, built: Built) -> None:
    """Make this the index of its column; its files lie on disk already.

    Raises:
        ArchiveError: it cannot be written; the old one is as it was.
    """
    path = pointer_of(home, built.column)
    written = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with written.open("w", encoding="utf-8") as file:
            json.dump({"format": FORMAT, **asdict(built)}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        written.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        written.unlink(missing_ok=True)
        raise ArchiveError(f"cannot write {path}: {error.strerror or error}", "Make room and try again.") from error


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to disk."""
    with suppress(PermissionError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sync_file(path: Path) -> None:
    """Force a file's content to disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sums_of(path: Path) -> tuple[int, int, int]:
    """A file's size, the CRC-32 of both its ends, and that of all of it."""
    whole = 0
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            whole = zlib.crc32(block, whole)
    return path.stat().st_size, _sum_of_ends(path), whole


def check_file(home: Path, built: Built, file: str, *, ends: bool = False, whole: bool = False) -> Path:
    """One of an index's files, whose size, and where asked for whose content, is that which was written.

    Raises:
        ArchiveDamaged: it is not.
    """
    path = built.at(home, file)
    try:
        size, sum_of_ends, sum_of_all = built.files[file]
        there = path.stat().st_size
        if there != size:
            raise damaged(path, f"it has {there:,} bytes instead of {size:,}")
        if (ends and _sum_of_ends(path) != sum_of_ends) or (whole and sums_of(path)[2] != sum_of_all):
            raise damaged(path, "it holds other bytes than were written")
    except (OSError, KeyError) as error:
        raise damaged(path, str(error)) from error
    return path


def mapped(path: Path, dtype: str, *shape: int) -> NDArray[Any]:
    """An array on disk, read as it is used.

    Raises:
        ArchiveDamaged: it cannot be mapped.
    """
    if not np.prod(shape):
        return np.empty(shape, dtype=dtype)
    try:
        return np.memmap(path, dtype=dtype, mode="r", shape=shape)
    except (OSError, ValueError) as error:
        raise damaged(path, str(error)) from error


def sweep(home: Path) -> None:
    """Delete folders and files that no pointer names; the caller holds the lock of building.

    A reader that has such a file open keeps it, where the operating system lets go of names first.
    """
    used = set()
    for column in all_built(home):
        with suppress(ArchiveDamaged):
            built = read_built(home, column)
            used |= {(built.folder, file) for file in (*built.files, built.addresses)} if built else set()
    for entry in home.iterdir():
        if entry.is_dir():
            if not any(entry.name == name for name, _ in used):
                shutil.rmtree(entry, ignore_errors=True)
                continue
            for file in entry.iterdir():
                if (entry.name, file.name) not in used:
                    with suppress(OSError):
                        file.unlink()
        elif entry.name.startswith(".") and not entry.name.endswith(".lock"):
            entry.unlink(missing_ok=True)


def drop(home: Path, column: str) -> None:
    """Forget the index of a column."""
    pointer_of(home, column).unlink(missing_ok=True)


def damaged(path: Path, what: str) -> ArchiveDamaged:
    """What is said of a file of an index that is not what was written."""
    return ArchiveDamaged(
        f"the neighbour index {path} cannot be used: {what}",
        "Photos are compared one by one until it is built again: picdesk index ARCHIVE",
    )


def _sum_of_ends(path: Path) -> int:
    size = path.stat().st_size
    with path.open("rb") as file:
        total = zlib.crc32(file.read(min(size, SEALED)))
        if size > SEALED:
            file.seek(max(SEALED, size - SEALED))
            total = zlib.crc32(file.read(), total)
    return total
