"""The commands and examples of docs/ranking.md run as they stand there."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from picdesk import read_run
from tests.command_line import ROOT, picdesk

PAGE = ROOT / "docs/ranking.md"
COMMANDS = [
    line.split("#")[0].strip()
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if line.startswith(("picdesk rank archive ", "picdesk evaluate ", "picdesk compare "))
]
HEADLINES = ["A red house", "The sun over green trees", "Blue car in the city", "White boats"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, scenes: Path, clip: Path) -> Path:
    """A folder with an archive, a table of articles and one of a single article."""
    folder = tmp_path_factory.mktemp("desk")
    assert picdesk("add", folder / "archive", scenes, "--encoder", clip, "-q").code == 0
    names = sorted(photo.stem for photo in scenes.iterdir())
    rows = [f"{number},{headline},{names[number]}" for number, headline in enumerate(HEADLINES)]
    (folder / "newsarticles.csv").write_text("\n".join(["article_id,article_title,image_id", *rows]), encoding="utf-8")
    (folder / "one.csv").write_text("article_id,article_title\n9,A yellow house\n", encoding="utf-8")
    return folder


def test_the_page_has_commands() -> None:
    assert len(COMMANDS) >= 8


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_runs(desk: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    words = shlex.split(command)
    said = picdesk(*words[1:])
    assert said.code == 0, said.err
    if words[1] != "rank":
        assert "MRR@100" in said.out
        return
    run = read_run(Path(words[words.index("-o") + 1]))
    assert len(run) == (1 if "one.csv" in words else len(HEADLINES))
    assert all(photos for _, photos in run)
    firsts = [photos[0][0] for _, photos in run]
    if "--one-to-one" in words or "--no-repeats" in words:
        assert len(set(firsts)) == len(firsts)


def test_the_examples_of_the_page_run() -> None:
    done = doctest.testfile(str(PAGE), module_relative=False)
    assert done.attempted
    assert not done.failed
