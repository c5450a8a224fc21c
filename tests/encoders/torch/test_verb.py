"""``picdesk models export`` as a user meets it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from picdesk.encoders import load_encoder
from tests.command_line import ENVIRONMENT, picdesk
from tests.drawn.scenes import fill_folder
from tests.hub import serve_hub


def test_it_prints_the_smallest_cosines(clip_folder: tuple[Path, Any], tmp_path: Path) -> None:
    said = picdesk("models", "export", clip_folder[0], tmp_path / "out", "--precision", "fp16")
    assert (said.code, said.err) == (0, "")
    where, cosines = said.out.splitlines()
    assert where.startswith(f"{tmp_path / 'out'}: clip, fp16, quick_gelu, 77 tokens, ")
    assert cosines.startswith("smallest cosine to the source: images ")
    assert load_encoder(tmp_path / "out").text_limit == 77


def test_one_json_document(made: Path, tmp_path: Path) -> None:
    source = made / "training" / "epoch_3.pt"
    said = picdesk("models", "export", source, tmp_path / "out", "--stretch", "--quick-gelu", "--json")
    assert (said.code, said.err) == (0, "")
    document = said.document
    assert min(document["image_cosine"], document["text_cosine"]) > 0.9999
    assert {key: document[key] for key in ("kind", "activation", "text_limit", "precision")} == {
        "kind": "open_clip",
        "activation": "quick_gelu",
        "text_limit": 248,
        "precision": "fp32",
    }
    assert json.loads((tmp_path / "out" / "config.json").read_text())["text_cfg"] == {"context_length": 248}


def test_below_the_limit_the_exit_code_is_1(clip_folder: tuple[Path, Any], tmp_path: Path) -> None:
    said = picdesk("models", "export", clip_folder[0], tmp_path / "out", "--precision", "int8", "--least-cosine", "1")
    assert said.code == 1
    assert "the limit is 1" in said.err
    assert "--least-cosine" in said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (["nothing.pt", "out"], 3, "no checkpoint 'nothing.pt' here"),
        (["nothing.pt", "out", "--precision", "fp8"], 2, "fp8"),
        (["nothing.pt", "."], 2, "exists already"),
    ],
)
def test_what_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said = picdesk("models", "export", *arguments)
    assert (said.code, said.out) == (code, "")
    assert what in said.err


def test_a_name_of_the_catalogue_fetches_its_weights(clip_folder: tuple[Path, Any], tmp_path: Path) -> None:
    shutil.copytree(clip_folder[0], tmp_path / "original")
    with serve_hub("openai/clip-vit-base-patch32", tmp_path / "original") as hub:
        environment = ENVIRONMENT | hub.environment(tmp_path / "cache")
        command = [sys.executable, "-c", "from picdesk.cli import main; main()", "models", "export", "clip-vit-b-32"]
        done = subprocess.run(
            [*command, tmp_path / "out", "--json"], env=environment, capture_output=True, text=True, timeout=600
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["image_cosine"] > 0.9999
    assert "model.safetensors" in hub.got
    assert "README.md" not in hub.got
    assert load_encoder(tmp_path / "out").has_texts


def test_a_checkpoint_fills_an_archive_and_is_remembered_itself(clip_folder: tuple[Path, Any], tmp_path: Path) -> None:
    fill_folder(tmp_path / "photos", 3)
    said = picdesk("add", tmp_path / "archive", tmp_path / "photos", "--encoder", clip_folder[0], "--json")
    assert said.code == 0, said.err
    assert said.document["encoded"] == 3
    (encoder,) = picdesk("info", tmp_path / "archive", "--json").document["encoders"]
    assert encoder["location"] == str(clip_folder[0].resolve())
    shutil.rmtree(Path(ENVIRONMENT["PICDESK_CACHE"]) / "checkpoints")
    again = picdesk("search", tmp_path / "archive", "red", "--json")
    assert again.code == 0, again.err
    assert again.document["fusion"] == "evidence"
