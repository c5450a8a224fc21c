"""One photo, named directly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import SourceError
from picdesk.photos.locate import printable
from picdesk.photos.sources.found import found_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from picdesk.objects import Place
    from picdesk.photos.sources.found import Found


@dataclass(frozen=True, slots=True)
class Single:
    """The one photo at ``path``, whatever its ending."""

    path: Place

    @property
    def label(self) -> str:
        """What messages call the source."""
        return printable(str(self.path))

    def __iter__(self) -> Iterator[Found]:
        yield found_file(self.path)

    def count(self) -> int:
        """One."""
        return 1


def open_single(where: Place, columns: Mapping[str, str]) -> Single:
    """A photo as a source.

    Raises:
        SourceError: it is no regular file, or ``columns`` are given.
    """
    if columns:
        raise SourceError(f"a photo has no columns: {printable(str(where))}", "Columns belong to a list of photos.")
    if not where.is_file():
        raise SourceError(f"not a regular file: {printable(str(where))}", "Name a photo, a list, a tar or a folder.")
    return Single(where)
