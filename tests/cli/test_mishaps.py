"""Odd arguments and broken surroundings end in one clear message and an exit code, never in a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from picdesk import open_archive
from tests.command_line import ENVIRONMENT, Said, picdesk, run_picdesk
from tests.drawn.scenes import draw_scene, jpeg_bytes


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Path:
    folder = tmp_path_factory.mktemp("mishaps")
    (folder / "photos").mkdir()
    for number in range(4):
        (folder / f"photos/{number}.jpg").write_bytes(jpeg_bytes(draw_scene(number)))
    rows = ["0.jpg,zero,北京 – mayor", "1.jpg,one,mayor \x1b]0;evil\x07", "2.jpg,two,mayor", "3.jpg,three,mayor"]
    (folder / "photos/list.csv").write_text("file,id,caption\n" + "\n".join(rows), encoding="utf-8")
    open_archive(folder / "archive", encoder=clip).add(folder / "photos/list.csv")
    return folder


def fails(code: int, what: str, *arguments: object, cwd: Path, run: Callable[..., Said] = picdesk) -> Said:
    said = run(*arguments, cwd=cwd)
    assert "Traceback" not in said.err
    assert said.code == code, said.err
    assert what in said.err
    return said


def test_a_sheet_that_cannot_be_written(place: Path) -> None:
    fails(2, "cannot be written", "search", "archive", "mayor", "--sheet", "no/such/sheet.html", cwd=place)


def test_the_last_day(place: Path) -> None:
    fails(
        1, "no photo passes", "search", "archive", "mayor", "--before", "9999-12-31", "--after", "9999-12-31", cwd=place
    )


@pytest.mark.parametrize("condition", ["1/0 = 1", "cast(name as int) = 3", "nosuch(name)", "name ~ '('", ""])
def test_conditions_that_fail_while_they_run(place: Path, condition: str) -> None:
    said = picdesk("search", "archive", "mayor", "--where", condition, cwd=place)
    assert "Traceback" not in said.err
    assert said.code == (0 if not condition else 2)


def test_an_encoder_with_an_endless_name(place: Path) -> None:
    fails(3, "no encoder called", "search", "archive", "mayor", "--encoder", "x" * 300, cwd=place)


def test_the_same_encoder_twice(place: Path, clip: Path) -> None:
    said = picdesk("search", "archive", "mayor", "--encoder", clip, "--encoder", clip, cwd=place)
    assert said.code == 0, said.err


def test_an_encoder_that_cannot_see(place: Path, tmp_path: Path) -> None:
    from tests.tiny import build_clip

    words = build_clip(tmp_path / "words", sides=("textual",))
    fails(2, "has no image side", "add", tmp_path / "new", "photos", "--encoder", words, cwd=place)
    assert not (tmp_path / "new").exists()


def test_undecodable_arguments(place: Path) -> None:
    latin = os.fsdecode(b"caf\xe9")
    for run in (picdesk, run_picdesk):  # only a process of its own has streams that must encode what they print
        fails(1, "no photo is called", "remove", "archive", latin, cwd=place, run=run)
    fails(1, "no photo passes", "search", "archive", "mayor", "--credit", latin, cwd=place, run=run_picdesk)
    fails(2, "no such file", "search", "archive", "--image", latin, cwd=place, run=run_picdesk)


@pytest.mark.parametrize("arguments", [["search", "archive", "mayor"], ["search", "archive", "mayor", "--json"]])
def test_a_pipe_of_a_narrow_encoding(place: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from picdesk.cli import main; main()", *arguments],
        cwd=place,
        env={**ENVIRONMENT, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert "北京" in done.stdout.decode("utf-8")


def test_captions_do_not_steer_the_terminal(place: Path) -> None:
    said = picdesk("search", "archive", "mayor", cwd=place)
    assert "evil" in said.out
    assert "\x1b" not in said.out
    assert "\x07" not in said.out


def test_a_reader_that_leaves(place: Path) -> None:
    code = "from picdesk.cli import main; main()"
    line = f"'{sys.executable}' -c '{code}' search archive mayor --json | head -c 10"
    done = subprocess.run(["sh", "-c", line], cwd=place, env=ENVIRONMENT, capture_output=True, text=True)
    assert "Traceback" not in done.stderr


def test_an_address_is_no_source(place: Path) -> None:
    fails(2, "not on this machine: https://example.com/photos", "add", "new", "https://example.com/photos", cwd=place)


def test_torn_tables(place: Path, tmp_path: Path, clip: Path) -> None:
    archive = tmp_path / "archive"
    open_archive(archive, encoder=clip).add(place / "photos")
    for data in (archive / "photos.lance/data").iterdir():
        data.write_bytes(data.read_bytes()[: data.stat().st_size // 2])
    for verb in (["search", archive, "mayor"], ["info", archive], ["remove", archive, "0"]):
        said = fails(2, "cannot be read", *verb, cwd=place)
        assert "picdesk verify" in said.err
    assert picdesk("verify", archive, cwd=place).code == 1
