"""``picdesk train spaces`` as a user runs it: two models that share no space become a search."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")

from picdesk.encoders import load_encoder
from tests.command_line import ENVIRONMENT, ROOT, picdesk
from tests.tiny import build_clip
from tests.train.scenes import write_stories


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_stories(tmp_path_factory.mktemp("stories") / "day", 0, 120)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reads, and shares no space with the one that sees."""
    folder = tmp_path_factory.mktemp("models") / "reader"
    return build_clip(folder, dimension=18, sides=("textual",), text_input="input_ids")


@pytest.fixture(scope="module")
def seer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_clip(tmp_path_factory.mktemp("models") / "seer", seed=7, dimension=24, sides=("visual",))


def test_two_models_become_a_search(stories: Path, reader: Path, seer: Path, tmp_path: Path) -> None:
    said = picdesk("train", "spaces", stories, "--text", reader, "--image", seer, "-o", tmp_path / "ours", "--json")
    assert said.code == 0, said.err
    assert said.document["after"]["MRR@100"] > 0.25  # by chance 0.16 among 24
    assert said.document["cosine"] > 0.999
    assert said.document["pairs"] == 120
    assert said.document["held_back"] == 24
    assert {path.name for path in (tmp_path / "ours").iterdir()} == {
        "README.md", "config.json", "heads.safetensors", "textual", "visual",
    }  # fmt: skip
    card = (tmp_path / "ours/README.md").read_text()
    assert "held back to measure on: 24" in card
    assert not (tmp_path / "ours.run").exists()
    archive = tmp_path / "archive"
    added = picdesk("add", archive, stories.parent / "images", "--encoder", tmp_path / "ours", "--json")
    assert added.document["encoded"] == 120
    hits = picdesk("search", archive, "blue house in the north", "--json").document["hits"]
    assert hits[0]["signals"]["ours"] > 0.5


def test_without_torch_it_runs(stories: Path, reader: Path, seer: Path, tmp_path: Path) -> None:
    assert (
        picdesk("train", "spaces", stories, "--text", reader, "--image", seer, "-o", tmp_path / "ours", "-q").code == 0
    )
    script = (
        "import sys; sys.modules['torch'] = None; from picdesk.encoders import load_encoder;"
        f"print(load_encoder({str(tmp_path / 'ours')!r}).encode_texts(['red sun']).shape)"
    )
    ran = subprocess.run([sys.executable, "-c", script], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("(1, ")


def test_the_same_seed_gives_the_same_encoder_to_the_bit(
    stories: Path, reader: Path, seer: Path, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        said = picdesk(
            "train", "spaces", stories, "--text", reader, "--image", seer, "-o", tmp_path / name, "-q",
            "--loss", "margin", "--heads", "memory", "--heads", "perceptron", "--epochs", 3, "--seed", 5,
        )  # fmt: skip
        assert said.code == 0, said.err
    assert load_encoder(tmp_path / "a").fingerprint == load_encoder(tmp_path / "b").fingerprint
    assert (tmp_path / "a/training/fit.jsonl").read_bytes() == (tmp_path / "b/training/fit.jsonl").read_bytes()


def test_killed_and_resumed_gives_the_same_encoder(stories: Path, reader: Path, seer: Path, tmp_path: Path) -> None:
    def arguments(name: str) -> list[str]:
        return [
            "train", "spaces", str(stories), "--text", str(reader), "--image", str(seer), "-o", str(tmp_path / name),
            "-q", "--loss", "infonce", "--epochs", "40", "--set", "directions=64", "--set", "save-every=1",
        ]  # fmt: skip

    running = subprocess.Popen(
        [sys.executable, "-c", "from picdesk.cli import main; main()", *arguments("a")], env=ENVIRONMENT, cwd=ROOT
    )
    log = tmp_path / "a.run/fit/log.jsonl"
    while running.poll() is None and not (log.exists() and len(log.read_text().splitlines()) > 3):
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not (tmp_path / "a").exists()
    refused = picdesk(*arguments("a"))
    assert refused.code == 2
    assert "--resume" in refused.err
    other = picdesk(*arguments("a"), "--resume", "--seed", 9)
    assert other.code == 2
    assert "other loop" in other.err
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "PICDESK_CACHE", ENVIRONMENT["PICDESK_CACHE"])
        assert picdesk(*arguments("a"), "--resume").code == 0
        assert picdesk(*arguments("b")).code == 0
    assert load_encoder(tmp_path / "a").fingerprint == load_encoder(tmp_path / "b").fingerprint


def test_several_models_a_side(stories: Path, reader: Path, seer: Path, other_clip: Path, tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    said = picdesk(
        "train", "spaces", stories, "--text", reader, "--text", other_clip, "--image", seer, "--image", other_clip,
        "-o", ours, "--heads", "perceptron", "--heads", "memory", "--epochs", 2, "--set", "directions=8", "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert set(said.document["parts"]) == {"memory", "perceptron"}
    assert said.document["cosine"] > 0.999
    encoder = load_encoder(ours, runtime="onnxruntime")
    layout = json.loads((ours / "spaces.json").read_text())
    assert len(layout["spaces"]) == 8
    assert encoder.dimension == sum(space["length"] for space in layout["spaces"])
    pictures = [Image.open(path) for path in sorted((stories.parent / "images").iterdir())[:3]]
    together = encoder.encode_images(pictures)
    prepared = np.stack([encoder.prepare_image(picture) for picture in pictures])
    assert encoder.encode_pixels(prepared) == pytest.approx(together, abs=1e-6)
    # The cosine is the mean of the spaces' cosines, each computed from the parts by themselves.
    text = encoder.encode_texts(["red sun in the west"])
    parts = {
        place: load_encoder(ours / place, runtime="onnxruntime") for place in (*layout["texts"], *layout["images"])
    }
    cosines = []
    for space in layout["spaces"]:
        row = parts[layout["texts"][space["text"]]].encode_texts(["red sun in the west"])[0]
        seen = parts[layout["images"][space["image"]]].encode_images(pictures)[0]
        row, seen = (
            values[start : start + space["length"]] for values, start in ((row, space["from"]), (seen, space["at"]))
        )
        cosines.append(row @ seen / np.linalg.norm(row) / np.linalg.norm(seen))
    assert text[0] @ together[0] == pytest.approx(np.mean(cosines), abs=1e-4)
    before = encoder.fingerprint
    weights = ours / "images/1/visual/preprocess_cfg.json"
    weights.write_text(weights.read_text() + "\n")
    assert load_encoder(ours).fingerprint != before
    assert encoder.image_side == 32
    assert encoder.count_tokens(["red", "red " * 500])[1] > (encoder.text_limit or 0)
    (ours / "spaces.json").write_text(json.dumps(layout | {"spaces": [layout["spaces"][0] | {"from": 9999}]}))
    with pytest.raises(Exception, match="does not fit"):
        load_encoder(ours)


def test_every_setting_of_the_paper_is_within_reach(stories: Path, reader: Path, seer: Path, tmp_path: Path) -> None:
    named = {
        "margin": "0.1", "dropout": "0.4", "activation": "tanh", "directions": "16", "decay": "0.95",
        "halve-after": "2", "clip": "1.5", "patience": "none", "share": "0.3", "split": "random", "refit": "no",
        "warm-up": "0.1", "cosine": "yes",
    }  # fmt: skip
    said = picdesk(
        "train", "spaces", stories, "--text", reader, "--image", seer, "-o", tmp_path / "ours", "--loss", "margin",
        "--epochs", 2, "--batch", 32, "--rate", 0.001,
        *(part for item in named.items() for part in ("--set", "=".join(item))),
    )  # fmt: skip
    assert said.code == 0, said.err
    card = (tmp_path / "ours/README.md").read_text()
    settings = json.loads(card.partition("```json")[2].partition("```")[0])
    loop = settings["loop"]
    assert (loop["batch"], loop["rate"], loop["clip"], loop["patience"]) == (32, 0.001, 1.5, None)
    assert loop["schedule"] == {"warm_up": 0.1, "cosine": True, "decay": 0.95, "halve_after": 2}
    assert settings["loss_settings"] == {"margin": 0.1}
    assert (settings["dropout"], settings["activation"], settings["refit"]) == (0.4, "tanh", False)


@pytest.mark.parametrize(
    ("extra", "code", "says"),
    [
        (["--set", "colour=red"], 2, "halve-after"),
        (["--set", "dropout"], 2, "has no '='"),
        (["--set", "clip=much"], 2, "a number"),
        (["--loss", "hinge"], 2, "infonce"),
        (["--loss", "margin", "--batch", "1"], 2, "no negatives"),
        (["--heads", "deep"], 2, "perceptron"),
        (["--device", "cuda:99"], 3, "--device"),
        (["--format", "coco"], 2, "n24news"),
    ],
)
def test_wrong_usage_is_told(
    stories: Path, reader: Path, seer: Path, tmp_path: Path, extra: list[str], code: int, says: str
) -> None:
    said = picdesk("train", "spaces", stories, "--text", reader, "--image", seer, "-o", tmp_path / "ours", *extra)
    assert (said.code, says in said.err) == (code, True), said.err
    assert not list(tmp_path.iterdir())


def test_sides_that_are_missing_and_photos_that_cannot_be_read(reader: Path, seer: Path, tmp_path: Path) -> None:
    table = write_stories(tmp_path / "day", 0, 30)
    (tmp_path / "day/images/s0002.png").write_bytes(b"no picture")
    swapped = picdesk("train", "spaces", table, "--text", seer, "--image", reader, "-o", tmp_path / "ours")
    assert swapped.code == 2
    assert "has no text side" in swapped.err
    said = picdesk("train", "spaces", table, "--text", reader, "--image", seer, "-o", tmp_path / "ours", "--json")
    assert said.document["skipped"] == {"photo cannot be read": 1}
    assert said.document["pairs"] == 29
    again = picdesk("train", "spaces", table, "--text", reader, "--image", seer, "-o", tmp_path / "ours")
    assert again.code == 2
    assert "exists already" in again.err
    few = write_stories(tmp_path / "few", 0, 3)
    said = picdesk("train", "spaces", few, "--text", reader, "--image", seer, "-o", tmp_path / "other")
    assert said.code == 2
    assert "too few" in said.err
