"""picdesk blend, as a user runs it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

pytest.importorskip("torch")

from tests.command_line import picdesk
from tests.train.clips import Desks, needs_torch
from tests.train.conftest import desks  # noqa: F401
from tests.train.scenes import write_model

pytestmark = needs_torch


def test_half_and_half_is_what_nobody_asked_otherwise(desks: Desks, tmp_path: Path) -> None:  # noqa: F811
    said = picdesk("blend", desks.base, desks.blank, "-o", tmp_path / "out")
    assert said.code == 0, said.err
    assert f"0.5 x {desks.base} + 0.5 x {desks.blank}" in said.out
    again = picdesk("blend", desks.base, desks.blank, "-o", tmp_path / "out")
    assert again.code == 2
    assert "exists already" in again.err


def test_a_sweep_is_printed_and_drawn(desks: Desks, tmp_path: Path) -> None:  # noqa: F811
    asked = ["blend", desks.base, desks.blank, "--sweep", "0:1:0.5", "--data", desks.few, "--data", desks.day]
    asked += ["--measure", "MRR@100", "--split", "random", "--device", "cpu"]
    said = picdesk(*asked, "-o", tmp_path / "a")
    assert said.code == 0, said.err
    assert [line.split()[1] for line in said.out.splitlines() if " kept " in line] == ["kept"]
    assert "mean" in said.out.splitlines()[0]
    document = picdesk(*asked, "-o", tmp_path / "b", "--json").document
    assert [point["alpha"] for point in document["curve"]] == [0, 0.5, 1]
    assert document["value"] == max(point["mean"] for point in document["curve"])
    assert document["alpha"] == document["shares"][1]
    if importlib.util.find_spec("matplotlib"):
        assert picdesk(*asked, "-o", tmp_path / "c", "--plot", tmp_path / "curve.png").code == 0
        assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--alpha", "1.5"], "not between two models"),
        (["--sweep", "0:1"], "no sweep of alphas"),
        (["--sweep", "0:1:0.5"], "no pairs to choose by"),
        (["--soup", "onion"], "no soup called 'onion'"),
        (["--alpha", "0.5", "--soup", "uniform"], "three ways"),
        (["--measure", "luck"], "no measure is called 'luck'"),
    ],
)
def test_wrong_options_are_named(desks: Desks, tmp_path: Path, options: list[str], said: str) -> None:  # noqa: F811
    done = picdesk("blend", desks.base, desks.blank, "-o", tmp_path / "out", *options)
    assert done.code == 2
    assert said in done.err
    assert not list(tmp_path.iterdir())


def test_models_of_two_kinds(desks: Desks, tmp_path: Path) -> None:  # noqa: F811
    other = write_model(tmp_path / "siglip", kind="siglip")
    done = picdesk("blend", desks.base, other, "-o", tmp_path / "out")
    assert done.code == 2
    assert "differ in their parameters" in done.err
