"""One JSON document on stdout, with the fields that scripts rely on; everything else on stderr."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from picdesk import open_archive
from tests.command_line import picdesk, start_picdesk
from tests.drawn.scenes import draw_scene, jpeg_bytes


@pytest.fixture
def archive(photos: Path, tmp_path: Path, clip: Path) -> Path:
    open_archive(tmp_path / "archive", encoder=clip).add(photos)
    return tmp_path / "archive"


def test_add(photos: Path, tmp_path: Path, clip: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"")
    said = picdesk("add", tmp_path / "archive", photos, "--encoder", clip, "--json")
    assert said.code == 0
    document = said.document
    assert {name: document[name] for name in ("kept", "already", "refused", "encoded")} == {
        "kept": 12,
        "already": 0,
        "refused": 1,
        "encoded": 12,
    }
    assert document["seconds"] > 0
    assert document["problems"][0]["uri"].endswith("broken.jpg")
    again = picdesk("add", tmp_path / "archive", photos, "--json").document
    assert (again["kept"], again["already"], again["encoded"]) == (0, 12, 0)


def test_search(archive: Path, photos: Path) -> None:
    said = picdesk("search", archive, "--image", photos / "scene-0002.jpg", "--json", "-k", "3")
    hits = said.document["hits"]
    assert said.document["exact"] is True
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    first = hits[0]
    assert {"rank", "id", "name", "uri", "score", "signals", "credit", "rights"} <= first.keys()
    assert (first["name"], first["uri"]) == ("scene-0002", (photos / "scene-0002.jpg").as_uri())
    assert first["signals"]["tiny-clip"] == pytest.approx(1, abs=1e-4)


def test_an_empty_answer_is_a_document_too(archive: Path) -> None:
    said = picdesk("search", archive, "xyzzy", "--where", "width > 5000", "--json")
    assert said.code == 1
    assert said.document["hits"] == []


def test_story_from_stdin_file_and_words(archive: Path, tmp_path: Path) -> None:
    story = "Scene 0007 opens\n\nA lead paragraph."
    (tmp_path / "story.txt").write_text(story)
    for said in (
        picdesk("search", archive, "-", "--json", stdin=story),
        picdesk("search", archive, tmp_path / "story.txt", "--json"),
        picdesk("search", archive, "Scene 0007 opens", "--json"),
    ):
        assert said.document["query"]["headline"] == "Scene 0007 opens"
        assert said.code == 0


def test_info_remove_verify_compact_doctor(archive: Path) -> None:
    assert picdesk("info", archive, "--json").document["photos"] == 12
    removed = picdesk("remove", archive, "scene-0001", "--json").document["removed"]
    assert [photo["name"] for photo in removed] == ["scene-0001"]
    assert picdesk("verify", archive, "--json").document == {"ok": True, "problems": []}
    assert set(picdesk("compact", archive, "--json").document) == {"before", "after"}
    assert picdesk("doctor", "--json").document["ok"] is True
    assert picdesk("info", archive, "--json").document["refused"][0]["reason"] == "removed on request"


def test_a_sheet_is_written(archive: Path, tmp_path: Path) -> None:
    said = picdesk("search", archive, "scene 0001", "--sheet", tmp_path / "sheet.html", "-q")
    assert said.code == 0
    assert said.err == ""
    assert "data:image/jpeg;base64," in (tmp_path / "sheet.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos that take some seconds to add."""
    folder = tmp_path_factory.mktemp("many")
    for seed in range(800):
        (folder / f"{seed:04}.jpg").write_bytes(jpeg_bytes(draw_scene(seed, size=(640, 480))))
    return folder


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(
    stop: signal.Signals, many: Path, tmp_path: Path, clip: Path
) -> None:
    process = start_picdesk("add", tmp_path / "archive", many, "--encoder", clip, "--workers", 1)
    while not (tmp_path / "archive/photos.lance/data").is_dir():
        time.sleep(0.02)
    process.send_signal(stop)
    out, err = process.communicate(timeout=600)
    assert process.returncode == 130, err
    assert "Run the same command again to go on." in err
    assert "Traceback" not in err
    assert out.startswith("kept ")
    kept = len(open_archive(tmp_path / "archive"))
    assert 0 < kept < 800
    rest = picdesk("add", tmp_path / "archive", many, "--json").document
    assert (rest["kept"], rest["already"]) == (800 - kept, kept)
    assert open_archive(tmp_path / "archive").verify() == []
