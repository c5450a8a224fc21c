"""An object, or everything below a prefix, with the face of a `pathlib.Path`: the house rarely knows the difference.

An object store has no folders: a "folder" is there as long as an object's key begins with it. Writing an object
replaces it, seen whole or not at all.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from picdesk.errors import StorageUnavailable
from picdesk.objects.address import Address, is_address, parse_address
from picdesk.objects.bucket import answering, import_obstore, opened
from picdesk.objects.reading import ObjectReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike
    from typing import IO

READ_AHEAD = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStatus:
    """What a store says about an object, under the names of ``os.stat``.

    Attributes:
        st_size: bytes.
        st_mtime_ns: time of the last change, by the store's clock.
        tag: the store's mark of this very content (ETag).
    """

    st_size: int
    st_mtime_ns: int
    tag: str


@dataclass(frozen=True, slots=True, order=True)
class ObjectPath:
    """A place in an object store. What it does beside `pathlib.Path`, it says.

    Every method that looks raises `StorageUnavailable` where the store does not answer or does not let us in.
    """

    address: Address

    def __str__(self) -> str:
        return str(self.address)

    def __fspath__(self) -> str:
        return str(self.address)

    def __truediv__(self, name: str) -> ObjectPath:
        at = self.address
        return ObjectPath(Address(at.scheme, at.bucket, f"{at.key}/{name}".strip("/")))

    @property
    def name(self) -> str:
        """The last part of the key; of a whole bucket, the bucket's name."""
        return self.address.key.rpartition("/")[2] or self.address.bucket

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        """The name's ending with its dot."""
        return PurePosixPath(self.name).suffix

    @property
    def parent(self) -> ObjectPath:
        """Everything that shares the key without its last part."""
        at = self.address
        return ObjectPath(Address(at.scheme, at.bucket, at.key.rpartition("/")[0]))

    def with_name(self, name: str) -> ObjectPath:
        """Another object beside this one."""
        return self.parent / name

    def as_uri(self) -> str:
        """The address, percent-encoded."""
        return str(self.address)

    # -- looking --------------------------------------------------------------------------------------------------

    def stat(self) -> ObjectStatus:
        """Size, time and tag of the object.

        Raises:
            FileNotFoundError: there is none.
        """
        with answering(self.address):
            return _status(import_obstore().head(opened(self.address), self.address.key))

    def is_file(self) -> bool:
        """Whether there is an object of exactly this key."""
        if not self.address.key:
            return False
        try:
            self.stat()
        except FileNotFoundError:
            return False
        return True

    def is_dir(self) -> bool:
        """Whether there is an object below."""
        return next(self.walk(chunk=1), None) is not None

    def exists(self) -> bool:
        """Whether there is an object here or below."""
        return self.is_file() or self.is_dir()

    def iterdir(self) -> Iterator[ObjectPath]:
        """What is right below: objects, and prefixes of further ones; sorted by name."""
        prefix = self.address.key
        with self._listing():
            found = import_obstore().list_with_delimiter(opened(self.address), prefix or None)
        keys = {*found["common_prefixes"], *(entry["path"] for entry in found["objects"])}
        for key in sorted(key.strip("/") for key in keys):
            if key != prefix:
                yield ObjectPath(Address(self.address.scheme, self.address.bucket, key))

    def walk(self, chunk: int = 1000) -> Iterator[tuple[ObjectPath, ObjectStatus]]:
        """Every object below, with what the store says about it, in the order of the keys; streamed.

        Args:
            chunk: how many are fetched at a time.
        """
        at = self.address
        with self._listing():
            pages = iter(import_obstore().list(opened(at), at.key or None, chunk_size=chunk))
        while True:
            with self._listing():
                page = next(pages, None)
            if page is None:
                return
            for entry in page:
                yield ObjectPath(Address(at.scheme, at.bucket, entry["path"])), _status(entry)

    # -- reading --------------------------------------------------------------------------------------------------

    def read_bytes(self, most: int | None = None) -> bytes:
        """The whole object, in one request.

        Args:
            most: bytes; nothing is fetched of a larger one.

        Raises:
            FileNotFoundError: there is none.
            ValueError: it is larger than ``most``.
        """
        with answering(self.address):
            found = import_obstore().get(opened(self.address), self.address.key)
            size = int(found.meta["size"])
            if most is None or size <= most:
                return bytes(found.bytes())
        raise ValueError(f"{size:,} bytes, more than the {most:,} taken")

    def read_text(self, encoding: str = "utf-8") -> str:
        """The whole object as text."""
        return self.read_bytes().decode(encoding)

    def read_span(self, start: int, size: int, tag: str) -> bytes:
        """A stretch of exactly the object of ``tag``.

        Raises:
            FileNotFoundError: there is none.
            StorageUnavailable: another lies there by now.
        """
        if not size:
            return b""
        options = {"range": (start, start + size), **({"if_match": tag} if tag else {})}
        with answering(self.address):
            return bytes(import_obstore().get(opened(self.address), self.address.key, options=options).bytes())

    def open_binary(self) -> IO[bytes]:
        """The object as a file that can be sought in; parts are fetched as they are read.

        Raises:
            FileNotFoundError: there is none.
        """
        reader = BufferedReader(ObjectReader(self, self.stat()), READ_AHEAD)
        return cast("IO[bytes]", reader)

    # -- writing --------------------------------------------------------------------------------------------------

    def write_bytes(self, data: bytes) -> None:
        """Put the object there in place of the one before: a reader finds either whole."""
        self._put(data, "overwrite")

    def create(self, data: bytes) -> str | None:
        """Put the object there if there is none; of several that try at once, one does.

        Returns:
            its tag; ``None`` where there was one.
        """
        return self._put(data, "create")

    def exchange(self, data: bytes, tag: str) -> str | None:
        """Put the object there in place of exactly the one of ``tag``.

        Returns:
            the new tag; ``None`` where another, or none, lies there now.
        """
        return self._put(data, {"e_tag": tag})

    def unlink(self) -> None:
        """Delete the object; that there is none is no error."""
        with answering(self.address):
            try:
                import_obstore().delete(opened(self.address), self.address.key)
            except FileNotFoundError:
                return

    def mkdir(self, *, parents: bool = True, exist_ok: bool = True) -> None:
        """Nothing: prefixes need no making."""

    # -- inside ---------------------------------------------------------------------------------------------------

    def _put(self, data: bytes, mode: Any) -> str | None:
        library = import_obstore()
        refused = (library.exceptions.AlreadyExistsError, library.exceptions.PreconditionError)
        with answering(self.address):
            try:
                return str(library.put(opened(self.address), self.address.key, data, mode=mode)["e_tag"])
            except refused:
                return None
            except FileNotFoundError as error:
                if isinstance(mode, dict):
                    return None
                raise self._no_bucket() from error

    @contextmanager
    def _listing(self) -> Iterator[None]:
        with answering(self.address):
            try:
                yield
            except FileNotFoundError:
                raise self._no_bucket() from None
            except Exception as error:
                if "404 Not Found" in str(error):  # a bucket with nothing in it has an empty list
                    raise self._no_bucket() from None
                raise

    def _no_bucket(self) -> StorageUnavailable:
        at = self.address
        return StorageUnavailable(
            f"there is no bucket {at.scheme}://{at.bucket}", "Check the address, or make the bucket first."
        )


Place = Path | ObjectPath
"""On a disk, or in an object store."""


def place_of(where: str | PathLike[str]) -> Place:
    """What a path or an address names.

    Raises:
        InputError: an address that makes no sense, or that holds a credential.
    """
    if isinstance(where, ObjectPath):
        return where
    text = where if isinstance(where, str) else str(where)
    return ObjectPath(parse_address(text)) if is_address(text) else Path(where)


def _status(entry: Any) -> ObjectStatus:
    changed = entry["last_modified"].timestamp()
    return ObjectStatus(st_size=int(entry["size"]), st_mtime_ns=int(changed * 1e9), tag=str(entry["e_tag"] or ""))
