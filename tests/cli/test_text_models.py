"""``picdesk models`` with a model that translates: from the hub on this machine to a sentence."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest

from picdesk.articles.translate import load_translator
from tests import command_line
from tests.command_line import run_picdesk
from tests.hub import serve_hub
from tests.tiny.text_models import build_marian


def test_get_fetches_converts_and_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = build_marian(tmp_path / "original")
    with serve_hub("Helsinki-NLP/opus-mt-de-en", original) as hub:
        environment = hub.environment(tmp_path / "hub") | {"PICDESK_CACHE": str(tmp_path / "cache")}
        with mock.patch.dict(command_line.ENVIRONMENT, environment):
            said = run_picdesk("models", "get", "opus-mt-de-en", "--json")
            assert said.code == 0, said.err
            folder = Path(said.document["folder"])
            assert said.document["already"] is False
            assert {*hub.got, "target.spm"} == {  # here both have the same bytes, which come once
                *("config.json", "generation_config.json", "model.safetensors", "source.spm", "target.spm"),
                *("tokenizer_config.json", "vocab.json"),
            }
            asked = len(hub.asked)
            again = run_picdesk("models", "get", "opus-mt-de-en")
            assert again.out.strip() == str(folder)
            assert "was here already" in again.err
            assert "Licence: Apache-2.0" in again.err
            listed = run_picdesk("models", "--json").document["text_models"]
            assert [model["name"] for model in listed if model["here"]] == ["opus-mt-de-en"]
            assert len(hub.asked) == asked
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "cache"))
    assert load_translator("auto", "de").translate(["Ein Feuer in Köln."])[0]


def test_convert_as_a_user_does(tmp_path: Path) -> None:
    build_marian(tmp_path / "original")
    said = run_picdesk("models", "convert", "original", "out", "--json", cwd=tmp_path)
    assert said.code == 0, said.err
    assert said.document["kind"] == "marian"
    assert said.err == ""
    again = run_picdesk("models", "convert", "original", "out", cwd=tmp_path)
    assert (again.code, again.out) == (2, "")
    assert "out exists already" in again.err
