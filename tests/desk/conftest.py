"""A desk over drawn photos with captions, credits and dates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from picdesk.api import Archive, open_archive
from picdesk.desk.settings import DeskSettings
from tests.desk.server import Serving, serving
from tests.drawn.scenes import draw_scene, jpeg_bytes

PLACES = ("Oslo", "Lima", "Cairo", "Quito")
THINGS = ("fire", "flood", "match", "vote", "storm", "trial", "strike", "parade", "fair", "wedding")
CREDITS = ("Reuters", "AP", "dpa", None)


@pytest.fixture(scope="session")
def captioned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of 40 drawn photos that say what they show; not to be changed."""
    folder = tmp_path_factory.mktemp("captioned")
    rows = []
    for number in range(40):
        thing, place = THINGS[number % 10], PLACES[number // 10]
        (folder / f"p{number}.jpg").write_bytes(jpeg_bytes(draw_scene(number)))
        row = {
            "file": f"p{number}.jpg",
            "id": f"p{number}",
            "caption": f"A {thing} in the city of {place}",
            "keywords": [thing, "city"],
            "place": place,
            "credit": CREDITS[number % 4],
            "rights": "Editorial use only" if number % 3 == 0 else None,
            "taken": f"20{10 + number % 15}-05-17",
        }
        rows.append(json.dumps({key: value for key, value in row.items() if value is not None}))
    (folder / "list.jsonl").write_text("\n".join(rows), encoding="utf-8")
    return folder / "list.jsonl"


@pytest.fixture(scope="session")
def desk_archive(captioned: Path, clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """An archive of them, filled by a tiny encoder; not to be changed."""
    archive = open_archive(tmp_path_factory.mktemp("desk") / "archive", clip)
    archive.add(captioned)
    return archive


@pytest.fixture(scope="session")
def desk_settings(desk_archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> DeskSettings:
    """An open desk over it; change with ``dataclasses.replace``."""
    return DeskSettings(archive=str(desk_archive.path), thumbnails=tmp_path_factory.mktemp("thumbnails"))


@pytest.fixture(scope="session")
def desk(desk_settings: DeskSettings) -> Iterator[Serving]:
    """An open desk that serves for the whole run."""
    with serving(desk_settings) as served:
        yield served
