"""Measures against trec_eval, against ir_measures, and against definitions written out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median

import ir_measures
import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st

from picdesk.errors import InputError
from picdesk.evaluate.evaluate import evaluate
from picdesk.evaluate.measures import MEASURES, judge, parse_measure
from picdesk.newsimages.runs import make_run
from picdesk.records import Truth

Rankings = dict[str, list[tuple[str, float]]]
Gains = dict[str, dict[str, float]]

PHOTOS = [f"p{number}" for number in range(12)]
ARTICLES = ["1", "10", "2", "b", "a", "é"]
NAMES = ["MRR", "MRR@3", "R@1", "R@5", "P@5", "Success@1", "Success@5", "nDCG", "nDCG@4", "AP", "AP@3"]
TREC_EVAL = {
    "MRR": "recip_rank",
    "R@5": "recall_5",
    "P@5": "P_5",
    "Success@1": "success_1",
    "Success@5": "success_5",
    "nDCG": "ndcg",
    "nDCG@4": "ndcg_cut_4",
    "AP": "map",
    "AP@3": "map_cut_3",
}

photo = st.sampled_from(PHOTOS)
truths = st.dictionaries(
    st.sampled_from(ARTICLES), st.dictionaries(photo, st.integers(1, 3).map(float), min_size=1), min_size=1
)
# Few different scores, so that most runs have ties.
answers = st.dictionaries(photo, st.sampled_from([0.0, 0.5, 1.0, -2.0])).map(lambda scores: list(scores.items()))
rankings = st.dictionaries(st.sampled_from(ARTICLES), answers)


def known_to(gains: Gains, answered: Rankings) -> Rankings:
    """The answers to articles of the truth; at least one."""
    kept = {article: places for article, places in answered.items() if article in gains}
    return kept or {next(iter(gains)): []}


def in_order(places: Sequence[tuple[str, float]]) -> list[str]:
    return [name for name, _ in sorted(places, key=lambda place: (-place[1], place[0]))]


def untied(answered: Rankings) -> dict[str, dict[str, float]]:
    """The same order with no equal scores: trec_eval breaks ties by falling name, this house by rising name."""
    return {
        article: {name: float(-rank) for rank, name in enumerate(in_order(places))}
        for article, places in answered.items()
        if places
    }


def written_out(name: str, places: Sequence[str], fits: Mapping[str, float]) -> float:
    """A measure of one article, straight from its definition."""
    family, _, cut = name.partition("@")
    cutoff = int(cut) if cut else len(places)
    seen = list(places[:cutoff])
    ranks = [rank for rank, one in enumerate(places, start=1) if one in fits and rank <= cutoff]
    match family:
        case "MRR":
            return 1 / ranks[0] if ranks else 0.0
        case "R":
            return len(ranks) / len(fits)
        case "P":
            return len(ranks) / cutoff if cutoff else 0.0
        case "Success":
            return float(bool(ranks))
        case "AP":
            return sum(sum(one in fits for one in places[:rank]) / rank for rank in ranks) / len(fits)
    gain = sum(fits.get(one, 0) / math.log2(rank + 1) for rank, one in enumerate(seen, start=1))
    ideal = sorted(fits.values(), reverse=True)[: int(cut) if cut else None]
    return gain / sum(value / math.log2(rank + 1) for rank, value in enumerate(ideal, start=1))


@given(truths, rankings)
def test_definitions(gains: Gains, answered: Rankings) -> None:
    answered = known_to(gains, answered)
    judged = judge(make_run("r", answered), Truth(name="t", gains=gains))
    assert judged.articles == tuple(sorted(gains))
    for name in [*NAMES, "R", "P", "Success"]:
        expected = [
            written_out(name, in_order(answered.get(article, [])), gains[article]) for article in judged.articles
        ]
        measure = parse_measure(name)
        values = measure.of(judged)
        assert values == pytest.approx(expected, abs=1e-12), name
        assert measure.mean(values) == pytest.approx(np.mean(expected), abs=1e-12)


@settings(deadline=None)
@given(truths, rankings)
def test_trec_eval_agrees(gains: Gains, answered: Rankings) -> None:
    answered = known_to(gains, answered)
    judged = judge(make_run("r", answered), Truth(name="t", gains=gains))
    qrels = {article: {name: int(gain) for name, gain in fits.items()} for article, fits in gains.items()}
    wanted = {"recip_rank", "recall.5", "P.5", "success.1,5", "ndcg", "ndcg_cut.4", "map", "map_cut.3"}
    told = pytrec_eval.RelevanceEvaluator(qrels, wanted).evaluate(untied(answered))
    for name, theirs in TREC_EVAL.items():
        expected = [told.get(article, {}).get(theirs, 0.0) for article in judged.articles]
        assert parse_measure(name).of(judged) == pytest.approx(expected, abs=1e-9), name


@settings(deadline=None, max_examples=40)
@given(truths, rankings)
def test_ir_measures_agrees(gains: Gains, answered: Rankings) -> None:
    answered = known_to(gains, answered)
    qrels = {article: {name: int(gain) for name, gain in fits.items()} for article, fits in gains.items()}
    theirs = {ir_measures.parse_measure(name.replace("MRR", "RR")): name for name in NAMES}
    told = ir_measures.calc_aggregate(list(theirs), qrels, untied(answered))
    means = evaluate(make_run("r", answered), Truth(name="t", gains=gains), NAMES, resamples=0).means
    for measure, name in theirs.items():
        assert means[name] == pytest.approx(told[measure], abs=1e-9), name


@given(truths, rankings)
def test_ranks(gains: Gains, answered: Rankings) -> None:
    answered = known_to(gains, answered)
    judged = judge(make_run("r", answered), Truth(name="t", gains=gains))
    ranks = []
    for article in judged.articles:
        places = in_order(answered.get(article, []))
        ranks.append(next((rank for rank, one in enumerate(places, start=1) if one in gains[article]), math.inf))
    assert judged.first_rank.tolist() == ranks
    measure = parse_measure("MedianRank")
    assert measure.mean(measure.of(judged)) == median(ranks)
    matches = parse_measure("matchIn3")
    assert matches.mean(matches.of(judged)) == sum(rank <= 3 for rank in ranks)
    assert judged.missing == sum(not answered.get(article) for article in judged.articles)


def test_equal_scores_are_ordered_by_name_and_only_then_cut() -> None:
    run = make_run("r", {"7": [("c", 1.0), ("b", 1.0), ("a", 1.0), ("d", 2.0)]})
    for photo_name, rank in (("d", 1), ("a", 2), ("b", 3), ("c", 4)):
        judged = judge(run, Truth(name="t", gains={"7": {photo_name: 1}}))
        assert judged.first_rank.tolist() == [rank]
        assert parse_measure(f"R@{rank}").of(judged).tolist() == [1]
        assert parse_measure(f"MRR@{rank}").of(judged).tolist() == [1 / rank]
        if rank > 1:
            assert parse_measure(f"MRR@{rank - 1}").of(judged).tolist() == [0]


def test_a_missing_article_counts_0_and_has_no_rank() -> None:
    run = make_run("r", {"7": [("a", 1.0)]})
    told = evaluate(run, Truth(name="t", gains={"7": {"a": 1}, "8": {"a": 1}, "9": {"b": 1}}), [*NAMES, "MedianRank"])
    assert told.missing == 2
    assert {name: told.means[name] for name in NAMES} == pytest.approx(dict.fromkeys(NAMES, 1 / 3) | {"P@5": 1 / 15})
    assert told.means["MedianRank"] == math.inf
    assert parse_measure("MedianRank").shown(math.inf) == "not found"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mrr@100", "MRR@100"),
        (" RR@10 ", "MRR@10"),
        ("MeanRecall@5", "R@5"),
        ("recall@5", "R@5"),
        ("ndcg@10", "nDCG@10"),
        ("MAP", "AP"),
        ("matchin100", "matchIn100"),
        ("matchIn@100", "matchIn100"),
        ("medianrank", "MedianRank"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert parse_measure(text).name == name
    assert parse_measure(parse_measure(text).name) == parse_measure(text)


@pytest.mark.parametrize(
    "text", ["", "@", "MRR@0", "MRR@-1", "MRR@1.5", "MRR@", "F1", "MRR@10@10", "R @5", "٣", "MRR@٣"]
)
def test_names_that_mean_nothing(text: str) -> None:
    with pytest.raises(InputError, match="no measure is called") as caught:
        parse_measure(text)
    for family in {measure.family for measure in MEASURES.values()}:
        assert family in caught.value.hint


def test_a_million_places_are_judged_by_what_fits_alone() -> None:
    # 200 articles before 50 million possible photos: what is kept is one place an article.
    names = [f"photo{number}" for number in range(2000)]
    run = make_run("r", {str(a): [(name, -rank) for rank, name in enumerate(names)] for a in range(200)})
    judged = judge(run, Truth(name="t", gains={str(a): {names[a]: 1} for a in range(200)}))
    assert len(judged.hit_ranks) == 200
    assert [judged.first_rank[judged.articles.index(str(a))] for a in range(200)] == [a + 1 for a in range(200)]
