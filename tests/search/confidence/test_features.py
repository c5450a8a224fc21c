from __future__ import annotations

import math
from statistics import fmean, pstdev

import numpy as np
import pytest

from picdesk.search.confidence.features import AGREED, MOST_CANDIDATES, Evidence, feature_names, features


def slow(evidence: Evidence, photo: str, values: dict[str, dict[str, float | None]]) -> list[float]:
    row: list[float] = []
    agreement = 0
    for signal, said in evidence.candidates.items():
        best = sorted(said, key=lambda other: (-said[other], other))[:MOST_CANDIDATES]
        raw = values[signal].get(photo)
        others = [said[other] for other in best if other != photo]
        among = [said[other] for other in best]
        spread = pstdev(among) if among else 0.0
        lead = raw - max(others) if raw is not None and others else 0.0
        row += [
            raw or 0.0,
            math.copysign(math.log(1 + abs(raw or 0.0)), raw or 0.0),
            float(raw is None),
            lead,
            max(lead, 0.0),
            (raw - fmean(among)) / spread if raw is not None and spread else 0.0,
            math.log(1 + len(best)),
        ]
        agreement += photo in best[:AGREED]
    order = list(evidence.order)
    rank = order.index(photo) + 1 if photo in order else len(order) + 1
    word = values.get("words", {}).get(photo) or 0.0
    return [*row, math.log(rank), agreement, math.log(1 + evidence.asked), word / max(1, evidence.asked)]


@pytest.mark.parametrize("seed", range(5))
def test_features_written_out(seed: int) -> None:
    generator = np.random.default_rng(seed)
    photos = [f"{number:03}" for number in range(60)]
    candidates = {
        name: {photo: round(float(generator.normal()), 1) for photo in photos if generator.random() < chance}
        for name, chance in (("words", 0.3), ("clip", 1.0), ("silent", 0.0))
    }
    values: dict[str, dict[str, float | None]] = {
        name: {photo: said.get(photo) for photo in photos} for name, said in candidates.items()
    }
    evidence = Evidence(candidates=candidates, order=generator.permutation(photos)[:40].tolist(), asked=seed)
    found = features(evidence, photos, values)
    assert found.shape == (60, len(feature_names(list(candidates))))
    for photo, row in zip(photos, found, strict=True):
        assert row == pytest.approx(slow(evidence, photo, values)), photo


def test_the_length_of_an_answer_is_no_evidence() -> None:
    many = {f"{number:05}": 1.0 / (number + 1) for number in range(3000)}
    few = dict(list(many.items())[:MOST_CANDIDATES])
    photos = list(many)[:10]
    rows = [
        features(Evidence(candidates={"words": said}, order=list(said), asked=3), photos, {"words": dict(said)})
        for said in (many, few)
    ]
    assert np.array_equal(rows[0], rows[1])


def test_nothing_found_and_one_signal() -> None:
    evidence = Evidence(candidates={"words": {}}, order=[])
    row = features(evidence, ["x"], {"words": {"x": None}})
    assert np.all(np.isfinite(row))
    assert features(evidence, [], {"words": {}}).shape == (0, len(feature_names(["words"])))
