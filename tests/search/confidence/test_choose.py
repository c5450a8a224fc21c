"""Probabilities are right where they are used: on draws that the calibration has not seen."""

from __future__ import annotations

import numpy as np
import pytest

from picdesk.errors import InputError
from picdesk.search.confidence.calibrate import fit_calibration
from picdesk.search.confidence.calibration import Calibration, FittedFor, read_calibration, write_calibration
from picdesk.search.confidence.choose import Examples, choose_model
from picdesk.search.confidence.features import feature_names
from picdesk.search.confidence.logistic import sigmoid
from picdesk.search.confidence.reliability import brier_score, expected_calibration_error, reliability

SIGNALS = {"words": ""}
WIDTH = len(feature_names(list(SIGNALS)))


def world(generator: np.random.Generator, articles: int, bend: str) -> Examples:
    """Ten hits an article; articles differ in how easy they are, and how probable a hit is follows a curve."""
    ease = np.repeat(generator.normal(size=articles), 10)
    features = generator.normal(size=(articles * 10, WIDTH))
    features[:, 0] += ease
    features[:, 3] = generator.gamma(2.0, size=len(features)) * 50
    odds = features[:, 0] + 0.02 * features[:, 3] - 2.5
    chances = {"logistic": sigmoid(odds), "plateaus": np.where(odds > 0, 0.55, np.where(odds > -2, 0.2, 0.02))}[bend]
    labels = (generator.random(len(features)) < chances).astype(float)
    best = np.arange(len(features)) % 10 == 0
    return Examples(features, labels, np.repeat(np.arange(articles), 10), best)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("bend", ["logistic", "plateaus"])
def test_calibrated_on_fresh_draws(bend: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    seen, fresh = world(generator, 1500, bend), world(generator, 2000, bend)
    calibration = fit_calibration(seen, FittedFor(signals=SIGNALS, fusion="none"), "truth", generator)
    said = calibration.probabilities(fresh.features)
    bins = reliability(said, fresh.labels)
    assert expected_calibration_error(bins) < 0.025
    # Overconfident on purpose: the test would see it.
    wrong = sigmoid(2 * np.log(said / (1 - said)))
    assert expected_calibration_error(reliability(wrong, fresh.labels)) > 0.03
    # What it says of itself, on articles held back, is what fresh draws show.
    assert calibration.brier == pytest.approx(brier_score(said, fresh.labels), abs=0.01)
    assert calibration.brier < calibration.brier_constant
    assert calibration.calibration_error < 0.03


def test_plateaus_want_steps_and_the_logistic_world_does_not_need_them() -> None:
    plateaus = choose_model(world(np.random.default_rng(0), 1500, "plateaus"), np.random.default_rng(0))
    assert plateaus.model.kind == "isotonic"
    assert plateaus.briers["isotonic"] < plateaus.briers["logistic"]
    straight = choose_model(world(np.random.default_rng(0), 300, "logistic"), np.random.default_rng(0))
    assert straight.model.kind == "logistic"


def test_held_back_means_without_the_whole_article() -> None:
    generator = np.random.default_rng(0)
    # All ten hits of an article are the same, and what they are is pure chance: nothing can be learned from others.
    features = np.repeat(generator.normal(size=(100, WIDTH)), 10, axis=0)
    labels = np.repeat(generator.integers(0, 2, size=100).astype(float), 10)
    examples = Examples(features, labels, np.repeat(np.arange(100), 10), np.ones(1000, dtype=bool))
    chosen = choose_model(examples, np.random.default_rng(0))
    assert brier_score(chosen.held_back, labels) > 0.24


def test_chance_is_only_in_the_generator() -> None:
    examples = world(np.random.default_rng(5), 100, "logistic")
    one, same, other = (choose_model(examples, np.random.default_rng(seed)).held_back for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert np.array_equal(one > 0.5, other > 0.5) or np.abs(one - other).max() < 0.2


def test_too_little_to_learn_from() -> None:
    examples = world(np.random.default_rng(0), 20, "logistic")
    with pytest.raises(InputError, match="too few"):
        choose_model(examples.of(examples.articles < 3), np.random.default_rng(0))
    for labels, said in ((np.zeros(200), "does not fit"), (np.ones(200), "fits")):
        one_sided = Examples(examples.features, labels, examples.articles, examples.best)
        with pytest.raises(InputError, match=said):
            choose_model(one_sided, np.random.default_rng(0))


@pytest.mark.parametrize("bend", ["logistic", "plateaus"])
def test_a_calibration_comes_back_from_its_file(bend: str, tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    assert read_calibration(folder) is None
    examples = world(np.random.default_rng(1), 200, bend)
    made = fit_calibration(
        examples, FittedFor(signals=SIGNALS, fusion="rrf", reading="x"), "truth", np.random.default_rng(0)
    )
    path = write_calibration(folder, made)
    back = read_calibration(folder)
    assert back is not None
    assert back.to_json() == made.to_json()
    assert np.array_equal(back.probabilities(examples.features), made.probabilities(examples.features))
    assert [each.name for each in folder.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"format": 9}', '{"format": 1}', "\ud800".encode("utf-8", "surrogatepass")]
)
def test_a_broken_file_is_named(text: str | bytes, tmp_path: object) -> None:
    from pathlib import Path

    from picdesk.errors import ArchiveDamaged

    path = Path(str(tmp_path)) / "calibration.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ArchiveDamaged, match=r"calibration\.json"):
        read_calibration(path.parent)


def test_what_a_calibration_is_not_about() -> None:
    ours = FittedFor(signals={"words": "", "clip": "ab" * 32}, fusion="rrf", reading="default")
    assert ours.differs_from(ours) == ""
    assert ours.differs_from(FittedFor(signals=ours.signals, fusion="rrf")) == "", "a query of one's own has no reading"
    assert "fusion" in ours.differs_from(FittedFor(signals=ours.signals, fusion="weighted"))
    assert "signals" in ours.differs_from(FittedFor(signals={"words": ""}, fusion="rrf"))
    assert "signals" in ours.differs_from(FittedFor(signals={"words": "", "clip": "cd" * 32}, fusion="rrf"))
    assert "reading" in ours.differs_from(FittedFor(signals=ours.signals, fusion="rrf", reading="other"))
    assert isinstance(Calibration, type)
