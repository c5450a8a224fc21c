"""The pictures behind the names of a run, made small for a report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.errors import PhotoError
from picdesk.photos.locate import to_path
from picdesk.photos.sources.recognise import open_source
from picdesk.photos.thumbnail import thumbnail

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from picdesk.photos.sources.found import Found

EDGE = 240
"""Longest edge of a picture in a report, pixels."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Photos by the names that runs use.

    Attributes:
        found: name -> photo.
        folder: resolved; nothing outside it is read. ``None`` where a list says where the photos are.
    """

    found: Mapping[str, Found]
    folder: Path | None

    def small(self, name: str) -> bytes:
        """The photo of a name as a small JPEG.

        Raises:
            PhotoError: there is none of this name, it is unreadable, or a link leads out of the folder.
        """
        if name not in self.found:
            raise PhotoError("no such photo")
        found = self.found[name]
        if self.folder is not None:
            path, _ = to_path(found.uri)
            try:
                inside = path.resolve().is_relative_to(self.folder)
            except (OSError, RuntimeError):  # a link that points to itself
                inside = False
            if not inside:
                raise PhotoError("a link leads out of the folder")
        return thumbnail(found.read(), EDGE)


def find_pictures(where: str | Path, names: Collection[str]) -> Pictures:
    """Look photos up in anything that an archive can be filled from: a folder, a list, tars, the 2025 data set.

    The names of a run are only ever compared with the names that the source gives its photos; no path is made of them.
    Of two photos with one name the first counts.

    Raises:
        SourceError: the source cannot be read.
    """
    wanted = frozenset(names)
    found: dict[str, Found] = {}
    for photo in open_source(where):
        if photo.name in wanted:
            found.setdefault(photo.name, photo)
    return Pictures(found, Path(where).resolve() if Path(where).is_dir() else None)
