"""picdesk train clip and picdesk train alignment, as a user runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from tests.command_line import picdesk
from tests.train.clips import Desks, needs_torch
from tests.train.conftest import desks  # noqa: F401

pytestmark = needs_torch


def test_a_published_recipe_and_every_setting_of_it(desks: Desks, tmp_path: Path) -> None:  # noqa: F811
    asked = ["train", "clip", desks.base, desks.few, "-o", tmp_path / "a", "--recipe", "leventakis-2023", "--json"]
    said = picdesk(*asked, "--device", "cpu", "--epochs", 2)
    assert said.code == 0, said.err
    assert said.document["pairs"] == 32
    assert said.document["held_back"] == 8
    assert said.document["steps"] == 2
    assert {"MRR@100", "R@1", "R@10"} <= set(said.document["after"])
    card = (tmp_path / "a" / "README.md").read_text()
    for setting in ('"rate": 3e-07', '"batch": 480', '"optimiser": "adam"', '"piece": 60', '"epochs": 2'):
        assert setting in card


def test_people_read_before_and_after(desks: Desks, tmp_path: Path) -> None:  # noqa: F811
    said = picdesk("train", "clip", desks.base, desks.few, "-o", tmp_path / "a", "--epochs", 1, "--device", "cpu")
    assert said.code == 0, said.err
    assert "before  MRR@100" in said.out
    assert "after   MRR@100" in said.out
    assert "32 pairs (64 texts), 8 held back" in said.out
    assert f"picdesk add ARCHIVE PHOTOS --encoder {tmp_path / 'a'}" in said.err


def test_the_trained_folder_is_an_encoder_and_is_trained_on(desks: Desks, tmp_path: Path) -> None:  # noqa: F811
    assert picdesk("train", "clip", desks.base, desks.few, "-o", tmp_path / "a", "--epochs", 1, "-q").code == 0
    assert picdesk("train", "clip", tmp_path / "a", desks.few, "-o", tmp_path / "b", "--epochs", 1, "-q").code == 0
    said = picdesk("add", tmp_path / "archive", desks.few.parent / "images", "--encoder", tmp_path / "b", "--json")
    assert said.document["kept"] == 40, said.err
    found = picdesk("search", tmp_path / "archive", "hut in the north", "--encoder", tmp_path / "b", "--json")
    assert found.document["hits"], found.err


def test_alignment_by_column_and_its_table(desks: Desks, tmp_path: Path) -> None:  # noqa: F811
    asked = ["train", "alignment", desks.base, desks.few, "--column", "label=section", "--device", "cpu", "--epochs", 3]
    said = picdesk(*asked, "-o", tmp_path / "a")
    assert said.code == 0, said.err
    assert "5 categories learned from 32 pairs, 8 held back" in said.out
    assert "predicted category" in said.out
    document = picdesk(*asked, "-o", tmp_path / "b", "--json", "--recipe", "song-2025-code").document
    assert document["categories"] == ["city", "homes", "traffic", "travel", "weather"]
    assert sum(each["stories"] for each in document["by_category"].values()) == 8


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--recipe", "nobody"], "no recipe called 'nobody'"),
        (["--set", "no-such=1"], "there is no setting 'no-such'"),
        (["--set", "rate"], "has no '='"),
        (["--set", "cosine=maybe"], "not yes or no"),
        (["--tower", "left"], "no tower called 'left'"),
        (["--loss", "margin"], "not trained with the loss 'margin'"),
        (["--batch", "1"], "has no negatives"),
        (["--piece", "0"], "pieces of 0"),
        (["--freeze", "40"], "40 are to be frozen"),
        (["--device", "abacus"], "no device called 'abacus'"),
        (["--share", "1.5"], "no share"),
        (["--resume"], "no run to go on with"),
    ],
)
def test_wrong_options_are_named_and_leave_nothing(
    desks: Desks,  # noqa: F811
    tmp_path: Path,
    options: list[str],
    said: str,
) -> None:
    done = picdesk("train", "clip", desks.base, desks.few, "-o", tmp_path / "out", *options)
    assert done.code == 2
    assert said in done.err
    assert not list(tmp_path.iterdir())


def test_a_card_that_is_not_here_is_missing(desks: Desks, tmp_path: Path) -> None:  # noqa: F811
    done = picdesk("train", "clip", desks.base, desks.few, "-o", tmp_path / "out", "--device", "cuda:99")
    assert done.code == 3
    assert "no card cuda:99" in done.err
    assert not list(tmp_path.iterdir())
