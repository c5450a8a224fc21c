"""BreakingNews (Ramisa et al., TPAMI 2018): a list of articles, or an object a file, each with its photos.

An article has a ``title``, maybe ``topic`` and ``date``, and ``images`` with a ``path`` or ``url`` and a ``caption``.
A photo lies at its path below the data set's folder, or in ``images/`` under the name that ends its address.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from picdesk.articles.said import day_of
from picdesk.photos.sources.columns import text
from picdesk.train.pairs import read_json
from picdesk.train.pairs.beside import photos_in, uri_below

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from picdesk.train.pairs.pair import Gathering

_NAMES = ("breakingnews.json", "bn.json", "breakingnews.jsonl")


def recognises(where: Path) -> bool:
    """Whether it is the data set's file, or a folder with it or with one file an article in ``articles/``."""
    if where.is_file():
        return where.name in _NAMES
    return any((where / name).is_file() for name in _NAMES) or bool(list((where / "articles").glob("*.json"))[:1])


def gather(where: Path, columns: Mapping[str, str], into: Gathering) -> None:  # noqa: ARG001 - columns are fixed
    """Take each article's title and its first photo that is here; the topic is the label."""
    root = where.parent if where.is_file() else where
    photos = photos_in(root / "images")
    for number, said in enumerate(_articles(where), 1):
        named = [_photo(root, photos, image) for image in _images(said)]
        photo, uri = next((each for each in named if each[1]), named[0] if named else ("", None))
        story = text(said.get("id") or said.get("article_id") or said.get("_id")) or str(number)
        day = day_of(said.get("date") or said.get("published"))
        into.take(story, text(said.get("title")), photo, uri, day=day, label=text(said.get("topic")))


def _articles(where: Path) -> Iterator[Mapping[str, Any]]:
    files = [where] if where.is_file() else [where / name for name in _NAMES if (where / name).is_file()]
    for file in files or sorted((where / "articles").glob("*.json")):
        yield from (row if isinstance(row, dict) else {} for row in read_json(file))


def _images(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    images = said.get("images") or said.get("image") or []
    several = images if isinstance(images, list) else [images]
    return [image if isinstance(image, dict) else {"path": image} for image in several]


def _photo(root: Path, photos: Mapping[str, str], image: Mapping[str, Any]) -> tuple[str, str | None]:
    path = text(image.get("path") or image.get("file"))
    stem = PurePosixPath(urlsplit(text(image.get("url"))).path or path).stem
    return path or stem, uri_below(root, path) or photos.get(stem)
