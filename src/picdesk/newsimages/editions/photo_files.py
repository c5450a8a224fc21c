"""The files of a data set's photos."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.photos.sources.kinds import PHOTO_ENDINGS, ending

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEEPEST = 3


def find_photo_files(root: Path) -> Mapping[str, Path]:
    """Every photo below a folder, three folders deep at most: stem -> file, the first by name where two share a stem.

    Hidden folders are passed over; links to folders are not followed.
    """
    found: dict[str, Path] = {}
    for folder, folders, names in os.walk(root):
        below = Path(folder).relative_to(root).parts
        folders[:] = sorted(name for name in folders if not name.startswith(".") and len(below) < _DEEPEST)
        for name in sorted(names):
            if ending(name) in PHOTO_ENDINGS and not name.startswith("."):
                found.setdefault(Path(name).stem, Path(folder, name))
    return found
