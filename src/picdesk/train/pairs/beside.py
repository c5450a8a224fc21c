"""Photo files that a data set names by a stem or a path of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.photos.locate import to_uri
from picdesk.photos.sources.kinds import PHOTO_ENDINGS, ending

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def photos_in(*folders: Path) -> Mapping[str, str]:
    """Stem -> URI of every photo in these folders, those that exist, not below; the first of a stem counts."""
    found: dict[str, str] = {}
    for folder in folders:
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        for path in files:
            if ending(path.name) in PHOTO_ENDINGS:
                found.setdefault(path.stem, to_uri(path.resolve()))
    return found


def uri_below(root: Path, named: str) -> str | None:
    """The URI of a file that a data set names by its path; ``None`` where it is not here, or not below the root."""
    try:
        path = (root / named).resolve()
        return to_uri(path) if named and path.is_relative_to(root.resolve()) and path.is_file() else None
    except (OSError, ValueError):
        return None
