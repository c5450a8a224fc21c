"""Which kind of source something is, and how each kind is opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from picdesk.errors import SourceError
from picdesk.objects import ObjectPath, place_of
from picdesk.objects.address import is_address
from picdesk.photos.locate import printable
from picdesk.photos.sources.folder import list_folder, open_folder
from picdesk.photos.sources.kinds import OTHER_ENDINGS, ending
from picdesk.photos.sources.lists import LIST_ENDINGS, open_list
from picdesk.photos.sources.newsimages2025 import is_newsimages2025, open_newsimages2025
from picdesk.photos.sources.shards import COMPRESSED_ENDINGS, open_shards
from picdesk.photos.sources.single import open_single
from picdesk.photos.sources.yfcc100m import is_yfcc100m, open_yfcc100m

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from picdesk.objects import Place
    from picdesk.photos.sources.found import Source

FORMATS: Mapping[str, Callable[[Any, Mapping[str, str]], Source]] = {
    "file": open_single,
    "folder": open_folder,
    "list": open_list,
    "newsimages2025": open_newsimages2025,
    "shards": open_shards,
    "yfcc100m": open_yfcc100m,
}
"""Name -> opener, which takes an absolute path and the chosen columns (field -> column)."""


def open_source(where: str | Place, *, format: str | None = None, columns: Mapping[str, str] | None = None) -> Source:
    """Open something that holds photos.

    Args:
        where: on this machine or in an object store (``s3://``, ``gs://``, ``az://``): a folder, a list (CSV, TSV,
            JSON Lines, Parquet), a tar, a pattern of tars (``shards/{000..009}.tar``), a folder of tars, a folder of
            the NewsImages 2025 data set or of YFCC100M, or a single photo.
        format: a name of `FORMATS`, to be followed instead of what is recognised.
        columns: field -> column of a list (or key of the JSON in tar shards), over the usual names:
            ``{"caption": "Beschreibung"}``.

    Raises:
        SourceError: there is nothing, it cannot be read at all, or it is not of the kind that was named. What is wrong
            with single photos is found when they are read.
    """
    if format is not None and format not in FORMATS:
        raise SourceError(f"no such format: {printable(format)}", f"The formats are: {', '.join(FORMATS)}.")
    remote = isinstance(where, ObjectPath) or (isinstance(where, str) and is_address(where))
    if isinstance(where, str) and "://" in where and not remote:
        raise SourceError(
            f"not on this machine: {printable(where)}",
            "Download the photos and name their folder, or give an s3://, gs:// or az:// address.",
        )
    try:
        path = place_of(where) if remote else _absolute(Path(where))
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


def _kind(path: Place) -> str:
    name = path.name.lower()
    if is_yfcc100m(path):
        return "yfcc100m"
    if path.is_dir():
        if is_newsimages2025(path):
            return "newsimages2025"
        return "shards" if _holds_only_tars(path) else "folder"
    if name.endswith((".tar", *COMPRESSED_ENDINGS)):
        return "shards"
    return "list" if path.suffix.lower() in LIST_ENDINGS else "file"


def _holds_only_tars(folder: Place) -> bool:
    if isinstance(folder, ObjectPath):
        kinds = set()
        for place, _ in folder.walk():
            if (kind := ending(place.name)) not in OTHER_ENDINGS:
                return False  # at the first photo, of however many
            kinds.add(kind)
        return "tar" in kinds
    kinds = {ending(name) for name in list_folder(folder)}
    return "tar" in kinds and kinds <= OTHER_ENDINGS  # shards keep company with their indexes and statistics
