"""A set that is looked through in YFCC100M, as das-ru-2025 does it: no truth, a photo an article, a ZIP of pictures."""

from __future__ import annotations

import csv
import shutil
import zipfile
from typing import TYPE_CHECKING

from picdesk.newsimages.runs import read_run
from picdesk.recipes.read import load_recipe, read_recipe
from picdesk.recipes.run import plan, reproduce
from tests.drawn.yfcc100m import make_shard, write_folders

if TYPE_CHECKING:
    from pathlib import Path

    from tests.recipes.drawn_set import World

RECIPE = """
[about]
title = "Das-RU, small"
authors = "Nobody"
event = "Tests"
system = "colours over YFCC100M"

[cost]
gigabytes = 0.1
hours = 0.1
machine = "any"

[data.drawn]
kind = "newsimages"
about = "drawn scenes"
folder = "drawn25"
edition = "2025"

[data.yfcc100m]
kind = "photos"
about = "made up"
folder = "yfcc100m"
format = "yfcc100m"

[sets.small]
data = "drawn"
parts = ["subset"]
test = "subset"
photos = "yfcc100m"
measures = []

[sets.large]
data = "drawn"
test = "*"
photos = "yfcc100m"
measures = []

[readings.reg]
is = "bakker-2025-reg"

[models.clip]
kind = "catalogue"
encoder = "knows-colours"

[runs.reg]
models = ["clip"]
reading = "reg"

[submission]
runs = ["reg"]
group = "Das-RU"
subset = "small"
"""
SMALL = 5


def test_every_article_gets_a_photo_of_yfcc100m(world: World, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(world.data, data)
    table = data / "drawn25/newsarticles.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    with (data / "drawn25/subset.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows[10 : 10 + SMALL])
    photos = make_shard(160)
    write_folders(data / "yfcc100m", photos)
    (data / "yfcc100m/yfcc100m_dataset").write_text("".join(photo.line for photo in photos))
    (data / "yfcc100m/yfcc100m.toml").write_text('licences = ["by", "by-sa"]')
    free = {photo.photo_id for photo in photos if "nd" not in photo.licence[1]}
    assert len(rows) < len(free) < len(photos)

    recipe = read_recipe(RECIPE, "small")
    done = reproduce(plan(recipe, tmp_path / "cache", data=data, models=world.models), tmp_path / "out")
    runs = {path.name: read_run(path) for path in (tmp_path / "out").glob("*.txt")}
    by_size = sorted(runs.values(), key=len)
    assert [len(run) for run in by_size] == [SMALL, len(rows)], list(runs)
    assert set(by_size[0].articles) == {row[0] for row in rows[10 : 10 + SMALL]}
    for run in by_size:
        assert all(photo in free for _, places in run for photo, _ in places)
    assert done.submission is not None
    with zipfile.ZipFile(next((tmp_path / "out").rglob("*.zip"))) as archive:
        names = [name for name in archive.namelist() if name.endswith(".png")]
    folders = {name.split("/")[-2] for name in names}
    assert folders == {"RET_reg_SMALL", "RET_reg_LARGE"}, names[:3]
    assert sum("SMALL" in name for name in names) == SMALL
    without = {one["article"] for one in done.submission["missing"]}  # an article whose first photos others took
    assert len(without) <= 3
    assert sum("LARGE" in name for name in names) == len(rows) - len(without)


def test_the_recipe_asks_for_the_same() -> None:
    recipe = load_recipe("das-ru-2025")
    assert {name: (one.parts, one.test, one.photos, one.measures) for name, one in recipe.sets.items()} == {
        "small": (("subset",), "subset", "yfcc100m", ()),
        "large": ((), "*", "yfcc100m", ()),
    }
    assert recipe.data["yfcc100m"].format == "yfcc100m"
