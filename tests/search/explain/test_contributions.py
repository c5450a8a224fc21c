from __future__ import annotations

import numpy as np
import pytest

from picdesk.search.explain.contributions import contributions
from picdesk.search.fusion import FUSIONS, Scale, fusion_named


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("fusion", FUSIONS)
def test_parts_sum_to_the_score(fusion: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    photos = [f"{number:02}" for number in range(30)]
    names = ("words", "clip", "other")
    signals = {
        name: {photo: float(generator.normal() + 3) for photo in photos if generator.random() < 0.6} for name in names
    }
    weights = {"words": 2.0, "clip": 0.3}
    scales = {"clip": Scale(least=-1.0, mean=2.5, deviation=0.7, dense=True)}
    fused = fusion_named(fusion)(signals, weights, scales)
    asked = list(fused)
    for photo, parts in zip(asked, contributions(fusion, signals, weights, scales, asked), strict=True):
        assert set(parts) == set(names)
        assert sum(parts.values()) == pytest.approx(fused[photo])


def test_a_signal_that_is_silent_about_a_photo_adds_nothing() -> None:
    (parts,) = contributions("rrf", {"words": {"a": 1.0}, "clip": {"b": 0.3}}, {}, {}, ["a"])
    assert parts == {"words": 1 / 61, "clip": 0.0}
