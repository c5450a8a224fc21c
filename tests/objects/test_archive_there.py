"""An archive in a bucket is the archive on a disk, photo for photo and number for number."""

from __future__ import annotations

import json
import shlex
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from picdesk import Article, Query, open_archive
from picdesk.archive.schema import matrix_of
from picdesk.archive.store import LOOK_AGAIN, Store
from picdesk.errors import ArchiveError, NothingFound
from picdesk.objects import ObjectPath
from tests import command_line
from tests.command_line import picdesk, start_picdesk
from tests.drawn.scenes import fill_folder
from tests.objects.conftest import make_bucket
from tests.objects.server import KEY, SECRET, environment
from tests.search.newsroom import Newsroom, open_newsroom


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    return open_newsroom(tmp_path_factory.mktemp("newsroom") / "desk", articles=60)


def upload(folder: Path, to: ObjectPath) -> ObjectPath:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            (to / path.relative_to(folder).as_posix()).write_bytes(path.read_bytes())
    return to


def content(archive: Any) -> dict[str, tuple[Any, ...]]:
    """Id -> everything that does not depend on where its file lies."""
    store = Store.open(archive)
    (entry,) = store.encoders()
    found = {}
    for batch in store.rows(["id", "name", "width", "phash", "caption", "file_words", entry.column]):
        vectors = matrix_of(pa.chunked_array([batch.column(entry.column)]), entry.dimension)
        for row, vector in zip(batch.drop_columns([entry.column]).to_pylist(), vectors, strict=True):
            found[row["id"]] = (*row.values(), vector.tobytes())
    return found


def test_every_verb_answers_as_on_a_disk(newsroom: Newsroom, bucket: ObjectPath, tmp_path: Path, clip: Path) -> None:
    upload(newsroom.photos.parent, bucket / "desk")
    here, there = tmp_path / "archive", bucket / "archive"
    articles = newsroom.articles
    said: list[list[Any]] = []
    for archive, photos in ((here, newsroom.photos), (there, bucket / "desk/list.jsonl")):
        answers: list[Any] = []
        said.append(answers)

        def ask(verb: str, *options: object, archive: Any = archive, answers: list[Any] = answers) -> Any:
            done = picdesk(verb, archive, *options, "--json")
            assert done.code == 0, done.err
            answers.append((verb, _without(done.document)))
            return done.document

        assert ask("add", photos, "--encoder", clip)["kept"] == 64
        assert ask("verify")["problems"] == []
        ask("tune", articles, "--truth", articles)
        ask("calibrate", articles, "--truth", articles)
        assert ask("search", "a flood near Lima", "-k", "10")["hits"]
        run = tmp_path / f"runs-{len(said)}" / "run.tsv"
        run.parent.mkdir()
        ask("rank", articles, "-o", run, "--format", "trec")
        assert ask("remove", "p3")["removed"]
        assert ask("add", photos)["removed"] == 1
        ask("compact")
        assert ask("info")["photos"] == 63
    for (verb, first), (_, second) in zip(*said, strict=True):
        assert {key: (first[key], second[key]) for key in first if first[key] != second[key]} == {}, verb
    assert (tmp_path / "runs-1/run.tsv").read_bytes() == (tmp_path / "runs-2/run.tsv").read_bytes()
    assert content(here) == content(there)
    names = {place.name for place in there.iterdir()}
    assert {"photos.lance", "refused.lance", "fusion.toml", "calibration.json"} <= names
    assert not any(name.endswith(".lock") for name in names)


def _without(document: dict[str, Any]) -> Any:
    """A document without times, places and sizes."""
    other = {
        "seconds",
        "written",
        "uri",
        "path",
        "location",
        "bytes",
        "before",
        "after",
        "calibration",
        "settings",
        "when",
        "run",
        "added",
    }

    def stripped(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: stripped(one) for key, one in value.items() if key not in other}
        return [stripped(one) for one in value] if isinstance(value, list) else value

    return stripped(json.loads(json.dumps(document)))


def test_nothing_of_the_environment_is_kept(bucket: ObjectPath, scenes: Path, clip: Path) -> None:
    archive = open_archive(bucket / "archive", encoder=clip)
    archive.add(scenes)
    archive.search("harbour")
    for place, _ in (bucket / "archive").walk():
        data = place.read_bytes()
        assert SECRET.encode() not in data
        assert KEY.encode() not in data


def test_photos_there_are_known_by_their_address(bucket: ObjectPath, tmp_path: Path, clip: Path) -> None:
    (tmp_path / "in").mkdir()
    fill_folder(tmp_path / "in", 4)
    photos = upload(tmp_path / "in", bucket / "press photos")
    (photos / ".hidden.jpg").write_bytes(b"no photo")
    (photos / "notes.txt").write_bytes(b"no photo")
    (photos / "no ending #1").write_bytes((tmp_path / "in/scene-0000.jpg").read_bytes() + b"\0")
    archive = open_archive(tmp_path / "archive", encoder=clip)
    added = archive.add(str(photos))
    assert (added.seen, added.kept, added.refused) == (5, 5, 0)
    assert archive.add(str(photos)).already == 5
    photo = archive.photo("no ending #1")
    assert photo.uri == f"{bucket}/press%20photos/no%20ending%20%231"
    assert archive.photo(photo.uri) == photo
    assert archive.photo(f"{bucket}/press photos/scene-0002.jpg").name == "scene-0002"
    assert archive.verify() == []
    (photos / "scene-0002.jpg").write_bytes((photos / "scene-0001.jpg").read_bytes())
    assert [problem.what for problem in archive.verify()] == ["holds other bytes than when it was added"]
    added = archive.add(str(photos))
    assert (added.already, added.replaced) == (5, 1)
    (photos / "scene-0003.jpg").unlink()
    assert [photo.name for photo in archive.remove(missing=True)] == ["scene-0003"]
    assert archive.verify() == []


def test_the_commands_of_the_page_run(
    server: int, bucket: ObjectPath, scenes: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (command_line.ROOT / "docs/scale-cluster.md").read_text(encoding="utf-8")
    first = page.split("```")[1]
    commands = [line for line in first.splitlines() if line.startswith("picdesk ")]
    assert len(commands) == 3
    assert bucket
    upload(scenes, make_bucket(server, "desk") / "photos")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "models/clip-vit-b-32").symlink_to(clip)
    for command in commands:
        said = picdesk(*shlex.split(command)[1:])
        assert said.code == 0, said.err


def test_what_is_no_archive(bucket: ObjectPath, scenes: Path) -> None:
    with pytest.raises(ArchiveError, match=f"there is no archive in {bucket}/none"):
        open_archive(bucket / "none").info()
    (bucket / "other/file.txt").write_bytes(b"something else")
    with pytest.raises(ArchiveError, match="holds other files and no archive"):
        open_archive(str(bucket / "other")).add(scenes)
    assert picdesk("search", bucket / "none", "harbour").code == 2
    said = picdesk("add", bucket / "new", f"{bucket}/nothing-here")
    assert said.code == 2
    assert "nothing-here" in said.err


def test_a_reader_sees_what_others_add_and_take_out(bucket: ObjectPath, scenes: Path, clip: Path) -> None:
    writer = open_archive(bucket / "archive", encoder=clip)
    assert len(writer) == 0
    writer.add(scenes)
    reader = open_archive(bucket / "archive", encoder=clip)
    best = reader.search(Query(texts=("red",)), k=1)[0].photo
    writer.remove(best.id)
    assert best.id not in {hit.photo.id for hit in writer.search(Query(texts=("red",)), k=40)}
    time.sleep(LOOK_AGAIN.total_seconds())
    assert best.id not in {hit.photo.id for hit in reader.search(Query(texts=("red",)), k=40)}
    with pytest.raises(NothingFound):
        reader.photo(best.id)


def test_the_choices_of_a_desk_are_pairs_there_too(bucket: ObjectPath, scenes: Path) -> None:
    from picdesk.train.pairs import read_pairs

    archive = open_archive(bucket / "archive")
    archive.add(scenes)
    photo = archive.photo("scene-0005")
    archive.choose(photo, Article(id="a1", headline="A harbour in the morning"))
    pairs = read_pairs(str(bucket / "archive"))
    assert [(pair.id, pair.photo) for pair in pairs.pairs] == [("a1", photo.id)]


@pytest.mark.parametrize("wait", [0.1, 0.5])
def test_a_second_add_goes_on_after_a_kill(
    bucket: ObjectPath, server: int, tmp_path: Path, clip: Path, wait: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    fill_folder(tmp_path / "in", 300)
    monkeypatch.setattr(command_line, "ENVIRONMENT", command_line.ENVIRONMENT | environment(server))
    process = start_picdesk("add", bucket / "archive", tmp_path / "in", "--encoder", clip, "-q", "--workers", "1")
    archive = open_archive(bucket / "archive", encoder=clip)
    while not archive.exists:
        assert process.poll() is None
        time.sleep(0.02)
    time.sleep(wait)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    assert (bucket / "archive/.adding.lock").is_file()
    archive.add(tmp_path / "in")  # at once: the holder of the lock is known to be dead
    assert len(archive) == 300
    assert archive.verify() == []
    assert np.isfinite(archive.search(Query(texts=("red",)), k=1)[0].score)
