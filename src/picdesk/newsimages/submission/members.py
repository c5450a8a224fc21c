"""The files of a submission, out of a folder or a ZIP; nothing is ever unpacked to disk."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.errors import InputError, PhotoError
from picdesk.photos.locate import one_line, open_regular, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGEST = 32 * 1024 * 1024
"""Bytes of one file: a picture of 460 x 260 has less than one megabyte, and room is left for a workflow."""

_MOST = 1_000_000
_RATIO = 200
_RATIO_FROM = 1024 * 1024
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a submission.

    Attributes:
        path: below the submission's top, with slashes.
        problem: why it is not read; empty where it can be.
        read: its bytes. Raises `PhotoError`, whose message is the reason in one line.
    """

    path: str
    problem: str
    read: Callable[[], bytes]


@contextmanager
def opened(where: Path) -> Iterator[list[Member]]:
    """The files of a submission, by path; they can be read until the block ends.

    A file that is too large, packed too tightly to be a picture, encrypted, a link, or that would be unpacked outside
    of its folder is named with its problem and never read.

    Raises:
        InputError: there is nothing there, or no ZIP.
    """
    if where.is_dir():
        yield sorted(_folder(where), key=lambda member: member.path)
        return
    try:
        with zipfile.ZipFile(where) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST:
                raise InputError(f"{printable(str(where))} holds {len(entries):,} files", "That is no submission.")
            shared = _overlapping(entries)
            members = [_entry(archive, entry, shared) for entry in entries if not entry.is_dir()]
            yield sorted(members, key=lambda member: member.path)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise InputError(
            f"{printable(str(where))} is no ZIP that can be read: {one_line(error)}", "Name a folder or a ZIP."
        ) from error
    except OSError as error:
        raise InputError(
            f"{printable(str(where))} cannot be read: {(error.strerror or one_line(error)).lower()}", "Check the path."
        ) from error


def _folder(root: Path) -> Iterator[Member]:
    def refuse(error: OSError) -> None:
        raise error

    for folder, folders, names in os.walk(root, onerror=refuse):
        linked = [name for name in folders if Path(folder, name).is_symlink()]
        folders[:] = sorted(set(folders) - set(linked))
        for name in [*names, *linked]:
            path = Path(folder, name)
            below = path.relative_to(root).as_posix()
            problem = "a link, which no ZIP carries" if path.is_symlink() else _too_large(path.stat().st_size)
            yield Member(below, problem, lambda path=path: _read_file(path))  # type: ignore[misc]


def _read_file(path: Path) -> bytes:
    with open_regular(path) as file:
        try:
            return _bounded(file.read(LARGEST + 1))
        except OSError as error:
            raise PhotoError((error.strerror or one_line(error)).lower()) from error


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, shared: frozenset[int]) -> Member:
    problem = "shares its bytes with another file" if entry.header_offset in shared else _problem(entry)
    return Member(entry.filename, problem, lambda: _read_entry(archive, entry))


def _overlapping(entries: list[zipfile.ZipInfo]) -> frozenset[int]:
    """Where files begin that lie on another's bytes, which makes ten megabytes unpack to petabytes (Fifield 2019)."""
    shared = set()
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    for one, following in pairwise(ordered):
        if one.header_offset + one.compress_size > following.header_offset:
            shared |= {one.header_offset, following.header_offset}
    return frozenset(shared)


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(entry) as file:
            return _bounded(file.read(LARGEST + 1))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError, ValueError) as error:
        raise PhotoError(f"damaged in the ZIP: {one_line(error)}") from error


def _problem(entry: zipfile.ZipInfo) -> str:
    # ZipInfo has already turned the system's own separators into slashes; what a ZIP really says is in orig_filename.
    name = entry.orig_filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
        return "its path leads out of the folder that the ZIP is unpacked in"
    if "\\" in name:
        return "its path has backslashes, which other systems do not take for folders"
    if entry.flag_bits & _ENCRYPTED:
        return "encrypted"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a link"
    if entry.file_size > _RATIO_FROM and entry.file_size > _RATIO * max(entry.compress_size, 1):
        return f"{entry.file_size:,} bytes packed into {entry.compress_size:,}, which no picture can be"
    return _too_large(entry.file_size)


def _too_large(size: int) -> str:
    return f"{size:,} bytes, more than the {LARGEST:,} that are read" if size > LARGEST else ""


def _bounded(data: bytes) -> bytes:
    problem = _too_large(len(data))  # a ZIP may lie about it, a file may have grown
    if problem:
        raise PhotoError(problem)
    return data
