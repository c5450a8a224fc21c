"""NYTimes800k (Tran et al., Transform and Tell, CVPR 2020): the articles of its database, exported as JSON.

``mongoexport --collection articles`` writes one object a line into ``articles.json``; photos are
``images_processed/<hash>.jpg`` beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.articles.said import day_of
from picdesk.photos.sources.columns import text
from picdesk.train.pairs import read_json
from picdesk.train.pairs.beside import photos_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from picdesk.train.pairs.pair import Gathering

_NAMES, _PHOTOS = ("articles.json", "articles.jsonl"), ("images_processed", "images")


def recognises(where: Path) -> bool:
    """Whether it is a folder with the articles and the processed photos, or that file."""
    file = _file(where)
    return file is not None and (file.parent / _PHOTOS[0]).is_dir()


def gather(where: Path, columns: Mapping[str, str], into: Gathering) -> None:  # noqa: ARG001 - columns are fixed
    """Take each article's headline and first photo; the section's name is the label, where it has one."""
    file = _file(where) or where
    photos = photos_in(*(file.parent / name for name in _PHOTOS))
    for row in read_json(file):
        said = row if isinstance(row, dict) else {}
        headline, day = said.get("headline"), said.get("pub_date")
        named = headline.get("main") if isinstance(headline, dict) else headline
        photo = _first_photo(said)
        into.take(
            text(said.get("_id")),
            text(named),
            photo,
            photos.get(photo),
            day=day_of(day.get("$date") if isinstance(day, dict) else day),
            label=text(said.get("section_name") or said.get("news_desk")),
        )


def _first_photo(said: Mapping[str, Any]) -> str:
    sections = said.get("parsed_section")
    parts = [part for part in sections if isinstance(part, dict)] if isinstance(sections, list) else []
    return next((text(part.get("hash")) for part in parts if part.get("type") == "caption" and part.get("hash")), "")


def _file(where: Path) -> Path | None:
    if where.is_file():
        return where if where.name in _NAMES else None
    return next((where / name for name in _NAMES if (where / name).is_file()), None)
