"""One photo as its source hands it over, not yet read."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol

from picdesk.errors import PhotoError, StorageUnavailable
from picdesk.photos.locate import read_bytes, to_uri, valid_text
from picdesk.photos.words import file_words as words_of
from picdesk.records import PhotoMetadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from picdesk.objects import Place

NOTHING = PhotoMetadata()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A photo that a source names.

    Attributes:
        uri: where it is; ``s3://...`` in an object store, ``file:///.../shard.tar#member`` inside a tar,
            ``file:///.../list.csv#line=7`` for a row that names no file.
        name: the id its source gives it: the list's id column, else the file's stem.
        file_words: words of its file's name.
        size: bytes on disk; 0 where unknown or missing.
        stamp: signed 64-bit hash (BLAKE2b-8) of the URI, the size, the time of the last change and everything that the
            source says: an unchanged stamp means nothing new to read.
        given: what the source says of the photo.
        read: gives the file's bytes; safe to call later and from another thread. Raises `PhotoError`, whose message is
            the reason in one line.
    """

    uri: str
    name: str
    file_words: str
    size: int
    stamp: int
    given: PhotoMetadata
    read: Callable[[], bytes]


class Source(Protocol):
    """Photos in a fixed order, one at a time."""

    @property
    def label(self) -> str:
        """What messages call the source."""

    def __iter__(self) -> Iterator[Found]: ...

    def count(self) -> int | None:
        """How many there are, for a progress bar; ``None`` where counting is as much work as reading."""


def found(
    *,
    uri: str,
    name: str,
    read: Callable[[], bytes],
    file_words: str = "",
    size: int = 0,
    changed: int = 0,
    given: PhotoMetadata = NOTHING,
) -> Found:
    """A `Found` with its stamp.

    Args:
        uri: as in `Found`, and so are ``name``, ``read``, ``file_words``, ``size`` and ``given``.
        name: as its source gives it; made valid Unicode here.
        read: gives the bytes.
        file_words: words of the file's name.
        size: bytes.
        changed: time of the last change in nanoseconds.
        given: what the source says.
    """
    name = valid_text(name)
    said = [uri, name, file_words, size, changed, *dataclasses.astuple(given)]
    digest = blake2b(json.dumps(said, default=str).encode(), digest_size=8).digest()
    return Found(
        uri=uri,
        name=name,
        file_words=file_words,
        size=size,
        stamp=int.from_bytes(digest, "big", signed=True),
        given=given,
        read=read,
    )


def found_file(
    path: Place,
    *,
    member: str | None = None,
    name: str | None = None,
    file_words: str | None = None,
    given: PhotoMetadata = NOTHING,
) -> Found:
    """A file or an object as a `Found`; a missing or unreadable one is found too, and says so when it is read.

    Args:
        path: absolute.
        member: the file inside the tar at ``path`` that is meant; it is looked for only when it is read.
        name: ``None`` for the file's stem.
        file_words: ``None`` for the words of the file's name.
        given: what the source says.
    """
    try:
        uri = to_uri(path, member)
    except ValueError:  # half a surrogate pair
        return refused(f"file:{valid_text(str(path))}", "no file can have such a name", name=name or "", given=given)
    try:
        status = path.stat()
    except (OSError, ValueError, StorageUnavailable):
        status = None
    file = path if member is None else Path(member)
    return found(
        uri=uri,
        name=file.stem if name is None else name,
        file_words=words_of(file.name) if file_words is None else file_words,
        size=status.st_size if status and member is None else 0,
        changed=status.st_mtime_ns if status else 0,
        given=given,
        read=partial(read_bytes, uri),
    )


def refused(uri: str, reason: str, *, name: str = "", file_words: str = "", given: PhotoMetadata = NOTHING) -> Found:
    """Something in a source that cannot be a photo: reading it raises `PhotoError` with the reason.

    Args:
        uri: where in the source.
        reason: one line.
        name: what the source calls it, where it does.
        file_words: words of the file's name.
        given: what the source says.
    """
    return found(uri=uri, name=name, file_words=file_words, given=given, read=partial(_refuse, reason))


def _refuse(reason: str) -> NoReturn:
    raise PhotoError(reason)
