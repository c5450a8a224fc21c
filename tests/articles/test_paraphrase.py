"""Paraphrases by a tiny T5: seeded, remembered, from either kind of folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from picdesk.articles import paraphrase as room
from picdesk.articles.paraphrase import T5Paraphraser, load_paraphraser
from picdesk.articles.translate import TranslatorMissing
from picdesk.articles.translate.convert import convert_model
from picdesk.articles.translate.remember import Memory
from picdesk.errors import InputError
from tests.command_line import ENVIRONMENT
from tests.tiny.text_models import build_marian, build_t5

TEXTS = ["A fire broke out in a warehouse.", "The mayor visited the town."]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_t5(tmp_path_factory.mktemp("models") / "t5")


@pytest.fixture(scope="module")
def converted(original: Path) -> Path:
    return convert_model(original, original.parent / "converted").folder


def test_variants_are_distinct_and_as_many_as_asked(converted: Path) -> None:
    paraphraser = T5Paraphraser(converted, memory=Memory(None))
    for n in (0, 1, 4):
        said = paraphraser.paraphrase(TEXTS, n)
        assert [len(variants) for variants in said] == [n, n]
        for text, variants in zip(TEXTS, said, strict=True):
            assert len({*(variant.lower() for variant in variants), text.lower()}) == n + 1
    assert paraphraser.paraphrase([], 3) == []
    assert paraphraser.paraphrase(["", "12:30"], 3) == [(), ()]


def test_the_seed_decides_and_nothing_else_does(converted: Path) -> None:
    paraphraser = T5Paraphraser(converted, memory=Memory(None))
    said = paraphraser.paraphrase(TEXTS, 3, seed=1)
    assert paraphraser.paraphrase(TEXTS[::-1], 3, seed=1) == said[::-1]
    assert paraphraser.paraphrase(TEXTS[1:], 3, seed=1) == said[1:]
    assert paraphraser.paraphrase(TEXTS, 3, seed=2) != said
    code = (
        "import json, sys\nfrom pathlib import Path\n"
        "from picdesk.articles.paraphrase import load_paraphraser\n"
        "paraphraser = load_paraphraser(sys.argv[1], remember=False)\n"
        "print(json.dumps(paraphraser.paraphrase(json.loads(sys.argv[2]), 3, seed=1)))"
    )
    command = [sys.executable, "-c", code, str(converted), json.dumps(TEXTS)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert [tuple(variants) for variants in json.loads(done.stdout)] == said


def test_variants_are_remembered(converted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(tmp_path / "answers.sqlite")
    said = T5Paraphraser(converted, memory=memory).paraphrase(TEXTS, 2, seed=3)
    monkeypatch.setattr(room, "open_engine", lambda *_: pytest.fail("the model was loaded"))
    again = T5Paraphraser(converted, memory=memory)
    assert again.paraphrase(TEXTS[:1], 2, seed=3) == said[:1]
    for other in ({"n": 3, "seed": 3}, {"n": 2, "seed": 4}):
        with pytest.raises(pytest.fail.Exception):
            again.paraphrase(TEXTS, **other)


def test_a_folder_of_transformers_is_converted_once(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path))
    first = load_paraphraser(str(original))
    assert first.name == "t5"
    said = first.paraphrase(TEXTS, 2)
    monkeypatch.setattr("picdesk.articles.translate.convert.convert_model", lambda *_: pytest.fail("converted again"))
    assert load_paraphraser(str(original)).paraphrase(TEXTS, 2) == said


def test_the_prefix_is_part_of_the_question(converted: Path) -> None:
    plain, other = (T5Paraphraser(converted, prefix=prefix, memory=Memory(None)) for prefix in (None, "say: "))
    assert plain._source("a fire") == other._source("a fire") or plain._key("a", 1, 0) != other._key("a", 1, 0)
    assert T5Paraphraser(converted, prefix="paraphrase: ", memory=Memory(None))._source("a") == plain._source("a")


def test_what_cannot_be_paraphrased(converted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paraphraser = T5Paraphraser(converted, memory=Memory(None))
    monkeypatch.setattr(room, "open_engine", lambda *_: pytest.fail("drawn before all texts were looked at"))
    with pytest.raises(InputError, match="over the 64"):
        paraphraser.paraphrase([TEXTS[0], "fire " * 100])
    with pytest.raises(InputError, match="-1 variants"):
        paraphraser.paraphrase(TEXTS, -1)
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(TranslatorMissing, match="picdesk models get t5-paraphrase-paws"):
        load_paraphraser("t5-paraphrase-paws")
    with pytest.raises(TranslatorMissing, match="no paraphraser called 'opus-mt-de-en'"):
        load_paraphraser("opus-mt-de-en")
    marian = convert_model(build_marian(tmp_path / "m"), tmp_path / "out").folder
    with pytest.raises(TranslatorMissing, match="a marian model, which does not paraphrase"):
        load_paraphraser(str(marian))
