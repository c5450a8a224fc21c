"""Recipes are read; what makes no sense in one is said with its place and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from picdesk.errors import InputError
from picdesk.recipes.model import Spaces
from picdesk.recipes.read import load_recipe, read_recipe, recipe_names
from tests.recipes.drawn_set import SHORT, WHOLE


@pytest.mark.parametrize("name", recipe_names())
@pytest.mark.parametrize("stand_in", [False, True])
def test_what_comes_with_picdesk_makes_sense(name: str, stand_in: bool) -> None:
    recipe = load_recipe(name, stand_in=stand_in)
    assert recipe.name == name
    assert recipe.about.title
    assert all(model.about for model in recipe.models.values()) or stand_in
    assert all(run.about for run in recipe.runs.values())
    if stand_in:
        assert recipe.stand_in
        assert not recipe.published
        assert [data.folder for data in recipe.data.values() if data.kind == "newsimages"] == ["newsimages25"]
        assert {each.first for each in recipe.sets.values()} == {3500}  # all six on the same data
    else:
        assert all(data.ask for data in recipe.data.values())
        assert not recipe.stand_in


def test_the_projects_own_recipe_comes_last() -> None:
    assert recipe_names()[-1] == "picdesk-2026"
    assert recipe_names()[0].endswith("2022")


def test_a_file_of_ones_own_is_a_recipe(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SHORT, encoding="utf-8")
    assert load_recipe(str(tmp_path / "mine.toml")).name == "mine"
    with pytest.raises(InputError, match="no recipe is called 'yours'"):
        load_recipe("yours")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[about]", "[abuot]", "unknown key 'abuot'"),
        ('event = "Tests"', 'event = "Tests"\ncolour = "red"', "[about] has an unknown key 'colour'"),
        ('event = "Tests"', "", "does not say event"),
        ("gigabytes = 0.1", 'gigabytes = "much"', "'gigabytes' of"),
        ('kind = "catalogue"', 'kind = "oracle"', "is of the kind 'oracle'"),
        ('kind = "newsimages"', 'kind = "newspaper"', "the kind 'newspaper' is not there"),
        ('data = "drawn"', 'data = "painted"', "the data 'painted' is not there"),
        ('models = ["clip"]', 'models = ["clap"]', "the model 'clap' is not there"),
        ('models = ["clip"]', "models = []", "it has no model"),
        ('models = ["clip"]', 'models = "clip"', "'models' of"),
        ('reading = "title"', 'reading = "poem"', "the reading 'poem' is not there"),
        ('select = "headline"', 'select = "rhyme"', "no selection is called 'rhyme'"),
        ("dual_softmax = 20.0", "dual_softmax = -1", "a number makes no sense"),
        ("dual_softmax = 20.0", "dual_softmax = true", "'dual_softmax' of"),
        ("first = 60", "first = 60\nshare = 0.2", "share 0.2 and first 60"),
        ('set = "all", values', 'set = "none", values', "of no run and set"),
        ("values = [0.25, 4]", "values = [0.25]", "has 1 values"),
        ('label = "somebody else", ', "", "has no name"),
        ('run = "plain", set', 'run = "plane", set', "of no run and set"),
        ("[stand_in]", "[stand_in]\nwithout = ['models.clop']", "there is no models.clop"),
        ("[runs.plain]", "[runs.plain", "is no TOML"),
    ],
)
def test_what_makes_no_sense_is_refused(old: str, new: str, said: str) -> None:
    assert old in SHORT
    with pytest.raises(InputError) as error:
        read_recipe(SHORT.replace(old, new, 1), "drawn", stand_in=old == "[stand_in]")
    assert said in error.value.message
    assert error.value.hint


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('model = "tiny"\npairs = ["own"]', 'model = "between"\npairs = ["own"]', "is made of itself"),
        ('pairs = ["own"]', 'pairs = ["everything"]', "the pairs 'everything' is not there"),
        ('models = ["tiny", "tuned"]', 'models = ["tiny"]', "is no blend"),
        ('sweep = "0:1:0.5"', 'sweep = "0:1:0.5"\nalpha = 0.5', "is no blend"),
        ('before = "zero-shot"', 'before = "never"', "the run 'never' is not there"),
        ('sides = ["test", "train"]', 'sides = ["left"]', "the side 'left' is not there"),
        ('rerank = "tuned"', 'rerank = "rerun"', "the model 'rerun' is not there"),
        ('runs = ["joined"]', 'runs = ["split"]', "the run 'split' is not there"),
    ],
)
def test_so_are_names_of_nothing(old: str, new: str, said: str) -> None:
    assert old in WHOLE
    with pytest.raises(InputError) as error:
        read_recipe(WHOLE.replace(old, new, 1), "drawn")
    assert said in error.value.message


def test_a_stand_in_is_laid_over_the_recipe() -> None:
    over = (
        WHOLE
        + """
[stand_in]
stands_for = [{ what = "much", by = "little" }]
without = ["submission", "runs.aligned"]

[stand_in.models.joined]
settings = { heads = ["memory"] }

[stand_in.models.tiny]
kind = "catalogue"
encoder = "seer"

[stand_in.sets.all]
first = 10
"""
    )
    recipe = read_recipe(over, "drawn", stand_in=True)
    joined, tiny = recipe.models["joined"], recipe.models["tiny"]
    assert isinstance(joined, Spaces)
    assert (joined.texts, joined.settings) == (("reader",), {"heads": ["memory"]})  # changed key by key
    assert type(tiny).__name__ == "Catalogued"  # named a kind: replaced
    assert recipe.sets["all"].first == 10
    assert recipe.submission is None
    assert "aligned" not in recipe.runs
    whole = read_recipe(over, "drawn")
    assert whole.sets["all"].first == 60
    assert whole.submission is not None


def test_a_recipe_without_a_stand_in_says_so() -> None:
    with pytest.raises(InputError, match="has no stand-in"):
        read_recipe(WHOLE, "drawn", stand_in=True)


def test_a_published_reading_is_taken_with_changes() -> None:
    text = SHORT.replace(
        'texts = { select = "headline" }', 'is = "vu-2022-t1"\ntranslate = "en"\ntexts = { fit = "pool" }'
    )
    reading = read_recipe(text, "drawn").readings["title"]
    assert reading.texts.select == "first-sentences"
    assert reading.texts.fit == "pool"
    assert reading.translate == "en"
    with pytest.raises(InputError, match="no reading is called 'vu'"):
        read_recipe(text.replace("vu-2022-t1", "vu"), "drawn")
