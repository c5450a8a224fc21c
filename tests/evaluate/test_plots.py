"""Plots: files of the right kind, the right figures in them, any number of runs, and no display."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from unittest import mock

import numpy as np
import pytest
from PIL import Image

from picdesk.errors import ExtraMissing
from picdesk.evaluate.compare import Comparison, compare
from picdesk.evaluate.curves import PLACES, recall_curves
from picdesk.evaluate.evaluate import evaluate
from picdesk.evaluate.plots import draw, draw_curves, draw_ranks
from tests.command_line import ENVIRONMENT
from tests.evaluate.made_up import random_runs, run_of, truth_of

pytest.importorskip("matplotlib")


def comparison(runs: int, articles: int = 40) -> Comparison:
    made, truth = random_runs(runs, articles)
    return compare(made, truth, rounds=200)


def test_curves_are_recalls_inside_their_bands() -> None:
    runs, truth = random_runs(2)
    curves = recall_curves(compare(runs, truth, rounds=200))
    for run, curve in zip(runs, curves, strict=True):
        means = evaluate(run, truth, [f"R@{places}" for places in PLACES], resamples=0).means
        assert curve.mean.tolist() == pytest.approx(list(means.values()))
        assert (curve.low <= curve.mean).all()
        assert (curve.mean <= curve.high).all()
        assert (np.diff(curve.mean) >= 0).all()


@pytest.mark.parametrize(("format", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_formats(format: str, start: bytes) -> None:
    assert draw(comparison(2), format).startswith(start)


def test_one_comparison_one_picture() -> None:
    compared = comparison(2)
    assert draw(compared) == draw(compared)


@pytest.mark.parametrize("runs", [2, 9])
def test_any_number_of_runs(runs: int) -> None:
    picture = Image.open(io.BytesIO(draw(comparison(runs))))
    assert picture.width > 1000
    assert np.asarray(picture.convert("L")).std() > 10  # something is drawn


def test_points_lie_where_the_ranks_are() -> None:
    """From rank 90 to 10: blue, left and above the diagonal; from 10 to 90: orange, right and below it."""

    def centre(first: int, second: int, colour: tuple[int, int, int]) -> tuple[float, float]:
        runs = [run_of("a", {"1": first}), run_of("b", {"1": second})]
        compared = compare(runs, truth_of(["1"]), rounds=200)
        drawn = Image.open(io.BytesIO(draw_ranks(compared, compared.changes[0]))).convert("RGB")
        pixels = np.asarray(drawn).astype(int)
        rows, columns = np.nonzero(np.abs(pixels - colour).sum(axis=2) < 120)
        below_the_legend = rows > len(pixels) * 0.2
        return rows[below_the_legend].mean() / drawn.height, columns[below_the_legend].mean() / drawn.width

    row, column = centre(90, 10, (0x00, 0x72, 0xB2))
    assert 0.4 < row < 0.6
    assert column < 0.4
    row, column = centre(10, 90, (0xD5, 0x5E, 0x00))
    assert row > 0.65
    assert 0.5 < column < 0.7


def test_names_are_no_formulas_and_none_is_left_out() -> None:
    runs = [run_of("_hidden $\\frac{1}$", {"1": 3}), run_of("x" * 300, {"1": None})]
    compared = compare(runs, truth_of(["1"]), rounds=200)
    assert draw_curves(compared).startswith(b"\x89PNG")
    assert draw(compared).startswith(b"\x89PNG")
    drawn = draw_curves(compared, "svg").decode()
    assert len(re.findall(r'id="legend_1"', drawn)) == 1
    assert len(re.findall(r"<!--.*hidden.*-->", drawn)) == 1


def test_runs_that_find_nothing() -> None:
    runs = [run_of(name, {"1": None, "2": None}) for name in ("a", "b")]
    assert draw(compare(runs, truth_of(["1", "2"]), rounds=200)).startswith(b"\x89PNG")


def test_without_matplotlib_the_extra_is_named() -> None:
    compared = comparison(2)
    with mock.patch.dict(sys.modules, {"matplotlib": None}), pytest.raises(ExtraMissing) as raised:
        draw(compared)
    assert raised.value.hint == "pip install 'picdesk[report]'"


def test_importing_plots_does_not_import_matplotlib() -> None:
    code = "import sys, picdesk.evaluate.outputs; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
