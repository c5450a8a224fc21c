from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from picdesk.errors import InputError
from picdesk.search.fusion import FUSIONS, Scale, fusion_named, in_order

if TYPE_CHECKING:
    import random

PHOTOS = "abcdefgh"
raw = st.floats(-50, 50, allow_nan=False).map(lambda value: round(value, 3))
said = st.fixed_dictionaries(
    {
        "words": st.dictionaries(st.sampled_from(PHOTOS), raw.map(abs), max_size=8),
        "clip": st.dictionaries(st.sampled_from(PHOTOS), raw.map(lambda value: value / 50), max_size=8),
        "date": st.dictionaries(st.sampled_from(PHOTOS), raw.map(lambda value: abs(value) / 50), max_size=8),
    }
)
weights = st.fixed_dictionaries({name: st.floats(0.1, 5) for name in ("words", "clip", "date")})
SCALES = {"words": Scale(), "clip": Scale(least=-1.0, mean=0.1, deviation=0.05, dense=True), "date": Scale()}


def slowly(fusion: str, signals: dict[str, dict[str, float]], weight: dict[str, float], photo: str) -> float:
    """A photo's score by the formula of each fusion, written out."""
    score = 0.0
    whole = sum(weight[name] for name in signals)
    everyone = {photo for scores in signals.values() for photo in scores}
    for name, scores in signals.items():
        scale = SCALES[name]
        if not scores:
            continue
        if fusion == "rrf":
            if photo in scores:
                ahead = sum((-value, other) < (-scores[photo], photo) for other, value in scores.items())
                score += weight[name] / (60 + ahead + 1)
            continue
        missing = min(scores.values()) if scale.dense else scale.least
        there = scores if scale.dense else {other: scores.get(other, scale.least) for other in everyone}
        value = scores.get(photo, missing)
        if fusion == "evidence":
            score += weight[name] * (value - scale.mean) / scale.deviation
        elif fusion == "zscore":
            spread = statistics.pstdev(there.values())
            score += weight[name] * (value - statistics.fmean(there.values())) / spread if spread else 0.0
        else:
            low = min(scores.values()) if fusion == "minmax" and scale.dense else scale.least
            share = weight[name] / whole if fusion == "convex" else weight[name]
            width = max(scores.values()) - low
            score += share * (value - low) / width if width else 0.0
    return score


@pytest.mark.parametrize("fusion", FUSIONS)
@given(signals=said, weight=weights)
def test_equals_the_formula_written_out(
    fusion: str, signals: dict[str, dict[str, float]], weight: dict[str, float]
) -> None:
    fused = FUSIONS[fusion](signals, weight, SCALES)
    assert fused.keys() == {photo for scores in signals.values() for photo in scores}
    for photo, score in fused.items():
        assert score == pytest.approx(slowly(fusion, signals, weight, photo), abs=1e-6)


@pytest.mark.parametrize("fusion", FUSIONS)
@given(signals=said, weight=weights, chance=st.randoms(use_true_random=False))
def test_the_order_of_signals_and_photos_changes_nothing_at_all(
    fusion: str, signals: dict[str, dict[str, float]], weight: dict[str, float], chance: random.Random
) -> None:
    def shuffled(mapping: dict[str, float]) -> dict[str, float]:
        keys = list(mapping)
        chance.shuffle(keys)
        return {key: mapping[key] for key in keys}

    names = list(signals)
    chance.shuffle(names)
    other = {name: shuffled(signals[name]) for name in names}
    one, two = FUSIONS[fusion](signals, weight, SCALES), FUSIONS[fusion](other, weight, SCALES)
    assert one.keys() == two.keys()
    assert all(math.isclose(one[photo], two[photo], rel_tol=1e-12, abs_tol=1e-12) for photo in one)


@pytest.mark.parametrize("fusion", FUSIONS)
@given(signals=said, weight=weights)
def test_a_photo_that_is_better_by_every_signal_is_never_below(
    fusion: str, signals: dict[str, dict[str, float]], weight: dict[str, float]
) -> None:
    fused = FUSIONS[fusion](signals, weight, SCALES)
    for one in fused:
        for other in fused:
            if one != other and all(
                scores.get(one, -math.inf) > scores.get(other, -math.inf) or other not in scores
                for scores in signals.values()
            ):
                assert fused[one] >= fused[other] - 1e-9


@pytest.mark.parametrize("fusion", FUSIONS)
def test_a_signal_without_weight_or_without_candidates_changes_no_order(fusion: str) -> None:
    words = {"a": 9.0, "b": 4.0, "c": 2.0}
    clip = {"c": 0.9, "b": 0.3, "a": 0.1}
    alone = FUSIONS[fusion]({"words": words}, {}, SCALES)
    weightless = FUSIONS[fusion]({"words": words, "clip": clip}, {"clip": 0.0}, SCALES)
    silent = FUSIONS[fusion]({"words": words, "clip": {}}, {}, SCALES)
    assert in_order(alone) == in_order(weightless) == in_order(silent) == ["a", "b", "c"]
    assert FUSIONS[fusion]({}, {}, {}) == {}


def test_a_strong_match_of_words_outvotes_an_encoder_and_a_weak_one_does_not() -> None:
    scale = {"clip": Scale(least=-1.0, mean=0.0, deviation=0.1, dense=True)}
    clip = {"seen": 0.4, "said": 0.0}
    join = FUSIONS["evidence"]
    assert in_order(join({"words": {"said": 20.0}, "clip": clip}, {"clip": 2.0}, scale)) == ["said", "seen"]
    assert in_order(join({"words": {"said": 2.0}, "clip": clip}, {"clip": 2.0}, scale)) == ["seen", "said"]


def test_the_published_numbers_of_a_convex_combination() -> None:
    generator = np.random.default_rng(0)
    bm25 = {photo: float(value) for photo, value in zip(PHOTOS, generator.uniform(0, 30, 8), strict=True)}
    cosines = {photo: float(value) for photo, value in zip(PHOTOS, generator.uniform(-1, 1, 8), strict=True)}
    fused = FUSIONS["convex"]({"words": bm25, "clip": cosines}, {"words": 0.2, "clip": 0.8}, SCALES)
    for photo in PHOTOS:
        by_hand = 0.2 * bm25[photo] / max(bm25.values()) + 0.8 * (cosines[photo] + 1) / (max(cosines.values()) + 1)
        assert fused[photo] == pytest.approx(by_hand)


def test_an_unknown_fusion_names_those_there_are() -> None:
    with pytest.raises(InputError, match="no fusion is called 'magic'") as caught:
        fusion_named("magic")
    assert "evidence, convex, zscore, minmax, rrf" in str(caught.value.hint)


@given(st.dictionaries(st.text(), st.sampled_from([0.0, 0.5, 1.0])))
def test_equal_scores_are_ordered_by_id(scores: dict[str, float]) -> None:
    ordered = in_order(scores)
    assert sorted(ordered) == sorted(scores)
    for one, two in zip(ordered, ordered[1:], strict=False):
        assert scores[one] > scores[two] or (scores[one] == scores[two] and one < two)
