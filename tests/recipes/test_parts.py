"""Parts of the engine by themselves: hashes of data, keys, re-ranking, scenes."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from picdesk.errors import InputError
from picdesk.recipes.builder import SMALL_EPOCHS, Builder
from picdesk.recipes.content import REMEMBERED, Contents
from picdesk.recipes.read import load_recipe, read_recipe, recipe_names
from picdesk.recipes.run import plan, reproduce
from picdesk.recipes.scenes import COLOURS, PLACES, THINGS, draw_scenes
from picdesk.recipes.stages import KINDS, kind_named, make_stage
from picdesk.recipes.stages.rerank import _again
from picdesk.recipes.stages.spaces import settings_named
from picdesk.recipes.stages.training import settings_record
from tests.recipes.drawn_set import SHORT, World


def test_a_folder_is_what_is_in_its_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "a.txt").write_text("a")
        (tmp_path / name / "deep/b.txt").write_text("b")
    contents = Contents(tmp_path)
    first = contents.of(tmp_path / "one")
    assert contents.of(tmp_path / "two") == first
    (tmp_path / "two/.hidden").write_text("c")
    assert contents.of(tmp_path / "two") == first
    (tmp_path / "two/deep/b.txt").rename(tmp_path / "two/deep/c.txt")
    assert contents.of(tmp_path / "two") != first  # names count
    (tmp_path / "one/a.txt").write_text("A")
    changed = contents.of(tmp_path / "one")
    assert changed != first
    assert Contents(tmp_path).of(tmp_path / "one") == changed
    # What is remembered is not read again; what is remembered wrongly is forgotten.
    (tmp_path / REMEMBERED).write_text("{ no JSON")
    assert Contents(tmp_path).of(tmp_path / "one") == changed


def test_a_file_changed_within_its_size_is_seen_by_its_time(tmp_path: Path) -> None:
    file = tmp_path / "data" / "a.txt"
    file.parent.mkdir()
    file.write_text("one")
    contents = Contents(tmp_path)
    first = contents.of(file.parent)
    file.write_text("two")
    os.utime(file, ns=(1, 2_000_000_000))
    assert contents.of(file.parent) != first


@pytest.mark.parametrize("limit", ["MANY_FILES", "MANY_BYTES"])
def test_a_very_large_folder_is_known_by_its_listing(
    limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    for name in ("a", "b"):
        (tmp_path / "data" / name).write_text("one")
        os.utime(tmp_path / "data" / name, ns=(1, 1_000_000_000))
    contents = Contents(tmp_path)
    read = contents.of(tmp_path / "data")
    monkeypatch.setattr(f"picdesk.recipes.content.{limit}", 1)
    listed = contents.of(tmp_path / "data")
    assert listed != read
    (tmp_path / "data/a").write_text("two")
    os.utime(tmp_path / "data/a", ns=(1, 1_000_000_000))
    assert contents.of(tmp_path / "data") == listed  # the price: only size and time tell
    os.utime(tmp_path / "data/a", ns=(1, 2_000_000_000))
    assert contents.of(tmp_path / "data") != listed


def test_a_key_is_of_all_that_decides() -> None:
    below = make_stage("drawn", "draw", {"scenes": 10, "seed": 0})
    other = make_stage("drawn", "draw", {"scenes": 11, "seed": 0})
    stage = make_stage("pairs", "pairs", {"small": 0}, {"data:a": below}, {"data:b": "x"}, {"data:b": Path("b")})
    assert stage.key == make_stage("pairs", "by another name", {"small": 0}, {"data:a": below}, {"data:b": "x"}).key
    keys = {
        stage.key,
        make_stage("pairs", "pairs", {"small": 1}, {"data:a": below}, {"data:b": "x"}).key,
        make_stage("pairs", "pairs", {"small": 0}, {"data:a": other}, {"data:b": "x"}).key,
        make_stage("pairs", "pairs", {"small": 0}, {"data:a": below}, {"data:b": "y"}).key,
        make_stage("pairs", "pairs", {"small": 0}, {"data:c": below}, {"data:b": "x"}).key,
        make_stage("texts", "pairs", {"small": 0}, {"data:a": below}, {"data:b": "x"}).key,
    }
    assert len(keys) == 6


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_what_a_kind_has(kind: str) -> None:
    module = kind_named(kind)
    assert module.VERSION >= 1
    assert module.run.__doc__


def test_no_kind_is_called_so() -> None:
    with pytest.raises(ValueError, match="no kind of stage"):
        kind_named("training")


def test_the_first_photos_are_ordered_again_and_the_others_stay_below() -> None:
    places = [("a", 5.0), ("b", 4.0), ("c", 3.0), ("d", 2.0), ("e", 1.0)]
    again = _again(places, 3, {"a": 0.1, "b": 0.9, "c": 0.1}, 2.0)
    # a: 5 + 2 x 0, b: 4 + 2 x 0.8, c: 3 + 2 x 0
    assert again == [("b", pytest.approx(5.6)), ("a", 5.0), ("c", 3.0), ("d", 2.0), ("e", 1.0)]
    assert [name for name, _ in _again(places, 3, {}, 2.0)] == list("abcde")
    # A photo without a value is as good as the worst.
    assert [name for name, _ in _again(places, 2, {"b": 1.0}, 9.0)] == list("abcde")
    scores = [score for _, score in _again(places, 4, {"d": 0.9, "a": 0.2}, 3.0)]
    assert scores == sorted(scores, reverse=True)
    assert _again([], 3, {}, 1.0) == []


def test_weight_nothing_is_the_run_as_it_was(world: World, tmp_path: Path) -> None:
    ranked = SHORT.replace("[runs.dual]", '[runs.again]\nabout = "again"\nmodels = ["clip"]\nreading = "title"\n'
                           'rerank = "clip"\nrerank_depth = 7\nrerank_weight = 0.0\n\n[runs.dual]')  # fmt: skip
    chosen = plan(read_recipe(ranked, "drawn"), tmp_path / "cache", data=world.data, models=world.models)
    done = {one.run: one for one in reproduce(chosen, tmp_path / "out").measured}
    assert done["again"].measures == done["plain"].measures
    # By the same encoder with any weight the order cannot change either: both say the same.
    again = ranked.replace("rerank_weight = 0.0", "rerank_weight = 3.0")
    chosen = plan(read_recipe(again, "drawn"), tmp_path / "cache", data=world.data, models=world.models)
    done = {one.run: one for one in reproduce(chosen, tmp_path / "out").measured}
    assert done["again"].measures == done["plain"].measures


def test_scenes_are_drawn_evenly_and_always_the_same(tmp_path: Path) -> None:
    tables = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        table = draw_scenes(tmp_path / name, 240, np.random.default_rng(5))
        with table.open(encoding="utf-8") as file:
            tables.append(list(csv.DictReader(file)))
    assert tables[0] == tables[1]
    headlines = [row["headline"] for row in tables[0]]
    assert len(set(headlines)) == len(COLOURS) * len(THINGS) * len(PLACES) == 120
    assert all(headlines.count(each) == 2 for each in set(headlines))
    assert {row["category"] for row in tables[0]} == set(THINGS.values())
    for row in tables[0][:20]:
        first, second = ((tmp_path / name / "images" / f"{row['image']}.png").read_bytes() for name in ("one", "two"))
        assert first == second


def test_settings_of_trainings_are_checked() -> None:
    from picdesk.train.clip.settings import ClipSettings

    assert settings_record(ClipSettings, {"epochs": 3, "rate": 1, "temperature": 0.1}).epochs == 3
    with pytest.raises(InputError, match="no setting 'epoch'"):
        settings_record(ClipSettings, {"epoch": 3})
    for value in ("3", 3.5, True):
        with pytest.raises(InputError, match="the setting epochs"):
            settings_record(ClipSettings, {"epochs": value})
    spaces = settings_named(
        {"heads": ["memory", "perceptron"], "loss": "infonce", "seed": 3, "refit": False, "epochs": 4}
    )
    assert (spaces.heads, spaces.loss, spaces.loop.seed, spaces.loop.epochs) == (
        ("memory", "perceptron"),
        "infonce",
        3,
        4,
    )
    assert not spaces.refit
    with pytest.raises(InputError, match="no setting 'epoch'"):
        settings_named({"epoch": 3})


def test_that_nothing_can_be_measured_is_said_at_once(world: World, tmp_path: Path) -> None:
    table = (world.data / "drawn25/newsarticles.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "data/drawn25").mkdir(parents=True)
    (tmp_path / "data/drawn25/newsimages").symlink_to(world.data / "drawn25/newsimages")
    blank = [",".join([*line.split(",")[:4], "", ""]) if int(line.split(",")[0]) >= 60 else line for line in table[1:]]
    (tmp_path / "data/drawn25/newsarticles.csv").write_text("\n".join([table[0], *blank]), encoding="utf-8")
    did: list[str] = []
    chosen = plan(read_recipe(SHORT, "drawn"), tmp_path / "cache", data=tmp_path / "data", models=world.models)
    with pytest.raises(InputError, match="nothing says which photos belong to the test articles of all"):
        reproduce(chosen, tmp_path / "out", began=lambda _number, _all, stage: did.append(stage.kind))
    assert did == ["read"]


@pytest.mark.parametrize("name", recipe_names())
def test_small_trainings_are_brief_and_others_are_the_recipes_own(name: str) -> None:
    def epochs(small: int) -> dict[str, int | None]:
        graph = Builder(load_recipe(name, stand_in=True), {}, {}, lambda _: "", small).graph()
        trained = [stage for stage in graph.stages if stage.kind in ("spaces", "clip", "alignment", "tiny")]
        return {each.name: each.settings.get("settings", each.settings).get("epochs") for each in trained}

    models = load_recipe(name, stand_in=True).models
    own = {
        each: getattr(model, "settings", {}).get("epochs", getattr(model, "epochs", None))
        for each, model in models.items()
    }
    assert all(count is not None and count <= SMALL_EPOCHS for count in epochs(8).values())
    assert {count for count in epochs(0).values() if count} <= set(own.values())
