"""The data set of MediaEval NewsImages 2025: ``newsarticles.csv`` beside a folder ``newsimages``.

A photo is ``newsimages/<image_id>.jpg`` and is named by its ``image_id``. Its words are those of the file name in its
``image_url`` and no others: the article that stands in the same row is the answer to be found, so neither its title nor
its tags are ever taken for the photo's caption.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import SourceError
from picdesk.photos.locate import printable, to_uri
from picdesk.photos.sources.columns import have, text
from picdesk.photos.sources.folder import list_folder
from picdesk.photos.sources.found import found_file, refused
from picdesk.photos.sources.kinds import PHOTO_ENDINGS, ending
from picdesk.photos.sources.rows import read_columns, read_rows
from picdesk.photos.words import file_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from picdesk.objects import Place
    from picdesk.photos.sources.found import Found

ARTICLES, PHOTOS = "newsarticles.csv", "newsimages"


@dataclass(frozen=True, slots=True)
class NewsImages2025:
    """The photos of the data set: those that rows name, in their order and once each, then the others by name."""

    root: Place

    @property
    def label(self) -> str:
        """What messages call the source."""
        return printable(str(self.root))

    def __iter__(self) -> Iterator[Found]:
        folder = self.root / PHOTOS
        on_disk: dict[str, Place] = {}
        for name in list_folder(folder):
            if ending(name) in PHOTO_ENDINGS:
                on_disk.setdefault((folder / name).stem, folder / name)
        named: set[str] = set()
        for line, row in read_rows(self.root / ARTICLES, ()):
            uri = to_uri(self.root / ARTICLES, f"line={line}")
            image_id = "" if isinstance(row, str) else text(row["image_id"])
            if isinstance(row, str):
                yield refused(uri, row)
            elif not image_id:
                yield refused(uri, f"line {line} names no image")
            elif image_id not in named:
                named.add(image_id)
                words = file_words(text(row.get("image_url")))
                if image_id in on_disk:
                    yield found_file(on_disk[image_id], name=image_id, file_words=words)
                else:
                    yield refused(uri, f"no such file in {PHOTOS}", name=image_id, file_words=words)
        for image_id, path in on_disk.items():
            if image_id not in named:
                yield found_file(path, name=image_id, file_words="")

    def count(self) -> int:
        """How many photos and complaints; reads the rows, no photo."""
        return sum(1 for _ in self)


def is_newsimages2025(where: Place) -> bool:
    """Whether a folder holds the data set."""
    return (where / ARTICLES).is_file() and (where / PHOTOS).is_dir()


def open_newsimages2025(where: Place, columns: Mapping[str, str]) -> NewsImages2025:
    """The data set's folder as a source.

    Raises:
        SourceError: a part of it is missing or unreadable, or ``columns`` are given.
    """
    if columns:
        raise SourceError("the columns of NewsImages 2025 are fixed", "Leave columns out, or name the list itself.")
    if not is_newsimages2025(where):
        raise SourceError(
            f"not the NewsImages 2025 data set: {printable(str(where))}", f"It holds {ARTICLES} and a folder {PHOTOS}."
        )
    present = read_columns(where / ARTICLES)
    if "image_id" not in present:
        raise SourceError(f"no column image_id in {printable(str(where / ARTICLES))}", have(present))
    list_folder(where / PHOTOS)
    return NewsImages2025(where)
