"""YFCC100M's pictures: 4,096 shards, named after the first three letters of the hash of a picture.

A shard is a folder, as in the public bucket (``data/images/0a1/b2c/0a1b2c....jpg``), or a tar ``0a1.tar`` with members
of any folder, named after the hash. A copy need not have all shards.
"""

from __future__ import annotations

import os
import re
import threading
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import PhotoError, SourceError, StorageUnavailable
from picdesk.photos.locate import open_regular, printable, size_and_change, tar_members, to_uri
from picdesk.photos.sources.folder import list_folder
from picdesk.photos.sources.found import Found, found, found_file, refused
from picdesk.photos.sources.shards import read_member

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.objects import Place
    from picdesk.photos.sources.yfcc100m.item import Item

SHARD = re.compile(r"[0-9a-f]{3}")
_MEMBER = re.compile(r"([0-9a-f]{6,32})\.\w+")


@dataclass(frozen=True, slots=True)
class Images:
    """Where pictures lie, shard by shard.

    Attributes:
        root: the folder of the shards.
        folders: shards that are folders.
        tars: shards that are tars.
    """

    root: Place
    folders: frozenset[str]
    tars: frozenset[str]
    _read: dict[str, _Tar] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def has_shard(self, item: Item) -> bool:
        """Whether the shard of an item is in this copy."""
        return item.hash[:3] in self.folders or item.hash[:3] in self.tars

    def find(self, item: Item) -> Found:
        """The picture of an item whose shard is here; a missing one says so when it is read."""
        shard = item.hash[:3]
        if shard in self.folders:
            return found_file(self._file(item), name=item.photo_id, file_words="", given=item.given)
        with self._lock:
            if shard not in self._read:
                self._read[shard] = _Tar.open(self.root / f"{shard}.tar")
        return self._read[shard].find(item)

    def _file(self, item: Item) -> Place:
        """Nearly all are .jpg, whatever was sent in; the others keep their ending."""
        folder = self.root / item.hash[:3] / item.hash[3:6]
        usual = folder / f"{item.hash}.jpg"
        if item.ending in {"", "jpg"} or "/" in item.ending or _is_there(usual):
            return usual
        other = folder / f"{item.hash}.{item.ending}"
        return other if _is_there(other) else usual


def open_images(root: Place) -> Images:
    """The shards in a folder.

    Raises:
        SourceError: it cannot be listed, or holds no shard.
        StorageUnavailable: its store does not answer.
    """
    names = list_folder(root)
    tars = frozenset(name[:3] for name in names if SHARD.fullmatch(name[:3]) and name[3:] == ".tar")
    folders = frozenset(name for name in names if SHARD.fullmatch(name)) - tars
    if not tars and not folders:
        raise SourceError(
            f"no shard of pictures in {printable(str(root))}",
            "Shards are folders 000 to fff, or tars 000.tar to fff.tar.",
        )
    return Images(root, folders, tars)


@dataclass(frozen=True, slots=True)
class _Tar:
    """What a tar holds, sorted by hash; some 100 bytes a picture.

    Attributes:
        place: the tar.
        changed: when, in nanoseconds.
        hashes: ``(n,)`` of its pictures, as bytes.
        members: ``(n,)`` their whole names, as bytes.
        spans: ``(n, 2)`` int64: where each begins, and its bytes.
        damage: why it could not be read to its end; empty where it could.
    """

    place: Place
    changed: int
    hashes: NDArray[np.bytes_]
    members: NDArray[np.bytes_]
    spans: NDArray[np.int64]
    damage: str

    @classmethod
    def open(cls, place: Place) -> _Tar:
        """Read a tar's headers; what stands before a damage counts."""
        rows: list[tuple[bytes, bytes, int, int]] = []
        changed, damage = 0, ""
        try:
            with open_regular(place) as file:
                changed = size_and_change(file)[1]
                for member in tar_members(file):
                    name = _MEMBER.fullmatch(PurePosixPath(member.name).name)
                    if name and member.isreg() and not member.issparse():
                        whole = os.fsencode(member.name)
                        rows.append((name[1].encode(), whole, member.offset_data, member.size))
        except PhotoError as error:
            damage = error.message
        rows.sort(key=lambda row: row[0])  # of two of one name the first one counts
        hashes, members = (np.array([row[column] for row in rows], dtype=np.bytes_) for column in (0, 1))
        spans = np.array([row[2:] for row in rows], dtype=np.int64).reshape(-1, 2)
        return cls(place, changed, hashes, members, spans, damage)

    def find(self, item: Item) -> Found:
        """The picture of an item, or why there is none."""
        wanted = item.hash.encode()
        at = int(np.searchsorted(self.hashes, np.bytes_(wanted)))
        if at == len(self.hashes) or self.hashes[at] != wanted:
            uri = to_uri(self.place, f"{item.hash}.jpg")
            reason = f"no such picture in the shard{f'; {self.damage}' if self.damage else ''}"
            return refused(uri, reason, name=item.photo_id, given=item.given)
        start, size = map(int, self.spans[at])
        return found(
            uri=to_uri(self.place, os.fsdecode(bytes(self.members[at]))),
            name=item.photo_id,
            size=size,
            changed=self.changed,
            given=item.given,
            read=partial(read_member, self.place, start, size, self.changed),
        )


def _is_there(place: Place) -> bool:
    try:
        return place.is_file()
    except (OSError, StorageUnavailable):
        return False
