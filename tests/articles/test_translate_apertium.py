"""Asking ``apertium``, with a program of the tests' own in its place."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil
import pytest

from picdesk.articles.translate import TranslatorMissing, load_translator, translate_text
from picdesk.articles.translate.apertium import ApertiumTranslator, find_mode

FAKE = """#!/bin/sh
if [ "$1" = "-l" ]; then printf '  eng-spa\\n  spa-eng_US\\n  spa-eng\\n  hbs-eng\\n'; exit 0; fi
[ "$1" = "-u" ] && [ "$2" = "spa-eng" ] || { echo "Error: Mode $2 does not exist" >&2; exit 1; }
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "bin/apertium"
    path.parent.mkdir()
    monkeypatch.setenv("PATH", str(path.parent), prepend=":")
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return path


def behave(path: Path, line: str) -> None:
    path.write_text(FAKE + line + "\n")
    path.chmod(0o755)


def test_it_is_found_and_asked_sentence_by_sentence(program: Path) -> None:
    behave(program, "tr 'a-z' 'A-Z'")
    assert find_mode("es", "en") == "spa-eng"
    assert find_mode("hr", "en") == "hbs-eng"
    assert find_mode("de", "en") is None
    for where in ("apertium", "auto"):
        translator = load_translator(where, "es-MX")
        assert (translator.name, translator.source, translator.target) == ("apertium spa-eng", "es", "en")
        assert translator.translate(["hola  mundo", "12:30", "fuego\nen", "hola  mundo"]) == [
            "HOLA MUNDO",
            "12:30",
            "FUEGO EN",
            "HOLA MUNDO",
        ]
    assert translate_text("Hola. Fuego.\n\nFin.", translator) == "HOLA. FUEGO.\n\nFIN."


def test_lines_that_are_run_together_are_asked_one_by_one(program: Path) -> None:
    behave(program, "tr '\\n' ' ' | tr 'a-z' 'A-Z'; echo")
    assert ApertiumTranslator("es", "en").translate(["uno", "dos", "tres"]) == ["UNO", "DOS", "TRES"]


def test_one_that_hangs_is_stopped_with_its_children(program: Path, tmp_path: Path) -> None:
    behave(program, f"sh -c 'echo $$ > {tmp_path}/pid; sleep 300; true' | cat")
    with pytest.raises(TranslatorMissing, match="did not answer within 0 s"):
        ApertiumTranslator("es", "en", seconds=0.3).translate(["hola"])
    if (tmp_path / "pid").exists():  # where it was stopped before it had begun, there is nothing to look for
        with contextlib.suppress(psutil.NoSuchProcess):
            child = psutil.Process(int((tmp_path / "pid").read_text()))
            assert psutil.wait_procs([child], timeout=60)[0] == [child]


@pytest.mark.parametrize("line", ["exit 3", "true", "echo broken >&2; exit 1"])
def test_one_that_fails_is_no_translation(program: Path, line: str) -> None:
    behave(program, line)
    with pytest.raises(TranslatorMissing, match="apertium spa-eng failed"):
        ApertiumTranslator("es", "en").translate(["hola"])


def test_without_it_the_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TranslatorMissing, match="apertium is not installed") as raised:
        load_translator("apertium", "es")
    assert "apt install apertium" in raised.value.hint
