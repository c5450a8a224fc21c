"""Comparisons as a whole: the tests by hand, marks, odd runs."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy import stats

from picdesk.errors import InputError
from picdesk.evaluate.article_list import ArticleList
from picdesk.evaluate.compare import compare
from picdesk.evaluate.evaluate import evaluate
from picdesk.evaluate.holm import holm
from tests.evaluate.made_up import random_ranks, random_runs, run_of, truth_of

ROUNDS = 2000


def test_means_are_those_of_evaluate() -> None:
    runs, truth = random_runs(3)
    compared = compare(runs, truth, rounds=ROUNDS)
    for run, means in zip(runs, compared.overall.means, strict=True):
        assert dict(zip(compared.measures, means, strict=True)) == evaluate(run, truth, resamples=0).means


def test_every_pair_is_tested_and_corrected_by_measure() -> None:
    runs, truth = random_runs(4)
    compared = compare(runs, truth, measures=["R@10", "MRR@100"], rounds=ROUNDS)
    assert len(compared.overall.contests) == 6 * 2
    for measure in compared.measures:
        contests = [contest for contest in compared.overall.contests if contest.measure == measure]
        assert [(contest.against, contest.run) for contest in contests] == [
            (runs[first].name, runs[second].name) for first in range(4) for second in range(first + 1, 4)
        ]
        assert [contest.p_holm for contest in contests] == holm([contest.p for contest in contests]).tolist()


def test_a_measure_that_is_named_twice_is_tested_once() -> None:
    runs, truth = random_runs(2)
    once, twice = (compare(runs, truth, measures=names, rounds=ROUNDS) for names in (["R@10"], ["R@10", "recall@10"]))
    assert twice.measures == ("R@10",)
    assert twice.overall == once.overall


def test_recall_of_single_photos_is_mcnemars_test() -> None:
    runs, truth = random_runs(2)
    (contest,) = compare(runs, truth, measures=["R@10"], rounds=ROUNDS).overall.contests
    first, second = (evaluate(run, truth, ["R@10"], resamples=0).values["R@10"] for run in runs)
    gained, lost = int((second > first).sum()), int((second < first).sum())
    assert contest.exact
    assert contest.p == pytest.approx(stats.binomtest(gained, gained + lost).pvalue)
    assert contest.difference == pytest.approx((gained - lost) / len(first))


def test_against_a_baseline_only_its_pairs_are_tested() -> None:
    runs, truth = random_runs(4)
    compared = compare(runs, truth, baseline="run-2", measures=["MRR@100"], rounds=ROUNDS)
    assert [(contest.against, contest.run) for contest in compared.overall.contests] == [
        ("run-2", "run-0"),
        ("run-2", "run-1"),
        ("run-2", "run-3"),
    ]
    # The same seed gives a pair the same p-value, whatever else is compared; only the correction differs.
    pair = compare([runs[2], runs[3]], truth, measures=["MRR@100"], rounds=ROUNDS).overall.contests[0]
    assert pair.p == compared.overall.contests[2].p


def test_sums_and_means_are_tested_alike() -> None:
    runs, truth = random_runs(2)
    counted, shared = compare(runs, truth, measures=["matchIn100", "R@100"], rounds=ROUNDS).overall.contests
    articles = len(truth.gains)
    assert counted.p == shared.p
    assert counted.difference == pytest.approx(shared.difference * articles)
    assert (counted.low, counted.high) == pytest.approx((shared.low * articles, shared.high * articles))


def test_of_the_median_rank_less_is_better() -> None:
    ids = [str(number) for number in range(40)]
    good = run_of("good", dict.fromkeys(ids, 2))
    bad = run_of("bad", dict.fromkeys(ids, 30))
    (contest,) = compare([bad, good], truth_of(ids), measures=["MedianRank"], rounds=ROUNDS).overall.contests
    assert (contest.difference, contest.low, contest.high) == (-28, -28, -28)
    assert contest.better
    assert contest.p < 0.01


def test_medians_that_are_infinite() -> None:
    ids = [str(number) for number in range(20)]
    nothing = run_of("nothing", dict.fromkeys(ids))
    little = run_of("little", dict.fromkeys(ids) | {"3": 1})
    good = run_of("good", dict.fromkeys(ids, 3))
    compared = compare([nothing, little, good], truth_of(ids), measures=["MedianRank", "R@1"], rounds=ROUNDS)
    by_pair = {(one.against, one.run): one for one in compared.overall.contests if one.measure == "MedianRank"}
    assert by_pair["nothing", "little"].difference == 0
    assert by_pair["nothing", "little"].p == 1
    assert by_pair["nothing", "good"].difference == -np.inf
    assert by_pair["nothing", "good"].p < 0.05
    for one in compared.overall.contests:
        assert not np.isnan([one.difference, one.low, one.high, one.p, one.p_holm, one.p_bootstrap]).any()


def test_equal_runs() -> None:
    ids = [str(number) for number in range(30)]
    ranks = random_ranks(1, ids)
    compared = compare([run_of("a", ranks), run_of("b", ranks)], truth_of(ids), rounds=ROUNDS)
    assert {contest.p_holm for contest in compared.overall.contests} == {1.0}
    assert compared.extremes[0].wins == compared.extremes[0].losses == ()
    assert compared.notes == ("a and b do not differ in any article",)
    assert compared.changes[0].improved == compared.changes[0].decreased == 0


def test_one_article() -> None:
    compared = compare([run_of("a", {"1": 9}), run_of("b", {"1": 1})], truth_of(["1"]), rounds=ROUNDS)
    assert {contest.p for contest in compared.overall.contests} == {1.0}
    assert compared.changes[0].mean_improvement == 8


def test_runs_of_different_articles_share_the_truths() -> None:
    truth = truth_of(["1", "2", "3", "4"])
    first, second = run_of("first", {"1": 1, "2": 1}), run_of("second", {"3": 1, "4": 1, "2": 5})
    compared = compare([first, second], truth, measures=["R@1"], rounds=ROUNDS)
    assert compared.overall.means == ((0.5,), (0.5,))
    assert compared.notes == (
        "first lacks 2 of the 4 articles; they are not found",
        "second lacks 1 of the 4 articles; they are not found",
    )
    assert (compared.changes[0].lost, compared.changes[0].newly_found, compared.changes[0].decreased) == (1, 2, 1)


def test_articles_that_the_truth_does_not_have() -> None:
    truth = truth_of(["1", "2"])
    runs = [run_of("a", {"1": 1, "2": 1, "99": 1}), run_of("b", {"1": 1, "2": 2})]
    with pytest.raises(InputError, match="article 99 is not in the truth"):
        compare(runs, truth, rounds=ROUNDS)
    compared = compare(runs, truth, ignore_unknown=True, rounds=ROUNDS)
    assert "a: 1 articles that the truth does not have are left out" in compared.notes


def test_slices_are_corrected_together_and_add_up() -> None:
    runs, truth = random_runs(3)
    rows = {article: {"id": article, "kind": "even" if int(article) % 2 == 0 else "odd"} for article in truth.gains}
    listed = ArticleList("list", ("id", "kind"), rows)
    compared = compare(runs, truth, measures=["MRR@100"], listed=listed, by=["kind"], rounds=ROUNDS)
    (sliced,) = compared.slices
    assert [(one.name, one.articles) for one in sliced.groups] == [("even", 30), ("odd", 30)]
    contests = [contest for one in sliced.groups for contest in one.contests]
    assert [contest.p_holm for contest in contests] == holm([contest.p for contest in contests]).tolist()
    for run in range(3):
        halves = [one.means[run][0] for one in sliced.groups]
        assert sum(halves) / 2 == pytest.approx(compared.overall.means[run][0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"runs": 1}, "1 run cannot be compared"),
        ({"baseline": "nobody"}, "the baseline 'nobody' is none of the runs"),
        ({"measures": []}, "no measure"),
        ({"measures": ["BLEU"]}, "no measure is called 'BLEU'"),
        ({"by": ["language"]}, "nothing says what 'language' is"),
    ],
)
def test_wrong_usage_is_said(change: dict[str, object], message: str) -> None:
    runs, truth = random_runs(2, articles=5)
    options = {name: value for name, value in change.items() if name != "runs"}
    with pytest.raises(InputError, match=message):
        compare(runs[:1] if "runs" in change else runs, truth, **options)  # type: ignore[arg-type]


def test_two_runs_of_one_name_are_refused() -> None:
    runs, truth = random_runs(1, articles=5)
    with pytest.raises(InputError, match="two runs are called 'run-0'"):
        compare(runs * 2, truth)


def test_memory_stays_bounded() -> None:
    ids = [str(number) for number in range(8500)]
    runs = [run_of(f"run-{number}", random_ranks(number, ids, depth=5), depth=5) for number in range(10)]
    truth = truth_of(ids)
    tracemalloc.start()
    compare(runs, truth, rounds=300)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200e6  # ten runs by six measures in 45 pairs: 18 MB of differences, blocks of 16 MB
