"""Weights between weights: what they are, which are best, and what cannot be blended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from picdesk.encoders import load_encoder  # noqa: E402
from picdesk.errors import EncoderMissing, InputError  # noqa: E402
from picdesk.evaluate.measures import parse_measure  # noqa: E402
from picdesk.train.blend.average import average, interpolate  # noqa: E402
from picdesk.train.blend.blend import Blended, BlendSettings, blend  # noqa: E402
from picdesk.train.blend.judge import judged_places  # noqa: E402
from picdesk.train.blend.sweep import Point, best_point, greedy_soup, parse_sweep  # noqa: E402
from picdesk.train.pairs import Pairs, read_pairs  # noqa: E402
from picdesk.train.split import split_pairs  # noqa: E402
from tests.train.clips import Desks, mrr, needs_torch, tune, weights  # noqa: E402
from tests.train.scenes import write_model  # noqa: E402
from tests.train.test_alignment import align  # noqa: E402

pytestmark = needs_torch


def held_back(table: Path) -> Pairs:
    pairs = read_pairs(table)
    return pairs.some(split_pairs(pairs, way="random").test)


@pytest.fixture(scope="module")
def fine(desks: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base, gently trained on with the night desk's stories."""
    target = tmp_path_factory.mktemp("fine") / "fine"
    tune(desks.base, desks.night, target, tower="both", rate=5e-4, batch=60, epochs=16, patience=0, weight_decay=0.0)
    return target


@pytest.fixture(scope="module")
def swept(desks: Desks, fine: Path, tmp_path_factory: pytest.TempPathFactory) -> Blended:
    data = [held_back(desks.day), held_back(desks.night)]
    settings = BlendSettings(alphas=parse_sweep("0:1:0.1"), measure="MRR@100", device="cpu")
    return blend([desks.base, fine], settings, tmp_path_factory.mktemp("swept") / "swept", data)


def test_some_blend_beats_both_ends_on_the_average(desks: Desks, fine: Path, swept: Blended) -> None:
    assert swept.best is not None
    means = [point.mean for point in swept.points]
    assert 0 < swept.best.alpha < 1
    assert swept.best.mean == max(means) > max(means[0], means[-1])
    for folder, point in ((desks.base, swept.points[0]), (fine, swept.points[-1]), (swept.folder, swept.best)):
        assert point.values == pytest.approx((mrr(folder, desks.day), mrr(folder, desks.night)), abs=0.01)


def test_a_blend_is_its_weights_number_by_number(desks: Desks, fine: Path, tmp_path: Path) -> None:
    done = blend([desks.base, fine], BlendSettings(alpha=0.3), tmp_path / "blended")
    first, second, mixed = (weights(folder) for folder in (desks.base, fine, done.folder))
    for name, each in mixed.items():
        expected = 0.7 * first[name].double().numpy() + 0.3 * second[name].double().numpy()
        assert np.array_equal(each.numpy(), expected.astype(np.float32)), name
    assert len(load_encoder(done.folder, runtime="onnxruntime").encode_texts(["red house"])) == 1
    card = (done.folder / "README.md").read_text()
    assert f"0.7 of {desks.base}, 0.3 of {fine}" in card


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_the_ends_are_the_models_to_the_bit(desks: Desks, fine: Path, alpha: float) -> None:
    first, second = weights(desks.base), weights(fine)
    mixed = interpolate(first, second, alpha)
    assert all(torch.equal(each, (second if alpha else first)[name]) for name, each in mixed.items())


def test_counts_are_not_averaged() -> None:
    first = {"weight": torch.tensor([1.0, 2.0]), "seen": torch.tensor(7)}
    second = {"weight": torch.tensor([3.0, 6.0]), "seen": torch.tensor(9)}
    mixed = average([first, second])
    assert mixed["weight"].tolist() == [2.0, 4.0]
    assert mixed["seen"].item() == 7
    with pytest.raises(InputError, match="not between"):
        interpolate(first, second, 1.5)


class Fake:
    """Judges one number: the nearer to 5, the better."""

    measure = parse_measure("MRR")

    def __init__(self) -> None:
        self.asked: list[float] = []

    def __call__(self, weights: Any) -> tuple[float, ...]:
        value = float(weights["w"])
        self.asked.append(value)
        return (-abs(value - 5), -abs(value - 5))


def test_the_greedy_soup_takes_what_does_not_make_it_worse() -> None:
    models = [{"w": torch.tensor(value)} for value in (9.0, 4.0, 0.0, 6.5)]
    judge: Any = Fake()
    soup = greedy_soup(models, judge)
    # 4 is best alone; with 6.5 it is 5.25, which is better; 9 makes it 6.5 and 0 makes it 3.5, both worse.
    assert soup.taken == (1, 3)
    assert float(soup.weights["w"]) == 5.25
    assert soup.value == -0.25
    assert soup.alone == (-4, -1, -5, -1.5)


def test_a_soup_of_encoders(desks: Desks, fine: Path, swept: Blended, tmp_path: Path) -> None:
    every = [desks.base, fine, swept.folder]
    uniform = blend(every, BlendSettings(soup="uniform"), tmp_path / "uniform")
    assert uniform.shares == pytest.approx((1 / 3,) * 3)
    mean = sum(weights(folder)["text_projection.weight"].double() for folder in every) / 3
    torch.testing.assert_close(weights(uniform.folder)["text_projection.weight"].double(), mean, rtol=0, atol=1e-6)
    data = [held_back(desks.night)]
    greedy = blend(every, BlendSettings(soup="greedy", measure="MRR@100", device="cpu"), tmp_path / "greedy", data)
    assert greedy.value is not None
    assert greedy.value >= max(greedy.alone)
    assert greedy.value == pytest.approx(mrr(greedy.folder, desks.night), abs=0.01)


def test_encoders_with_one_alignment_are_blended_with_it(desks: Desks, tmp_path: Path) -> None:
    one, two = (align(desks.base, desks.few, tmp_path / str(seed), epochs=2, seed=seed) for seed in (1, 2))
    done = blend([one.folder, two.folder], BlendSettings(alpha=0.5), tmp_path / "mixed")
    from safetensors.torch import load_file

    first, second, mixed = (
        load_file(folder / "alignment" / "alignment.safetensors") for folder in (one.folder, two.folder, done.folder)
    )
    for name, each in mixed.items():
        torch.testing.assert_close(each, (first[name] + second[name]) / 2)
    with pytest.raises(InputError, match="differ in their"):
        blend([one.folder, desks.base], BlendSettings(alpha=0.5), tmp_path / "unequal")


def test_a_sweep_is_counted_and_not_added_up() -> None:
    assert parse_sweep("0:1:0.1") == (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    assert parse_sweep("0.2:0.5:0.2") == (0.2, 0.4, 0.5)
    assert parse_sweep("0.3:0.3:1") == (0.3,)
    for wrong in ("0:1", "1:0:0.1", "0:2:0.1", "0:1:0", "a:b:c", "0:1:0.00001", "0:1:nan", ""):
        with pytest.raises(InputError, match="sweep"):
            parse_sweep(wrong)


def test_of_equal_points_the_nearest_to_the_first_model_is_kept() -> None:
    points = [Point(alpha, (value,)) for alpha, value in ((0.0, 0.1), (0.4, 0.3), (0.6, 0.3), (1.0, 0.2))]
    assert best_point(points).alpha == 0.4
    assert best_point(points, less_is_better=True).alpha == 0.0


def test_every_measure_counts_places_as_it_counts_runs() -> None:
    places = np.array([1, 3, 12, 200, 1])
    judged = judged_places(places, 500)
    expected = {"R@1": 0.4, "R@10": 0.6, "MRR": np.mean(1 / places), "MedianRank": 3, "matchIn100": 4}
    for name, value in expected.items():
        measure = parse_measure(name)
        assert measure.mean(measure.of(judged)) == pytest.approx(value), name
    gain = np.where(places <= 10, 1 / np.log2(places + 1), 0)
    ndcg = parse_measure("nDCG@10")
    assert ndcg.mean(ndcg.of(judged)) == pytest.approx(gain.mean())


def test_what_does_not_fit_is_refused(desks: Desks, clip: Path, tmp_path: Path) -> None:
    wide = write_model(tmp_path / "wide", width=32)
    half = BlendSettings(alpha=0.5)
    with pytest.raises(InputError, match="differ in their parameters"):
        blend([desks.base, wide], half, tmp_path / "out")
    with pytest.raises(EncoderMissing, match="only ONNX graphs"):
        blend([desks.base, clip], half, tmp_path / "out")
    with pytest.raises(InputError, match="no alpha between"):
        blend([desks.base] * 3, half, tmp_path / "out")
    with pytest.raises(InputError, match="no pairs"):
        blend([desks.base] * 2, BlendSettings(alphas=(0.0, 1.0)), tmp_path / "out")
    with pytest.raises(InputError, match="exists already"):
        blend([desks.base] * 2, half, desks.base)
    with pytest.raises(InputError, match="three ways"):
        BlendSettings(alpha=0.5, soup="greedy")
    assert not (tmp_path / "out").exists()
