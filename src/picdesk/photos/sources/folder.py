"""A folder of photos, with everything below it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import SourceError
from picdesk.objects import ObjectPath
from picdesk.photos.locate import printable, to_uri
from picdesk.photos.sources.found import found_file, refused
from picdesk.photos.sources.kinds import is_passed_over, is_photo
from picdesk.photos.sources.prefix import Prefix, open_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from picdesk.objects import Place
    from picdesk.photos.sources.found import Found


@dataclass(frozen=True, slots=True)
class Folder:
    """Every photo under ``root``, sorted by name folder by folder; hidden files and folders are passed over.

    Links to folders are followed, each target once and never back into a folder that one stands in.
    """

    root: Path

    @property
    def label(self) -> str:
        """What messages call the source."""
        return printable(str(self.root))

    def __iter__(self) -> Iterator[Found]:
        for path, unlisted in _walk(self.root):
            if unlisted:
                yield refused(to_uri(path), f"the folder cannot be listed: {unlisted}", name=path.name)
            else:
                yield found_file(path)

    def count(self) -> int:
        """How many photos: walks the folder without reading them."""
        return sum(1 for _ in _walk(self.root))


def open_folder(where: Place, columns: Mapping[str, str]) -> Folder | Prefix:
    """A folder, or a prefix of an object store, as a source.

    Raises:
        SourceError: it is no folder, or cannot be listed, or ``columns`` are given.
    """
    if columns:
        raise SourceError(f"a folder has no columns: {printable(str(where))}", "Columns belong to a list of photos.")
    if isinstance(where, ObjectPath):
        return open_prefix(where)
    list_folder(where)
    return Folder(where)


def list_folder(where: Place) -> list[str]:
    """The names in a folder, sorted, without hidden ones.

    Raises:
        SourceError: it is no folder, or cannot be listed.
    """
    if isinstance(where, ObjectPath):
        return [place.name for place in where.iterdir() if not is_passed_over(place.name)]
    try:
        return sorted(name for name in os.listdir(where) if not is_passed_over(name))  # noqa: PTH208
    except OSError as error:
        raise _unlisted(where, error) from error


def _unlisted(where: Path, error: OSError) -> SourceError:
    reason = (error.strerror or "unknown reason").lower()
    return SourceError(
        f"the folder cannot be listed: {printable(str(where))}: {reason}", "Check the path and its rights."
    )


def _walk(root: Path) -> Iterator[tuple[Path, str]]:
    """Photos under a folder, and sub-folders that cannot be listed with the reason why."""
    # A stack of its own instead of recursion: a path can be deeper than Python's calls.
    try:
        status = root.stat()
        stack = [_listing(root)]
    except OSError as error:
        raise _unlisted(root, error) from error
    standing_in = [(status.st_dev, status.st_ino)]
    links_followed: set[tuple[int, int]] = set()
    while stack:
        path, is_folder = next(stack[-1], (None, False))
        if path is None:
            stack.pop()
            standing_in.pop()
        elif not is_folder:
            if is_photo(path):
                yield path, ""
        else:
            try:
                status = path.stat()
                key = (status.st_dev, status.st_ino)
                if key in standing_in or (path.is_symlink() and key in links_followed):
                    continue
                listing = _listing(path)
            except OSError as error:
                yield path, (error.strerror or "unknown reason").lower()
                continue
            if path.is_symlink():
                links_followed.add(key)
            standing_in.append(key)
            stack.append(listing)


def _listing(folder: Path) -> Iterator[tuple[Path | None, bool]]:
    """What a folder holds, sorted. Names alone are kept: a folder can hold a million files."""
    folders = set()
    names = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not is_passed_over(entry.name):
                names.append(entry.name)
                if _is_folder(entry):
                    folders.add(entry.name)
    names.sort()
    return ((folder / name, name in folders) for name in names)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that points to itself
        return False
