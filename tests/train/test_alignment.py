"""The learnable alignment module: its losses, what it learns, and what it leaves alone."""

from __future__ import annotations

import csv
import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from picdesk.encoders import load_encoder  # noqa: E402
from picdesk.errors import InputError  # noqa: E402
from picdesk.train.alignment.folder import read_alignment  # noqa: E402
from picdesk.train.alignment.losses import AlignmentLoss  # noqa: E402
from picdesk.train.alignment.module import Alignment, labelled  # noqa: E402
from picdesk.train.alignment.predict import predict_categories  # noqa: E402
from picdesk.train.alignment.settings import AlignmentSettings  # noqa: E402
from picdesk.train.alignment.train import Aligned, train_alignment  # noqa: E402
from picdesk.train.clip.settings import recipes, with_recipe  # noqa: E402
from picdesk.train.clip.trainee import read_trainee  # noqa: E402
from picdesk.train.pairs import read_pairs  # noqa: E402
from picdesk.train.split import split_pairs  # noqa: E402
from tests.train.clips import Desks, needs_torch, weights  # noqa: E402
from tests.train.scenes import SECTIONS  # noqa: E402

pytestmark = needs_torch


def align(where: Path, table: Path, target: Path, **settings: Any) -> Aligned:
    pairs = read_pairs(table)
    chosen = AlignmentSettings(**{"device": "cpu", "batch": 32, "epochs": 30, "patience": 0, **settings})
    return train_alignment(where, pairs, split_pairs(pairs, way="random"), chosen, target)


@pytest.fixture(scope="module")
def aligned(desks: Desks, tmp_path_factory: pytest.TempPathFactory) -> Aligned:
    """The base with its texts aligned to the day desk's sections."""
    return align(desks.base, desks.day, tmp_path_factory.mktemp("aligned") / "aligned", rate=1e-2, epochs=80)


def entropy(row: list[float], right: int) -> float:
    return math.log(sum(math.exp(each - row[right]) for each in row))


def slow(scores: Any, frozen: Any, logits: Any, labels: Any, photos: Any, loss: AlignmentLoss) -> float:
    """The three losses, term by term."""
    count = len(photos)
    contrastive = kept = 0.0
    for text in range(count):
        others = [j for j in range(count) if j == text or photos[j] != photos[text]]
        contrastive += entropy([scores[text][j] / loss.temperature for j in others], others.index(text)) / count
        cool = loss.temperature * loss.keep_temperature
        ours, theirs = ([row / cool for row in table[text]] for table in (scores, frozen))
        for j in range(count):
            p = math.exp(-entropy(theirs, j))
            kept += p * (entropy(ours, j) - entropy(theirs, j)) / count
    known = [text for text in range(count) if labels[text] >= 0]
    category = sum(entropy(list(logits[text]), labels[text]) for text in known) / max(1, len(known))
    return contrastive + loss.category_weight * category + loss.keep_weight * kept


@pytest.mark.parametrize("labels", [[0, 2, -1, 1, 2, 0], [-1] * 6])
@pytest.mark.parametrize(("category", "keep"), [(1.0, 1.0), (0.3, 0.3), (0.0, 0.5), (0.7, 0.0)])
def test_the_losses_are_the_written_out_ones(labels: list[int], category: float, keep: float) -> None:
    generator = np.random.default_rng(7)
    scores, frozen = generator.uniform(-0.4, 0.4, (2, 6, 6))
    logits = generator.normal(size=(6, 3))
    photos = [0, 1, 2, 1, 3, 0]
    loss = AlignmentLoss(category_weight=category, keep_weight=keep)
    same = torch.tensor([[a == b for b in photos] for a in photos])
    first, second, third = (torch.tensor(each) for each in (scores, frozen, logits))
    fast = float(loss(first, second, third, torch.tensor(labels), same))
    assert fast == pytest.approx(slow(scores, frozen, logits, labels, photos, loss), rel=1e-9)


def test_the_module_is_the_written_out_one() -> None:
    torch.manual_seed(1)
    module = Alignment(8, 3).eval()
    texts = torch.nn.functional.normalize(torch.randn(5, 8), dim=1)
    vectors, logits = module(texts)
    assert float(module.share.detach()) == 0.5
    for row in range(5):
        projected = module.projection.weight @ texts[row] + module.projection.bias
        raw = module.classifier(projected)
        chances = torch.exp(raw) / torch.exp(raw).sum()
        mixed = 0.5 * projected + 0.5 * sum(chances[c] * module.categories[c] for c in range(3))
        torch.testing.assert_close(vectors[row], mixed / mixed.norm())
        torch.testing.assert_close(logits[row], raw)


def test_it_begins_where_the_model_is() -> None:
    torch.manual_seed(2)
    texts = torch.nn.functional.normalize(torch.randn(6, 8), dim=1)
    names, labels = labelled(["b", "a", "", "b", "a", None])
    assert names == ("a", "b")
    assert labels.tolist() == [1, 0, -1, 1, 0, -1]
    module = Alignment(8, 2).eval()
    module.begin_as_model(texts, labels)
    assert torch.equal(module.projection(texts), texts)
    mean = texts[[1, 4]].mean(0)
    torch.testing.assert_close(module.categories[0].detach(), mean / mean.norm())


def test_sections_of_stories_that_were_held_back_are_predicted(aligned: Aligned) -> None:
    # Chance is 0.2; three seeds give 0.85, 0.88 and 0.85 of 60 stories.
    assert aligned.after["category accuracy"] > 0.8
    assert aligned.validation is not None
    names, chances = predict_categories(aligned.folder, [pair.text for pair in aligned.validation.pairs])
    assert names == aligned.categories == tuple(sorted(SECTIONS))
    assert np.allclose(chances.sum(axis=1), 1, atol=1e-5)
    right = [names[row.argmax()] == pair.label for row, pair in zip(chances, aligned.validation.pairs, strict=True)]
    assert np.mean(right) == pytest.approx(aligned.after["category accuracy"])


def test_the_graph_is_the_module_and_photos_stay_what_they_were(desks: Desks, aligned: Aligned) -> None:
    from tests.drawn.scenes import draw_scene

    before, after = (load_encoder(folder, runtime="onnxruntime") for folder in (desks.base, aligned.folder))
    images = [draw_scene(seed) for seed in range(4)]
    assert np.array_equal(before.encode_images(images), after.encode_images(images))
    texts = ["red house in the north", "a sun", "tower", ""]
    module, _ = read_alignment(aligned.folder)
    expected, logits = module(torch.from_numpy(before.encode_texts(texts)))
    assert np.allclose(after.encode_texts(texts), expected.detach().numpy(), atol=1e-5)
    chances = torch.softmax(logits, dim=1).detach().numpy()
    assert np.allclose(predict_categories(aligned.folder, texts)[1], chances, atol=1e-5)
    assert all(torch.equal(each, weights(desks.base)[name]) for name, each in weights(aligned.folder).items())


def test_the_report_is_by_predicted_category(aligned: Aligned) -> None:
    assert aligned.validation is not None
    with (aligned.folder / "categories.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [pair.id for pair in aligned.validation.pairs]
    assert sum(figures["stories"] for figures in aligned.by_category.values()) == len(rows)
    for name, figures in aligned.by_category.items():
        places = [int(row["place"]) for row in rows if row["predicted_category"] == name]
        assert figures["stories"] == len(places)
        assert figures["MRR@100"] == pytest.approx(np.mean([1 / place for place in places]))
    mean = np.mean([1 / int(row["place"]) for row in rows])
    assert aligned.after["MRR@100"] == pytest.approx(mean)
    assert json.loads((aligned.folder / "config.json").read_text())["categories"] == list(aligned.categories)


def test_the_text_tower_may_learn_with_it(desks: Desks, tmp_path: Path) -> None:
    done = align(desks.base, desks.few, tmp_path / "both", tower="text", tower_rate=1e-3, epochs=2, piece=7)
    old, new = weights(desks.base), weights(done.folder)
    changed = {name for name in old if not torch.equal(old[name], new[name])}
    if done.run.best.step:
        assert changed
        assert all(name.startswith("text_") for name in changed)
    assert done.run.lines[-1].step == 4


def test_a_published_recipe_sets_its_numbers(desks: Desks, tmp_path: Path) -> None:
    known = recipes("picdesk.train.alignment")
    paper, code = (with_recipe(name, {}, known, AlignmentSettings) for name in ("song-2025", "song-2025-code"))
    assert (paper["category_weight"], paper["keep_weight"]) == (1.0, 1.0)
    assert (code["category_weight"], code["keep_weight"]) == (0.3, 0.3)
    done = align(desks.base, desks.few, tmp_path / "paper", **{**code, "epochs": 1})
    card = (done.folder / "README.md").read_text()
    assert '"category_weight": 0.3' in card


def test_one_category_is_refused_before_anything_is_done(desks: Desks, tmp_path: Path) -> None:
    shutil.copytree(desks.few.parent, tmp_path / "one")
    table = tmp_path / "one" / "stories.csv"
    with table.open(newline="") as file:
        rows = list(csv.reader(file))
    for kind, said in (("city", "only 'city'"), ("", "none at all")):
        with table.open("w", newline="") as file:
            csv.writer(file).writerows([rows[0], *([*row[:3], kind, row[4]] for row in rows[1:])])
        with pytest.raises(InputError, match=said):
            align(desks.base, table, tmp_path / "out")
    assert not (tmp_path / "out.run").exists()


def test_an_aligned_encoder_is_not_trained_on_as_if_it_had_no_alignment(aligned: Aligned) -> None:
    with pytest.raises(InputError, match="alignment"):
        read_trainee(aligned.folder)
    assert read_trainee(aligned.folder / "weights").log_scale > 0
