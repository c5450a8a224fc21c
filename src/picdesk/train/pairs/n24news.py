"""N24News (Wang et al., LREC 2022): ``nytimes_dataset.json``, photos beside it as ``images/<image_id>.jpg``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.photos.sources.columns import text
from picdesk.train.pairs import read_json
from picdesk.train.pairs.beside import photos_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from picdesk.train.pairs.pair import Gathering

NAMES = ("nytimes_dataset.json", "nytimes_train.json", "nytimes_dev.json", "nytimes_test.json")


def recognises(where: Path) -> bool:
    """Whether it is the data set's file, or a folder with it."""
    return bool(_files(where))


def gather(where: Path, columns: Mapping[str, str], into: Gathering) -> None:  # noqa: ARG001 - columns are fixed
    """Take each article's headline and photo; its section is the label."""
    for file in _files(where) or [where]:
        photos = photos_in(file.parent / "images", file.parent / "imgs")
        for row in read_json(file):
            said = row if isinstance(row, dict) else {}
            photo = text(said.get("image_id"))
            headline = text(said.get("headline")) or text(said.get("abstract"))
            into.take(photo, headline, photo, photos.get(photo), label=text(said.get("section")))


def _files(where: Path) -> list[Path]:
    if where.is_file():
        return [where] if where.name in NAMES else []
    return [where / name for name in NAMES if (where / name).is_file()]
