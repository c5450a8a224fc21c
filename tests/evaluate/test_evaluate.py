"""Runs and truths as users give them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from picdesk.errors import InputError
from picdesk.evaluate.evaluate import DEFAULT, evaluate
from picdesk.newsimages.runs import make_run, read_run
from picdesk.records import Truth

RUN = make_run("mine", {"1": [("a", 3.0), ("b", 2.0)], "2": [("b", 1.0)], "4": [("d", 1.0)]})
TRUTH = Truth(name="truth.csv", gains={"1": {"b": 1}, "2": {"b": 1}, "3": {"c": 1}, "4": {"a": 1}})


def test_every_article_of_the_truth_counts() -> None:
    told = evaluate(RUN, TRUTH)
    assert tuple(told.means) == DEFAULT
    assert told.articles == ("1", "2", "3", "4")
    assert told.values["MRR@100"].tolist() == [0.5, 1, 0, 0]
    assert told.means["MRR@100"] == 0.375
    assert told.means["R@1"] == 0.25
    assert told.first_rank.tolist() == [2, 1, np.inf, np.inf]
    assert (told.run, told.missing, told.unknown) == ("mine", 1, 0)
    low, high = told.intervals["MRR@100"]
    assert 0 <= low < 0.375 < high <= 1


def test_the_generator_decides() -> None:
    first = evaluate(RUN, TRUTH, ["MRR"], generator=np.random.default_rng(0)).intervals
    assert evaluate(RUN, TRUTH, ["MRR"]).intervals == first
    assert evaluate(RUN, TRUTH, ["MRR"], resamples=0).intervals == {}


def test_an_unknown_article_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "run.tsv"
    path.write_text("1 Q0 a 1 9 x\n\n2 Q0 b 1 9 x\n77 Q0 b 1 9 x\n78 Q0 b 1 9 x\n")
    run = read_run(path)
    with pytest.raises(
        InputError, match=r"run\.tsv, line 4: article 77 is not in the truth truth\.csv \(nor 1 others\)"
    ):
        evaluate(run, TRUTH)
    told = evaluate(run, TRUTH, ["R@1"], ignore_unknown=True)
    assert (told.unknown, told.missing, told.means["R@1"]) == (2, 2, 0.25)


def test_a_run_over_other_articles_is_an_error_even_so() -> None:
    run = make_run("other", {"77": [("a", 1.0)]})
    with pytest.raises(InputError, match="answers none of the 4 articles"):
        evaluate(run, TRUTH, ignore_unknown=True)


def test_no_measure_is_an_error() -> None:
    with pytest.raises(InputError, match="no measure was asked for"):
        evaluate(RUN, TRUTH, [])


def test_a_measure_twice_counts_once() -> None:
    assert list(evaluate(RUN, TRUTH, ["mrr@10", "MRR@10", "RR@10"]).means) == ["MRR@10"]
