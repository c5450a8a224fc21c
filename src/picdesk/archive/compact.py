"""Give back the room of removed photos, superseded versions and writes that were killed."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.archive.captions import Captions
from picdesk.archive.neighbours.kept import kept_indexes
from picdesk.objects import ObjectPath

if TYPE_CHECKING:
    from picdesk.archive.store import Store
    from picdesk.objects import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """Size of the archive's folder before and after, in bytes."""

    before: int
    after: int


def compact(store: Store) -> Compacted:
    """Rewrite an archive without what nobody can see any more, and read captions that nobody has read yet.

    Raises:
        ArchiveBusy: another process is writing.
    """
    indexes = kept_indexes(store)
    with store.adding(), store.removing():
        before = folder_size(store.folder)
        Captions(store).fill(again=True)
        store.index_words()
        store.rewrite()
        store.choices.log.tidy()
        store.uses.log.tidy()
        indexes.settle()
    indexes.renew()
    return Compacted(before=before, after=folder_size(store.folder))


def folder_size(folder: Place) -> int:
    """Bytes of all files below a folder."""
    if isinstance(folder, ObjectPath):
        return sum(status.st_size for _, status in folder.walk())
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):  # another process may be tidying up
                total += (Path(parent) / name).stat().st_size
    return total
