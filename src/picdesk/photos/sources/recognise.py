"""Which kind of source something is, and how each kind is opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.errors import SourceError
from picdesk.photos.locate import printable
from picdesk.photos.sources.folder import list_folder, open_folder
from picdesk.photos.sources.kinds import OTHER_ENDINGS, ending
from picdesk.photos.sources.lists import LIST_ENDINGS, open_list
from picdesk.photos.sources.newsimages2025 import is_newsimages2025, open_newsimages2025
from picdesk.photos.sources.shards import COMPRESSED_ENDINGS, open_shards
from picdesk.photos.sources.single import open_single

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from picdesk.photos.sources.found import Source

FORMATS: Mapping[str, Callable[[Path, Mapping[str, str]], Source]] = {
    "file": open_single,
    "folder": open_folder,
    "list": open_list,
    "newsimages2025": open_newsimages2025,
    "shards": open_shards,
}
"""Name -> opener, which takes an absolute path and the chosen columns (field -> column)."""


def open_source(where: str | Path, *, format: str | None = None, columns: Mapping[str, str] | None = None) -> Source:
    """Open something that holds photos.

    Args:
        where: a folder, a list (CSV, TSV, JSON Lines, Parquet), a tar, a pattern of tars (``shards/{000..009}.tar``),
            a folder of tars, a folder of the NewsImages 2025 data set, or a single photo.
        format: a name of `FORMATS`, to be followed instead of what is recognised.
        columns: field -> column of a list (or key of the JSON in tar shards), over the usual names:
            ``{"caption": "Beschreibung"}``.

    Raises:
        SourceError: there is nothing, it cannot be read at all, or it is not of the kind that was named. What is wrong
            with single photos is found when they are read.
    """
    if format is not None and format not in FORMATS:
        raise SourceError(f"no such format: {printable(format)}", f"The formats are: {', '.join(FORMATS)}.")
    if isinstance(where, str) and "://" in where:
        raise SourceError(f"not on this machine: {printable(where)}", "Download the photos and name their folder.")
    try:
        path = _absolute(Path(where))
        kind = format or _kind(path)
        if kind != "shards" and not path.exists():
            raise SourceError(f"no such file or folder: {printable(str(where))}", "Check the path.")
        return FORMATS[kind](path, columns or {})
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no file can have such a name"
        raise SourceError(
            f"cannot be read: {printable(str(where))}: {reason}", "Check the path and its rights."
        ) from error


def _absolute(path: Path) -> Path:
    """The path with links to folders followed, so that one photo has one URI however its folder is named."""
    try:
        return path.resolve() if path.is_dir() else path.parent.resolve() / path.name
    except RuntimeError as error:  # a link that points to itself
        raise SourceError(f"a link that leads nowhere: {printable(str(path))}", "Check the path.") from error


def _kind(path: Path) -> str:
    name = path.name.lower()
    if path.is_dir():
        if is_newsimages2025(path):
            return "newsimages2025"
        return "shards" if _holds_only_tars(path) else "folder"
    if name.endswith((".tar", *COMPRESSED_ENDINGS)):
        return "shards"
    return "list" if path.suffix.lower() in LIST_ENDINGS else "file"


def _holds_only_tars(folder: Path) -> bool:
    kinds = {ending(name) for name in list_folder(folder)}
    return "tar" in kinds and kinds <= OTHER_ENDINGS  # shards keep company with their indexes and statistics
