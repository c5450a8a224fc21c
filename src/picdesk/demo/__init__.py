"""The whole job in one go, offline: a small archive of real photos, three stories, their pictures.

The photos come inside scikit-image's wheel (extra ``demo``); who made them and under which terms is in ``photos.csv``.
"""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.api import open_archive
from picdesk.articles import article_from_text
from picdesk.errors import ExtraMissing
from picdesk.search.sheet import contact_sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from picdesk.archive.add import Added
    from picdesk.records import Ranking

STORIES = ("launch", "cell", "coins")
HITS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the demo made.

    Attributes:
        archive: the archive's folder.
        photos: the list that filled it, beside the photos.
        sheet: the answers as an HTML page.
        added: what came of filling it.
        rankings: one answer a story.
    """

    archive: Path
    photos: Path
    sheet: Path
    added: Added
    rankings: tuple[Ranking, ...]


def run_demo(folder: Path, *, progress: Callable[[Added], None] = lambda _: None) -> Demo:
    """Copy the photos into ``folder``, fill an archive with them and search it with the stories.

    Raises:
        ExtraMissing: scikit-image is not installed.
    """
    photos = _copy_photos(folder / "photos")
    where = folder / "archive"
    archive = open_archive(where)
    added = archive.add(photos, progress=progress)
    stories = [files("picdesk.demo").joinpath("stories", f"{name}.txt").read_text(encoding="utf-8") for name in STORIES]
    rankings = tuple(archive.search(article_from_text(story), k=HITS) for story in stories)
    sheet = folder / "answer.html"
    sheet.write_text(contact_sheet(rankings, title="Picdesk demo: three stories and their pictures"), encoding="utf-8")
    return Demo(archive=where, photos=photos, sheet=sheet, added=added, rankings=rankings)


def _copy_photos(folder: Path) -> Path:
    found = find_spec("skimage")
    if found is None or found.origin is None:
        raise ExtraMissing(
            "the demo's photos come with scikit-image, which is not installed", "pip install 'picdesk[demo]'"
        )
    source = Path(found.origin).parent / "data"
    folder.mkdir(parents=True, exist_ok=True)
    listed = files("picdesk.demo").joinpath("photos.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(listed.splitlines()):
        if not (folder / row["file"]).exists():
            shutil.copy2(source / row["file"], folder / row["file"])
    target = folder / "photos.csv"
    if not target.exists() or target.read_text(encoding="utf-8") != listed:
        target.write_text(listed, encoding="utf-8")
    return target
