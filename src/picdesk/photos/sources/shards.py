"""Tar shards in the WebDataset layout: consecutive members of one stem are one sample, a photo with its words.

``000123.jpg`` is the photo, ``000123.txt`` its caption, ``000123.json`` further fields under the same names as the
columns of a list. A photo's bytes are not kept: `Found.read` opens the tar again and goes to the place where they are,
so that any number of threads can read and nothing waits in memory.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from picdesk.errors import PhotoError, SourceError
from picdesk.objects import ObjectPath, Place, place_of
from picdesk.photos.locate import (
    one_line,
    open_regular,
    printable,
    read_span,
    size_and_change,
    tar_members,
    to_uri,
)
from picdesk.photos.sources.columns import check_fields, given, match_columns, text
from picdesk.photos.sources.folder import list_folder
from picdesk.photos.sources.found import NOTHING, Found, found, refused
from picdesk.photos.sources.kinds import PHOTO_ENDINGS, ending
from picdesk.photos.words import file_words

if TYPE_CHECKING:
    import tarfile
    from collections.abc import Iterator, Mapping
    from typing import IO

    from picdesk.records import PhotoMetadata


COMPRESSED_ENDINGS = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar.lz4")
_WORDS_BYTES = 1024 * 1024
_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"([0-9]{1,9})\.\.([0-9]{1,9})")
_MOST_SHARDS = 100_000


@dataclass(frozen=True, slots=True)
class Shards:
    """The photos of one or more uncompressed tars, in their order.

    Attributes:
        where: as it was named, for messages.
        tars: the shards.
        columns: field -> key of the samples' JSON, over the usual names.
    """

    where: str
    tars: tuple[Place, ...]
    columns: Mapping[str, str]

    @property
    def label(self) -> str:
        """What messages call the source."""
        return printable(self.where)

    def __iter__(self) -> Iterator[Found]:
        for tar in self.tars:
            yield from _shard(tar, self.columns)

    def count(self) -> None:
        """Not known before the tars are read."""


def open_shards(where: Place, columns: Mapping[str, str]) -> Shards:
    """A tar, a folder of tars, or a pattern such as ``shards/{000..009}.tar`` as a source.

    Raises:
        SourceError: a shard is missing, no regular file or compressed; there is none; or ``columns`` names a field that
            does not exist.
    """
    check_fields(columns)
    tars: list[Place]
    if where.is_file():
        tars = [where]
    elif where.is_dir():
        tars = [where / name for name in list_folder(where) if ending(name) == "tar"]
    else:
        tars = list(expand_braces(where.address.said if isinstance(where, ObjectPath) else str(where)))
    for tar in tars:
        if tar.name.lower().endswith(COMPRESSED_ENDINGS):
            raise SourceError(f"a compressed tar cannot be read: {printable(str(tar))}", "Unpack it to a .tar.")
        if not tar.is_file():
            raise SourceError(f"no such shard: {printable(str(tar))}", "Check the path or the pattern.")
    if not tars:
        raise SourceError(f"no tars in it: {printable(str(where))}", "Name a .tar, or a folder that holds some.")
    return Shards(str(where), tuple(tars), columns)


def expand_braces(pattern: str) -> Iterator[Place]:
    """The paths that a pattern names: ``{000..009}`` counts, keeping the zeros; ``{a,b}`` lists.

    Raises:
        SourceError: it names more than 100,000.
    """
    pieces = _BRACES.split(pattern)
    choices: list[list[str]] = []
    total = 1
    for index, piece in enumerate(pieces):
        counted = _RANGE.fullmatch(piece) if index % 2 else None
        if counted:
            first, last = int(counted[1]), int(counted[2])
            total *= max(last - first + 1, 0)
        elif index % 2:
            total *= piece.count(",") + 1
        if total > _MOST_SHARDS:
            raise SourceError(f"more than {_MOST_SHARDS:,} shards: {printable(pattern)}", "Name fewer at a time.")
        if counted:
            choices.append([str(number).zfill(len(counted[1])) for number in range(first, last + 1)])
        else:
            choices.append(piece.split(",") if index % 2 else [piece])
    return (place_of("".join(parts)) for parts in product(*choices))


@dataclass
class _Sample:
    """Members of one stem, as they come along."""

    stem: str = ""
    photos: list[tarfile.TarInfo] = field(default_factory=list)
    caption: str = ""
    fields: PhotoMetadata = NOTHING
    complaints: list[Found] = field(default_factory=list)


def _shard(tar: Place, columns: Mapping[str, str]) -> Iterator[Found]:
    sample = _Sample()
    seen: set[str] = set()
    try:
        with open_regular(tar) as file:
            changed = size_and_change(file)[1]
            for member in tar_members(file):
                stem, kind = _split(member.name)
                if member.isdir() or not kind:
                    continue
                if stem != sample.stem:
                    yield from _finished(sample, tar, changed, seen)
                    sample = _Sample(stem)
                if kind in PHOTO_ENDINGS:
                    sample.photos.append(member)
                elif kind in {"txt", "json"}:
                    _take_words(sample, kind, tar, file, member, columns)
            yield from _finished(sample, tar, changed, seen)
    except PhotoError as error:
        if sample.photos or sample.complaints:
            yield from _finished(sample, tar, changed, seen)
        yield refused(to_uri(tar), error.message, name=tar.stem)


def _split(name: str) -> tuple[str, str]:
    """Folder and stem of a member, and its ending; hidden members (macOS adds ``._000.jpg``) have none."""
    parts = PurePosixPath(name).parts
    if any(part == "__MACOSX" or (part.startswith(".") and part != "..") for part in parts):
        return name, ""
    kind = ending(parts[-1]) if parts else ""
    return name[: -len(kind) - 1] if kind else name, kind


def _finished(sample: _Sample, tar: Place, changed: int, seen: set[str]) -> Iterator[Found]:
    """The photos of a sample whose members are all here, and what is wrong with its words."""
    said = replace(sample.fields, caption=sample.caption) if sample.caption else sample.fields
    for member in sample.photos:
        uri, name = to_uri(tar, member.name), PurePosixPath(member.name)
        if member.name in seen:
            yield refused(uri, "the tar holds a second file of this name", name=name.stem)
        elif not member.isreg() or member.issparse():
            yield refused(uri, "not a regular file", name=name.stem)
        else:
            seen.add(member.name)
            yield found(
                uri=uri,
                name=name.stem,
                file_words=file_words(name.name),
                size=member.size,
                changed=changed,
                given=said,
                read=partial(read_member, tar, member.offset_data, member.size, changed),
            )
    yield from sample.complaints


def read_member(tar: Place, start: int, size: int, changed: int) -> bytes:
    """The bytes of a member that were found before.

    Raises:
        PhotoError: the tar cannot be read, or was changed since ``changed`` (nanoseconds).
    """
    with open_regular(tar) as file:
        if size_and_change(file)[1] != changed:
            raise PhotoError("the tar was changed while it was read; add it again")
        return read_span(file, start, size)


def _take_words(
    sample: _Sample, kind: str, tar: Place, file: IO[bytes], member: tarfile.TarInfo, columns: Mapping[str, str]
) -> None:
    try:
        if not member.isreg() or member.issparse():
            raise PhotoError("not a regular file")
        words = read_span(file, member.offset_data, member.size, limit=_WORDS_BYTES).decode("utf-8-sig", "replace")
        if kind == "txt":
            sample.caption = text(words)
            return
        row: Any = json.loads(words)
        if not isinstance(row, dict):
            raise PhotoError("not a JSON object")
    except (PhotoError, ValueError, RecursionError) as error:
        complaint = f"words of a photo that cannot be read: {one_line(error)}"
        sample.complaints.append(refused(to_uri(tar, member.name), complaint, name=PurePosixPath(member.name).stem))
    else:
        sample.fields = given(row, match_columns(row, {name: key for name, key in columns.items() if key in row}))
