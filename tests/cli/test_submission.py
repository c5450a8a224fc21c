from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import picdesk
from tests.drawn.scenes import draw_scene, jpeg_bytes
from tests.newsimages.made_submission import png, sound_2025, write_zip


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    lines = []
    for article in range(1, 6):
        (tmp_path / f"photos/p{article}.jpg").write_bytes(jpeg_bytes(draw_scene(article, size=(640, 480))))
        lines.append(f"{article} Q0 p{article} 1 1.0 run\n")
    (tmp_path / "run.tsv").write_text("".join(lines))
    header = "article_id,article_url,article_title,article_tags,image_id,image_url\n"
    rows = [f"{article},https://x.org/{article},Title,tag,P{article},https://x.org/p.jpg\n" for article in range(1, 6)]
    (tmp_path / "newsarticles.csv").write_text(header + "".join(rows))
    (tmp_path / "subset.csv").write_text("".join(rows[:2]))
    return tmp_path


@pytest.mark.parametrize(("edition", "options"), [("2025", ("--type", "RET")), ("2026", ())])
def test_what_build_makes_check_finds_sound(edition: str, options: tuple[str, ...], desk: Path) -> None:
    lists = ("--articles", desk / "newsarticles.csv")
    subset = ("--subset", desk / "subset.csv")
    build = ("submission", "build", desk / "run.tsv", "--photos", desk / "photos", "-o", desk / "G.zip", "--group", "G")
    made = picdesk(*build, "--edition", edition, *options, *lists, *(subset if edition == "2025" else ()), "--json")
    assert made.code == 0, made.err
    assert made.document["pictures"] == (7 if edition == "2025" else 5)
    assert made.document["missing"] == []
    checked = picdesk("submission", "check", desk / "G.zip", *lists, *subset, "--json")
    assert checked.code == 0, checked.out
    assert (checked.document["ok"], checked.document["edition"], checked.document["group"]) == (True, edition, "G")
    assert set(checked.document["unchecked"]) == {"originals"}
    said = picdesk("submission", "check", desk / "G.zip", *lists, *subset, "--originals", desk / "photos")
    assert said.code == 1
    assert "originals: No picture is the organisers' original." in said.out


def test_faults_are_told_with_their_files_and_exit_code_1(desk: Path) -> None:
    files = sound_2025() | {"G/RET_reg_LARGE/3_G_reg.png": png(3, (100, 100)), "notes.txt": b""}
    write_zip(desk / "G.zip", files)
    arguments = ("submission", "check", desk / "G.zip", "--articles", desk / "newsarticles.csv")
    said = picdesk(*arguments)
    assert said.code == 1
    assert "G/RET_reg_LARGE/3_G_reg.png: 100 x 100 pixels, not 460 x 260" in said.out
    assert "G/RET_reg_LARGE: no picture for 1 article: 5" in said.out
    assert "not checked: A SMALL run has the articles of the subset" in said.err
    assert "3 faults" in said.out
    document = picdesk(*arguments, "--json").document
    assert document["counts"] == {"stray": 1, "size": 1, "missing": 1}
    assert {
        "rule": "stray",
        "file": "notes.txt",
        "message": "not in the folder of a run, such as G/RET_NAME_LARGE",
    } in (document["faults"])
    rules = [option for rule in document["counts"] for option in ("--ignore", rule)]
    quiet = picdesk(*arguments, *rules, "-q")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_long_lists_are_cut_and_say_so(desk: Path) -> None:
    files = {f"G_a/{n}_G_a.txt": b"" for n in range(30)}
    said = picdesk("submission", "check", write_zip(desk / "G.zip", files))
    assert said.code == 1
    assert "... and 20 more; all of them with --json" in said.out
    assert len(picdesk("submission", "check", desk / "G.zip", "--json").document["faults"]) >= 30


def test_articles_without_a_photo_are_named(desk: Path) -> None:
    (desk / "photos/p4.jpg").unlink()
    build = ("submission", "build", desk / "run.tsv", "--photos", desk / "photos", "-o", desk / "tree", "--group", "G")
    said = picdesk(*build, "--name", "one")
    assert said.code == 0
    assert said.out == f"4 pictures · 1 folders · 1 missing · {desk / 'tree'}\n"
    assert "no picture for article 4 of one: its file is not among the photos" in said.err
    assert picdesk(*build, "--name", "one", "--name", "two").code == 2
    assert "is there already" in picdesk(*build, "--name", "one").err
    assert picdesk(*build, "--photos", desk / "nothing").code == 1
