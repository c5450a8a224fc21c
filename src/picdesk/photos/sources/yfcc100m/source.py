"""YFCC100M, or the part of it that is here, as a source of photos: rows of its tables joined with its pictures.

It is a folder with the tables (``yfcc100m_dataset.bz2``, or ``yfcc100m_dataset-0.bz2`` to ``-9``, or the SQLite form
``yfcc100m_dataset.sql``) and the pictures below ``data/images``, as in the public bucket. Where they lie apart, or
where only some licences are wanted, a file ``yfcc100m.toml`` says so::

    tables = ["yfcc100m_dataset.bz2"]
    images = "s3://multimedia-commons/data/images"
    licences = ["by", "by-sa"]

Paths in it count from its own folder; each key may be left out.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from picdesk.errors import PicdeskError, SourceError
from picdesk.objects import ObjectPath, place_of
from picdesk.objects.address import is_address
from picdesk.photos.ahead import ahead
from picdesk.photos.locate import printable, to_uri
from picdesk.photos.sources.folder import list_folder
from picdesk.photos.sources.found import Found, refused
from picdesk.photos.sources.yfcc100m.images import SHARD, Images, open_images
from picdesk.photos.sources.yfcc100m.item import LICENCES, Item, read_item
from picdesk.photos.sources.yfcc100m.tables import NAME, read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from picdesk.objects import Place

SUBSET = "yfcc100m.toml"
THREADS = 32
"""Pictures that a store is asked about at a time: an answer takes tens of milliseconds, and nothing else."""
_KEYS = ("tables", "images", "licences")
_USUAL = (("data", "images"), ("images",), ())


@dataclass(frozen=True, slots=True)
class Yfcc100m:
    """The photos of YFCC100M that are here, in the order of the tables.

    Videos, rows that cannot be read and pictures that their shard lacks are refused by name. Rows of shards that this
    copy has not are said together, at the end. Photos under other licences than those wanted are passed over.

    Attributes:
        where: as it was named, for messages.
        tables: the tables.
        images: the pictures.
        licences: of ``LICENCES``; empty for all, and for photos whose licence is not known too.
        passed_over: of the last reading: ``other licences`` and ``other shards``, with how many rows.
    """

    where: str
    tables: tuple[Place, ...]
    images: Images
    licences: frozenset[str] = frozenset()
    passed_over: Counter[str] = field(default_factory=Counter)

    @property
    def label(self) -> str:
        """What messages call the source."""
        return printable(self.where)

    def __iter__(self) -> Iterator[Found]:
        self.passed_over.clear()
        if isinstance(self.images.root, ObjectPath):
            yield from ahead(self._found, self._rows(), threads=THREADS, reach=4 * THREADS)
        else:
            yield from map(self._found, self._rows())
        if others := self.passed_over["other shards"]:
            uri = to_uri(self.tables[0], "other-shards")
            yield refused(uri, f"rows of shards that this copy has not: {others:,}")

    def count(self) -> None:
        """Not known before the tables are read."""

    def _rows(self) -> Iterator[Found | Item]:
        """What is to be looked for, and what cannot be."""
        for table in self.tables:
            for line, row in read_table(table):
                try:
                    if isinstance(row, str):
                        yield refused(to_uri(table, f"line={line}"), row)
                        continue
                    item = read_item(row)
                except ValueError as error:
                    yield refused(to_uri(table, f"line={line}"), f"line {line} {error}")
                    continue
                if self._is_wanted(item):
                    yield item if not item.is_video else _video(table, line, item)

    def _is_wanted(self, item: Item) -> bool:
        if self.licences and item.licence not in self.licences:
            self.passed_over["other licences"] += 1
            return False
        if not item.is_video and not self.images.has_shard(item):
            self.passed_over["other shards"] += 1
            return False
        return True

    def _found(self, wanted: Found | Item) -> Found:
        return self.images.find(wanted) if isinstance(wanted, Item) else wanted


def is_yfcc100m(where: Place) -> bool:
    """Whether a file is a table of YFCC100M or says where they are, or a folder on this machine holds such files.

    A folder in an object store is recognised by its ``yfcc100m.toml`` alone: it may hold a hundred million objects.
    """
    if isinstance(where, ObjectPath):
        return _is_named(where.name) or (not where.suffix and (where / SUBSET).is_file())
    if where.is_dir():
        return any(map(_is_named, list_folder(where)))
    return _is_named(where.name)


def open_yfcc100m(where: Place, columns: Mapping[str, str]) -> Yfcc100m:
    """A folder of YFCC100M, one of its tables, or a ``yfcc100m.toml``, as a source.

    Raises:
        SourceError: tables or shards are missing, the file makes no sense, or ``columns`` are given.
        StorageUnavailable: a store does not answer.
    """
    if columns:
        raise SourceError("the columns of YFCC100M are fixed", "Leave columns out.")
    said = where if where.name.endswith(".toml") else where / SUBSET
    folder = where.parent if where.is_file() else where
    chosen = _subset(said) if said.is_file() else {}
    named = chosen.get("tables") or ([where.name] if folder != where and said != where else [])
    tables = tuple(_below(folder, name) for name in named) or _tables(folder)
    for table in tables:
        if not table.is_file():
            raise SourceError(f"no such table: {printable(str(table))}", f"Check the path, or 'tables' in {SUBSET}.")
    if not tables:
        raise SourceError(
            f"no table of YFCC100M in {printable(str(folder))}",
            f"It is called yfcc100m_dataset.bz2; or write {SUBSET}.",
        )
    images = _below(folder, chosen["images"]) if "images" in chosen else _pictures(folder)
    return Yfcc100m(str(where), tables, open_images(images), frozenset(chosen.get("licences", ())))


def _is_named(name: str) -> bool:
    return name == SUBSET or bool(NAME.fullmatch(name))


def _subset(path: Place) -> dict[str, Any]:
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(f"{printable(str(path))} is no TOML: {error}", "Mend the file.") from None
    for key, value in said.items():
        texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
        if key not in _KEYS or not (isinstance(value, str) if key == "images" else texts):
            keys = 'tables = ["..."], images = "...", licences = ["by"]'
            raise SourceError(f"{printable(str(path))}: {printable(key)} makes no sense", f"It may say: {keys}.")
    for licence in said.get("licences", ()):
        if licence not in LICENCES:
            known = ", ".join(LICENCES)
            raise SourceError(f"no licence in YFCC100M is called {printable(licence)!r}", f"There are: {known}.")
    return said


def _below(folder: Place, name: str) -> Place:
    if is_address(name):
        return place_of(name)
    for part in name.split("/") if isinstance(folder, ObjectPath) else [name]:
        folder = folder.parent if part == ".." else folder / part
    return folder


def _tables(folder: Place) -> tuple[Place, ...]:
    """Each table once, unpacked where it lies beside its packed form."""
    parts: dict[str, str] = {}
    for name in sorted(filter(NAME.fullmatch, list_folder(folder))):
        parts.setdefault(name.partition(".")[0], name)
    return tuple(folder / name for name in parts.values())


def _pictures(folder: Place) -> Place:
    """Where shards lie below a folder, or the usual place, which then is said to be missing."""
    for parts in _USUAL:
        place = folder
        for part in parts:
            place = place / part
        try:
            if any(SHARD.match(name) for name in list_folder(place)):
                return place
        except PicdeskError:
            continue
    return folder / "data" / "images"


def _video(table: Place, line: int, item: Item) -> Found:
    return refused(to_uri(table, f"line={line}"), "a video, not a photo", name=item.photo_id, given=item.given)
