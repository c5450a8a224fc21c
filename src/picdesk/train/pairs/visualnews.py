"""VisualNews (Liu et al., EMNLP 2021): ``data.json`` with captions, topics, and paths of photos below its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.photos.sources.columns import text
from picdesk.train.pairs import read_json
from picdesk.train.pairs.beside import uri_below

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from picdesk.train.pairs.pair import Gathering

_NAMES = ("data.json", "origin/data.json")


def recognises(where: Path) -> bool:
    """Whether it is ``data.json``, or a folder with it."""
    return _file(where) is not None


def gather(where: Path, columns: Mapping[str, str], into: Gathering) -> None:  # noqa: ARG001 - columns are fixed
    """Take each photo with its caption, which is all the text that the list itself holds; the topic is the label."""
    file = _file(where) or where
    for row in read_json(file):
        said = row if isinstance(row, dict) else {}
        path = text(said.get("image_path"))
        into.take(
            text(said.get("id")),
            text(said.get("caption")),
            path,
            uri_below(file.parent, path),
            label=text(said.get("topic")),
        )


def _file(where: Path) -> Path | None:
    if where.is_file():
        return where if where.name == "data.json" else None
    return next((where / name for name in _NAMES if (where / name).is_file()), None)
