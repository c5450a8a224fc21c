"""Where a photo lies: file URIs (RFC 8089) and addresses in object stores, and the bytes behind them.

A URI holds the path's own bytes, percent-encoded, so that every name survives: spaces, ``#``, ``%``, emoji, and names
that are not UTF-8. A file inside a tar shard is named in the fragment: ``file:///photos/000.tar#a/7.jpg``,
``s3://desk/000.tar#a/7.jpg``.
"""

from __future__ import annotations

import os
import re
import stat
import tarfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import quote_from_bytes, unquote_to_bytes

from picdesk.errors import InputError, PhotoError, StorageUnavailable
from picdesk.objects import ObjectPath, Place
from picdesk.objects.address import is_address, parse_address
from picdesk.objects.reading import ObjectReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

MAX_BYTES = 512 * 1024 * 1024
"""A larger file is no photo that a desk works with; it is refused before it is read."""

_SCHEME = "file:"
_SURROGATE = re.compile("[\ud800-\udfff]")
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd")
_HEADER_BYTES = 1024 * 1024


def to_uri(path: Place, member: str | None = None) -> str:
    """The URI of a file, or of a member of a tar.

    Args:
        path: where the file or the object is; a relative path counts from the current folder. It need not exist.
        member: name inside the tar at ``path``, undecodable bytes as lone surrogates (``surrogateescape``).
    """
    uri = path.as_uri() if isinstance(path, ObjectPath) else path.absolute().as_uri()
    return uri if member is None else f"{uri}#{quote_from_bytes(os.fsencode(member))}"


def to_place(uri: str) -> tuple[Place, str | None]:
    """The file or the object that a URI names, and the member inside it; the inverse of `to_uri`.

    Raises:
        PhotoError: it is no ``file:`` URI of this machine, and no address in an object store.
    """
    if not is_address(uri):
        return to_path(uri)
    where, mark, member = uri.partition("#")
    try:
        address = parse_address(where)
    except InputError as error:
        raise PhotoError(error.message) from None
    return ObjectPath(address), os.fsdecode(unquote_to_bytes(member)) if mark else None


def to_path(uri: str) -> tuple[Path, str | None]:
    """The file on this machine that a URI names, and the member inside it.

    Raises:
        PhotoError: it is no ``file:`` URI of this machine.
    """
    where, mark, member = uri.partition("#")
    host, path = "", where[len(_SCHEME) :]
    if path.startswith("//"):
        host, slash, rest = path[2:].partition("/")
        path = slash + rest
    raw = unquote_to_bytes(path)
    if where[: len(_SCHEME)].lower() != _SCHEME or host.lower() not in {"", "localhost"} or not path.startswith("/"):
        raise PhotoError("not a file on this machine")
    if b"\0" in raw:
        raise PhotoError("a path cannot hold a zero byte")
    decoded = os.fsdecode(raw)
    if os.name == "nt":
        decoded = decoded.lstrip("/")  # file:///C:/photos
    return Path(decoded), os.fsdecode(unquote_to_bytes(member)) if mark else None


def read_bytes(uri: str, *, limit: int = MAX_BYTES) -> bytes:
    """The bytes of the photo at a URI.

    Args:
        uri: a file URI or an address in an object store, with ``#member`` for a file inside an uncompressed tar. A
            member is looked for from the tar's beginning; the first one of that name is meant.
        limit: the most bytes to take.

    Raises:
        PhotoError: the reason in one line: missing, not permitted, not a regular file, larger than ``limit``, or a
            store that does not answer.
    """
    path, member = to_place(uri)
    if isinstance(path, ObjectPath) and member is None:
        return _read_object(path, limit)
    with open_regular(path) as file:
        if member is None:
            return _read_all(file, limit)
        for found in tar_members(file):
            if found.name == member and found.isreg() and not found.issparse():
                return read_span(file, found.offset_data, found.size, limit=limit)
    raise PhotoError("no such file in the tar")


def is_there(uri: str) -> bool:
    """Whether a file, or a member of a tar, still lies at a URI; nothing is read of it.

    Raises:
        StorageUnavailable: its object store does not say; that is no "no".
    """
    try:
        path, member = to_place(uri)
        status = path.stat()
        return member is None or member in _member_names(path, status.st_size, status.st_mtime_ns)
    except (OSError, PhotoError):
        return False


@lru_cache(maxsize=4)
def _member_names(path: Place, _size: int, _changed: int) -> frozenset[str]:
    with open_regular(path) as file:
        return frozenset(member.name for member in tar_members(file))


def tar_members(file: IO[bytes]) -> Iterator[tarfile.TarInfo]:
    """What an uncompressed tar (POSIX.1-2001 pax, ustar or GNU) holds, header by header.

    Nothing is kept, so that a tar of any length can be walked. ``file`` may be read from between two members.

    Raises:
        PhotoError: the tar is compressed, damaged, or ends without its end mark; the members before were given.
    """
    if read_span(file, 0, min(6, size_and_change(file)[0])).startswith(_COMPRESSED):
        raise PhotoError("the tar is compressed; unpack it first")
    file.seek(0)
    size, end = size_and_change(file)[0], -1
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", _Headers(file)), mode="r:") as tar:
            while (member := tar.next()) is not None:
                if tar.offset <= end:
                    raise PhotoError("the tar is damaged: a member of negative size")
                end = tar.offset
                if member.isreg() and not member.issparse() and member.offset_data + member.size > size:
                    raise PhotoError(f"the tar is cut short in the middle of {printable(member.name)}")
                yield member
                tar.members.clear()  # type: ignore[attr-defined]  # typeshed leaves it out
            file.seek(tar.offset)
    except OSError as error:
        raise PhotoError(_reason(error)) from error
    except (tarfile.TarError, ValueError, OverflowError, RecursionError) as error:
        raise PhotoError(f"the tar is damaged: {one_line(error)}") from error
    # tarfile ends quietly at a header it cannot read; only two blocks of zeros are a real end.
    mark = file.read(tarfile.BLOCKSIZE)
    if mark != bytes(tarfile.BLOCKSIZE):
        raise PhotoError(f"the tar is damaged: {'unreadable header' if mark else 'it ends without an end mark'}")


def read_span(file: IO[bytes], start: int, size: int, *, limit: int = MAX_BYTES) -> bytes:
    """A stretch of an open file.

    Raises:
        PhotoError: it is longer than ``limit``, or the file ends before it does.
    """
    _check_size(size, limit)
    try:
        file.seek(start)
        data = file.read(size)
    except OSError as error:
        raise PhotoError(_reason(error)) from error
    if len(data) < size:
        raise PhotoError("cut short: the file ends in the middle of it")
    return data


def open_regular(path: Place) -> IO[bytes]:
    """Open a regular file, or an object, for reading; pipes, sockets and devices are never opened.

    Raises:
        PhotoError: missing, not permitted, not a regular file, or a store that does not answer.
    """
    try:
        if isinstance(path, ObjectPath):
            return path.open_binary()
        if not stat.S_ISREG(path.stat().st_mode):
            raise PhotoError("not a regular file")
        # Should a pipe have taken its place by now, O_NONBLOCK keeps the opening from waiting for ever.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        file = os.fdopen(os.open(path, flags), "rb")
    except (OSError, ValueError) as error:
        raise PhotoError(_reason(error)) from error
    except StorageUnavailable as error:
        raise PhotoError(error.message) from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise PhotoError("not a regular file")
    return file


def size_and_change(file: IO[bytes]) -> tuple[int, int]:
    """Bytes of an open file or object, and the time of its last change in nanoseconds."""
    raw = getattr(file, "raw", None)
    status = raw.status if isinstance(raw, ObjectReader) else os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns


def shown(uri: str) -> str:
    """A URI as people read it: the path, decoded, with everything unprintable escaped. Always valid Unicode."""
    try:
        path, member = to_place(uri)
    except PhotoError:
        return printable(uri)
    where = path.address.said if isinstance(path, ObjectPath) else str(path)
    return printable(where if member is None else f"{where}#{member}")


def valid_text(name: str) -> str:
    r"""A file's name as valid Unicode: undecodable bytes become ``\xe9``, so that no two names fall together."""
    return _SURROGATE.sub(lambda found: _escape(ord(found[0])), name)


def printable(text: str) -> str:
    """Text safe to show on a terminal: control characters, line ends and undecodable bytes are escaped."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in valid_text(text)
    )


def one_line(error: BaseException) -> str:
    """What an exception says, on one line."""
    return " ".join(printable(str(error)).split()) or type(error).__name__


class _Headers:
    """A tar's file as `tarfile` sees it: it reads headers here, never data, and no honest header is a megabyte."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        if size > _HEADER_BYTES:
            raise PhotoError("the tar is damaged: a header longer than a megabyte")
        return self._file.read(size)


def _escape(code: int) -> str:
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


def _read_object(place: ObjectPath, limit: int) -> bytes:
    try:
        return place.read_bytes(limit)
    except (OSError, ValueError) as error:
        raise PhotoError(_reason(error)) from None
    except StorageUnavailable as error:
        raise PhotoError(error.message) from None


def _read_all(file: IO[bytes], limit: int) -> bytes:
    _check_size(size_and_change(file)[0], limit)
    try:
        data = file.read(limit + 1)
    except OSError as error:
        raise PhotoError(_reason(error)) from error
    _check_size(len(data), limit)  # it may have grown since
    return data


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise PhotoError(f"{size:,} bytes, more than the {limit:,} taken")


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "no such file"
    if isinstance(error, PermissionError):
        return "not permitted to read it"
    if isinstance(error, ValueError):
        return one_line(error)
    said = error.strerror or one_line(error)
    return said[:1].lower() + said[1:]
