"""``picdesk recipes`` and ``picdesk reproduce`` as a user has them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import picdesk
from tests.recipes.drawn_set import SHORT, World, make_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    (tmp_path / "drawn.toml").write_text(SHORT, encoding="utf-8")
    return tmp_path / "drawn.toml"


def test_the_recipes_are_listed() -> None:
    said = picdesk("recipes")
    assert said.code == 0
    assert "certh-2022" in said.out
    assert "picdesk-2026" in said.out
    rows = picdesk("recipes", "--json").document["recipes"]
    assert {"certh-2022", "picdesk-2026"} <= {row["name"] for row in rows}
    assert all(row["runs"] for row in rows)
    assert picdesk("recipes", "-q").out.split() == [row["name"] for row in rows]


def test_show_says_what_a_recipe_needs_and_where_to_ask(world: World, recipe: Path) -> None:
    said = picdesk("recipes", "show", recipe, "--data", world.data)
    assert said.code == 0
    for each in (
        "A system of drawn scenes",
        "1: colours",
        "takes: 0.1 GB",
        "Table 1",
        "from the tests",
        "somebody else",
    ):
        assert each in said.out
    needs = {need["name"]: need for need in picdesk("recipes", "show", recipe, "--json").document["needs"]}
    assert not needs["drawn"]["here"]
    assert needs["drawn"]["ask"] == "Ask the tests"
    with_both = picdesk("recipes", "show", recipe, "--data", world.data, "--models", world.models, "--json").document
    assert all(need["here"] for need in with_both["needs"])
    assert with_both["published"][0]["rows"][1]["values"] == [None, 5.0]


def test_show_of_a_stand_in_tells_no_published_figure(recipe: Path) -> None:
    said = picdesk("recipes", "show", recipe, "--stand-in")
    assert "STAND-IN" in said.out
    assert "Table 1" not in said.out
    assert picdesk("recipes", "show", recipe, "--stand-in", "--json").document["published"] == []


def test_reproduce_prints_ours_beside_the_published(world: World, recipe: Path, tmp_path: Path) -> None:
    arguments = ["reproduce", recipe, "--data", world.data, "--models", world.models, "-o", tmp_path / "out"]
    said = picdesk(*arguments)
    assert said.code == 0, said.err
    assert "Table 1" in said.out
    row = next(line for line in said.out.splitlines() if line.startswith("1: colours"))
    assert " 0.25 " in row
    assert " to " in row
    assert "7 stages done, 0 were there" in said.err
    assert (tmp_path / "out/drawn-plain-all.txt").is_file()
    again = picdesk(*arguments, "--json", "-q")
    assert again.err == ""
    assert again.document["stages"] == {"done": 0, "cached": 7}
    assert again.document == json.loads((tmp_path / "out/drawn.json").read_text(encoding="utf-8"))


def test_a_stand_in_is_labelled_everywhere(world: World, recipe: Path, tmp_path: Path) -> None:
    arguments = ["reproduce", recipe, "--stand-in", "--data", world.data, "--models", world.models]
    said = picdesk(*arguments, "-o", tmp_path / "out", "--small", "-q")
    assert said.code == 0, said.err
    assert said.out.startswith("STAND-IN")
    assert "STAND-IN run" in said.out
    for published in ("Table 1", "somebody else", "0.9", "published"):
        assert published not in said.out
    assert all(path.name.startswith("STAND-IN") for path in (tmp_path / "out").iterdir() if path.name != "stages")


def test_a_dry_run_lists_stages_and_does_none(world: World, recipe: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["reproduce", recipe, "--data", world.data, "--models", world.models, "-o", out]
    said = picdesk(*arguments, "--dry-run")
    assert said.code == 0
    assert said.out.count("to do") == 8  # seven stages, and the sum
    assert "7 stages, 7 to do" in said.out
    assert not list(out.glob("*.txt"))
    picdesk(*arguments, "-q")
    recipe.write_text(SHORT.replace("20.0", "10.0"), encoding="utf-8")
    rows = picdesk(*arguments, "--dry-run", "--json").document["stages"]
    assert [row["stage"] for row in rows if not row["cached"]] == [
        "rank dual on all, test",
        "measure dual on all, test",
    ]


def test_what_is_missing_is_named_at_once_before_anything_starts(recipe: Path, tmp_path: Path) -> None:
    said = picdesk("reproduce", recipe, "--data", tmp_path, "-o", tmp_path / "out")
    assert said.code == 3
    assert "2 things are missing" in said.err
    assert "Ask the tests" in said.err
    assert "knows-colours" in said.err
    assert not list((tmp_path / "out/stages").glob("*-*"))
    dry = picdesk("reproduce", recipe, "--data", tmp_path, "-o", tmp_path / "out", "--dry-run")
    assert dry.code == 3
    assert "7 stages, 7 to do" in dry.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["reproduce", "nothing"], 2, "no recipe is called 'nothing'"),
        (["recipes", "show", "nothing"], 2, "no recipe is called 'nothing'"),
        (["reproduce", "certh-2022", "--small"], 2, "Add --stand-in"),
    ],
)
def test_wrong_usage(arguments: list[str], code: int, said: str, tmp_path: Path) -> None:
    more = ["-o", tmp_path] if arguments[0] == "reproduce" else []
    ended = picdesk(*arguments, *more)
    assert ended.code == code
    assert said in ended.err
