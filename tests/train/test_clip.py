"""Fine-tuning of a tiny CLIP: what it learns, what it leaves alone, and that its arithmetic is that of the papers."""

from __future__ import annotations

import csv
import json
import math
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from picdesk.encoders import load_encoder  # noqa: E402
from picdesk.errors import (  # noqa: E402
    EncoderMissing,
    InputError,
    TrainingError,
)
from picdesk.train.clip.fine_tune import WORSE  # noqa: E402
from picdesk.train.clip.layers import depth, places  # noqa: E402
from picdesk.train.clip.learner import ClipLearner  # noqa: E402
from picdesk.train.clip.material import gather_material  # noqa: E402
from picdesk.train.clip.optimiser import TOWERS, OptimiserSettings, let_learn, parameter_groups  # noqa: E402
from picdesk.train.clip.settings import ClipSettings  # noqa: E402
from picdesk.train.clip.train import loss_of  # noqa: E402
from picdesk.train.clip.trainee import read_trainee  # noqa: E402
from picdesk.train.device import Place  # noqa: E402
from picdesk.train.pairs import read_pairs  # noqa: E402
from picdesk.train.team import Team  # noqa: E402
from tests.command_line import ENVIRONMENT  # noqa: E402
from tests.train.clips import Desks, mrr, needs_torch, tune, weights  # noqa: E402
from tests.train.scenes import write_model  # noqa: E402

pytestmark = needs_torch
QUICK: dict[str, Any] = {"rate": 1e-3, "batch": 60, "piece": 60, "weight_decay": 0.0, "patience": 0}


@pytest.fixture(scope="module")
def fine(desks: Desks, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The base, both towers trained on with the night desk's stories."""
    target = tmp_path_factory.mktemp("fine") / "fine"
    return target, tune(desks.base, desks.night, target, tower="both", epochs=12, **QUICK)


@pytest.fixture(scope="module")
def worded(desks: Desks, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The base, its text tower alone trained on with the night desk's stories."""
    target = tmp_path_factory.mktemp("worded") / "worded"
    return target, tune(desks.base, desks.night, target, tower="text", epochs=8, measure_every=8, **QUICK)


def test_a_clip_learns_from_nothing_what_is_in_pictures(desks: Desks) -> None:
    chance = sum(1 / rank for rank in range(1, 61)) / 60
    assert desks.log.trained.before["MRR@100"] < 2 * chance
    assert mrr(desks.base, desks.day) > 5 * chance


def test_what_is_measured_is_what_the_encoder_does(desks: Desks, fine: tuple[Path, Any]) -> None:
    assert desks.log.trained.after["MRR@100"] == pytest.approx(mrr(desks.base, desks.day), abs=0.01)
    assert fine[1].trained.after["MRR@100"] == pytest.approx(mrr(fine[0], desks.night), abs=0.01)


def test_a_shifted_desk_is_learned_and_the_old_one_forgotten(desks: Desks, fine: tuple[Path, Any]) -> None:
    assert mrr(fine[0], desks.night) > 2 * mrr(desks.base, desks.night)
    assert mrr(fine[0], desks.day) < 0.8 * mrr(desks.base, desks.day)


def test_training_of_texts_changes_no_photo_vector(desks: Desks, worded: tuple[Path, Any]) -> None:
    from tests.drawn.scenes import draw_scene

    images = [draw_scene(seed) for seed in range(8)]
    before, after = (load_encoder(folder, runtime="onnxruntime") for folder in (desks.base, worded[0]))
    assert np.array_equal(before.encode_images(images), after.encode_images(images))
    old, new = weights(desks.base), weights(worded[0])
    assert {name for name in old if not torch.equal(old[name], new[name])} == {
        name for name in old if name.startswith("text_") or name == "logit_scale"
    }
    assert mrr(worded[0], desks.night) > 1.5 * mrr(desks.base, desks.night)


def test_photos_are_decoded_once_for_all_runs_with_one_image_tower(
    desks: Desks, worded: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert worded[1].trained.decoded in (0, 300)
    monkeypatch.setattr("picdesk.train.clip.pixels.decode", None)  # whoever decodes now, fails
    again = tune(worded[0], desks.night, tmp_path / "again", tower="text", epochs=1, **QUICK)
    assert again.trained.decoded == 0


def test_the_folder_says_what_was_done(worded: tuple[Path, Any]) -> None:
    folder, done = worded
    names = {path.name for path in folder.iterdir()}
    assert {"README.md", "config.json", "log.jsonl", "textual", "visual", "weights"} <= names
    assert not folder.with_name("worded.run").exists()
    card = (folder / "README.md").read_text()
    assert f"| MRR@100 | {done.trained.before['MRR@100']:.4f} | {done.trained.after['MRR@100']:.4f} |" in card
    assert '"rate": 0.001' in card
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(0, 65, 8))
    assert done.trained.texts == 480  # a story and a paraphrase each


def gradients(desks: Desks, tower: str, piece: int, count: int = 0, dtype: Any = None) -> tuple[float, dict[str, Any]]:
    """Loss and gradient of one batch of all stories."""
    trainee = read_trainee(desks.base)
    model = trainee.checkpoint.model
    if dtype:
        model.to(dtype)
    let_learn(model, tower, OptimiserSettings())
    settings = ClipSettings(tower=tower, piece=piece)
    loss = loss_of(trainee, settings)
    scratch = desks.base.parent / f"pixels-{tower}"
    scratch.mkdir(exist_ok=True)
    material = gather_material(
        trainee,
        read_pairs(desks.day),
        None,
        learning=TOWERS[tower],
        place=Place(),
        folder=scratch,
        piece=piece,
        paraphrases=True,
    )
    learner = ClipLearner(model, loss, material.learn, None, piece, Team())
    value = learner.backward(np.arange(count or learner.rows))
    return value, {name: each.grad for name, each in learner.module.named_parameters() if each.requires_grad}


@pytest.mark.parametrize("tower", ["text", "image", "both"])
def test_eight_pieces_of_60_are_one_batch_of_480(desks: Desks, tower: str) -> None:
    whole, plain = gradients(desks, tower, 480, 480)
    pieces, cached = gradients(desks, tower, 60, 480)
    assert pieces == pytest.approx(whole, abs=1e-5)
    assert plain.keys() == cached.keys()
    largest = max(float(each.abs().max()) for each in plain.values())
    for name, each in plain.items():
        torch.testing.assert_close(cached[name], each, rtol=1e-5, atol=1e-5 * largest, msg=name)


def rewrite(table: Path, change: Callable[[list[list[str]]], None]) -> None:
    with table.open(newline="") as file:
        rows = list(csv.reader(file))
    change(rows)
    with table.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def test_the_loss_of_a_batch_is_the_written_out_one_and_copies_of_a_photo_are_no_negatives(
    desks: Desks, tmp_path: Path
) -> None:
    shutil.copytree(desks.few.parent, tmp_path / "copies")

    def of_one_photo(rows: list[list[str]]) -> None:
        for row in rows[5:9]:
            row[2] = rows[5][2]

    rewrite(tmp_path / "copies" / "stories.csv", of_one_photo)
    trainee = read_trainee(desks.base)
    let_learn(trainee.checkpoint.model, "text", OptimiserSettings())
    pairs = read_pairs(tmp_path / "copies" / "stories.csv")
    material = gather_material(
        trainee, pairs, None, learning=["text"], place=Place(), folder=tmp_path, piece=64, paraphrases=False
    )
    learner = ClipLearner(trainee.checkpoint.model, loss_of(trainee, ClipSettings()), material.learn, None, 7, Team())
    value = learner.backward(np.arange(40))
    texts = material.learn.texts.vectors(64).astype(float)
    photos = material.learn.photos.vectors(64).astype(float)
    names = [pair.photo for pair in pairs.pairs]
    assert len(photos) == len(set(names)) == 37
    logits = math.exp(trainee.log_scale) * texts @ photos[material.learn.photo].T
    total = 0.0
    for table in (logits, logits.T):
        for row in range(40):
            others = [table[row, other] for other in range(40) if names[other] != names[row]]
            total += math.log(sum(math.exp(each - table[row, row]) for each in [*others, table[row, row]]))
    assert value == pytest.approx(total / 80, rel=1e-5)


def test_a_killed_run_ends_like_one_that_was_not(desks: Desks, tmp_path: Path) -> None:
    options = ["--rate", "0.001", "--batch", "8", "--piece", "3", "--epochs", "8", "--patience", "0", "-q"]
    options += ["--device", "cpu", "--set", "save-every=1"]

    def command(target: str, *more: str) -> list[str]:
        asked = ["train", "clip", str(desks.base), str(desks.few), "-o", str(tmp_path / target), *options, *more]
        return [sys.executable, "-c", "from picdesk.cli import main; main()", *asked]

    environment = {**ENVIRONMENT, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command("killed"), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    last = tmp_path / "killed.run" / "last.pt"
    until = time.monotonic() + 600
    while process.poll() is None and time.monotonic() < until:
        if last.exists() and torch.load(last, weights_only=True)["state"]["step"] >= 9:
            break
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert process.returncode == -9
    assert not (tmp_path / "killed").exists()
    subprocess.run(command("killed", "--resume"), env=environment, check=True, capture_output=True)
    from tests.command_line import picdesk

    said = picdesk(*command("whole")[3:])
    assert said.code == 0, said.err
    killed, whole = weights(tmp_path / "killed"), weights(tmp_path / "whole")
    assert all(torch.equal(killed[name], whole[name]) for name in whole)
    assert any(not torch.equal(weights(desks.base)[name], whole[name]) for name in whole)
    logs = [(tmp_path / name / "log.jsonl").read_text() for name in ("killed", "whole")]
    assert logs[0] == logs[1]


def test_two_processes_train_what_one_does(desks: Desks, tmp_path: Path) -> None:
    def command(target: str) -> list[str]:
        asked = ["train", "clip", str(desks.base), str(desks.few), "-o", str(tmp_path / target), "--tower", "both"]
        asked += ["--rate", "0.001", "--batch", "15", "--piece", "4", "--epochs", "2", "--patience", "0", "-q"]
        return [*asked, "--device", "cpu", "--set", "optimiser=adam", "--set", "eps=0.001", "--json"]

    launch = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0", "--standalone"]
    launch += ["--no-python", sys.executable, "-c", "from picdesk.cli import main; main()"]
    together = subprocess.run(
        [sys.executable, "-W", "ignore", *launch, *command("two")],
        env={**ENVIRONMENT, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert together.returncode == 0, together.stderr[-2000:]
    assert json.loads(together.stdout)["steps"] == 10  # one document: one process speaks
    from tests.command_line import picdesk

    assert picdesk(*command("one")).code == 0
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    assert any(not torch.equal(weights(desks.base)[name], one[name]) for name in one)
    for name in one:
        torch.testing.assert_close(two[name], one[name], rtol=0, atol=1e-5, msg=name)


def test_a_run_that_makes_it_worse_says_so_and_keeps_the_weights(desks: Desks, tmp_path: Path) -> None:
    done = tune(desks.base, desks.day, tmp_path / "worse", tower="text", epochs=1, **QUICK | {"rate": 0.5})
    assert not done.trained.run.improved
    assert WORSE in done.notes
    assert WORSE in (tmp_path / "worse" / "README.md").read_text()
    before, after = weights(desks.base), weights(tmp_path / "worse")
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_loss_that_is_no_number_ends_the_run_and_loses_nothing(desks: Desks, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="step"):
        tune(desks.base, desks.day, tmp_path / "nan", tower="text", epochs=2, **QUICK | {"rate": 1e30})
    kept = torch.load(tmp_path / "nan.run" / "best.pt", weights_only=True)
    assert all(torch.isfinite(tensor).all() for tensor in kept["module"].values())
    assert not (tmp_path / "nan").exists()


def test_photos_that_cannot_be_read_are_counted_and_left_out(desks: Desks, tmp_path: Path) -> None:
    shutil.copytree(desks.few.parent, tmp_path / "few")
    (tmp_path / "few" / "images" / "s0003.png").write_bytes(b"no picture")
    (tmp_path / "few" / "images" / "s0004.png").unlink()
    rewrite(tmp_path / "few" / "stories.csv", lambda rows: rows[6].__setitem__(1, "  "))
    for tower in ("text", "both"):
        done = tune(
            desks.base, tmp_path / "few" / "stories.csv", tmp_path / tower, tower=tower, epochs=1, **QUICK
        ).trained
        held_back = done.validation
        assert len(done.train) + len(held_back) == 37
        assert sum(done.train.skipped.values()) + sum(held_back.skipped.values()) == 1
        card = (tmp_path / tower / "README.md").read_text()
        assert "1 photo not here" in card
        assert "1 no text" in card


def test_siglip_learns_by_its_own_loss(desks: Desks, tmp_path: Path) -> None:
    model = write_model(tmp_path / "siglip", kind="siglip")
    trainee = read_trainee(model)
    assert trainee.bias is not None
    done = tune(model, desks.few, tmp_path / "tuned", tower="both", epochs=6, temperature=0.1, **QUICK)
    assert type(done.trained.loss).__name__ == "Sigmoid"
    before, after = (load_state(folder) for folder in (model, tmp_path / "tuned" / "weights"))
    assert not torch.equal(before["logit_bias"], after["logit_bias"])
    assert done.trained.run.lines[-1].loss < done.trained.run.lines[1].loss
    assert len(load_encoder(tmp_path / "tuned", runtime="onnxruntime").encode_texts(["red house"])) == 1


def load_state(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    loaded: dict[str, Any] = load_file(folder / "model.safetensors")
    return loaded


def test_layers_are_found_in_models_of_every_make() -> None:
    names = {
        "text_model.embeddings.token_embedding.weight": ("text", 0),
        "text_model.encoder.layers.0.mlp.fc1.weight": ("text", 1),
        "text_model.encoder.layers.11.layer_norm1.bias": ("text", 12),
        "text_model.final_layer_norm.weight": ("text", 13),
        "text_projection.weight": ("text", 13),
        "vision_model.embeddings.class_embedding": ("image", 0),
        "vision_model.pre_layrnorm.weight": ("image", 0),
        "vision_model.encoder.layers.2.self_attn.q_proj.weight": ("image", 3),
        "visual_projection.weight": ("image", 4),
        "logit_scale": ("", 1),
    }
    assert {name: (place.tower, place.layer) for name, place in places(names).items()} == names
    theirs = {
        "inner.text.token_embedding.weight": ("text", 0),
        "inner.text.positional_embedding": ("text", 0),
        "inner.text.transformer.resblocks.3.mlp.c_fc.weight": ("text", 4),
        "inner.text.ln_final.weight": ("text", 5),
        "inner.visual.trunk.stem.0.conv_kxk.0.conv.weight": ("image", 0),
        "inner.visual.trunk.stages.1.blocks.2.mlp.fc1.weight": ("image", 2),
        "inner.visual.trunk.head.fc.weight": ("image", 3),
        "inner.logit_scale": ("", 1),
    }
    assert {name: (place.tower, place.layer) for name, place in places(theirs).items()} == theirs


def test_freezing_and_layer_decay(desks: Desks) -> None:
    model = read_trainee(desks.base).checkpoint.model
    settings = OptimiserSettings(lr=1.0, weight_decay=0.1, layer_decay=0.5, freeze=1)
    let_learn(model, "text", settings)
    found = places(name for name, _ in model.named_parameters())
    learning = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert learning == {name for name, place in found.items() if place.tower == "text" and place.layer >= 1}
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    top = depth(found.values(), "text")
    assert top == 3
    for group in parameter_groups(model, torch.nn.Identity(), settings):
        for parameter in group["params"]:
            place = found[names[id(parameter)]]
            assert group["lr"] == 0.5 ** (top - place.layer)
            assert group["weight_decay"] == (0.1 if parameter.ndim > 1 else 0.0)
    with pytest.raises(InputError, match="4 layers"):
        let_learn(model, "text", OptimiserSettings(freeze=4))


def test_what_cannot_be_trained_is_named(desks: Desks, clip: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match="only ONNX graphs"):
        read_trainee(clip)
    with pytest.raises(EncoderMissing, match="no model called"):
        read_trainee("nobody-knows-this")
    with pytest.raises(InputError, match="exists already"):
        tune(desks.base, desks.few, desks.base, tower="text")
    with pytest.raises(InputError, match="no negatives"):
        tune(desks.base, desks.few, tmp_path / "one", tower="text", batch=1)
