"""An archive behind a store that is slow, answers 503, cuts connections and loses things for a moment."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from picdesk import open_archive
from picdesk.archive import add as add_module
from picdesk.archive.schema import StoredEncoder
from picdesk.archive.store import Store
from picdesk.encoders.load import load_encoder
from picdesk.errors import ArchiveBusy, PicdeskError, StorageUnavailable
from picdesk.objects import ObjectPath
from tests import command_line
from tests.command_line import picdesk
from tests.objects.conftest import at_server, copied, make_bucket
from tests.objects.server import KEY, SECRET, Asked, Fault, Proxy
from tests.objects.test_archive_there import content

PASSING = (Fault(status=503), Fault(status=500), Fault(cut="before"), Fault(cut="after"), Fault(cut="within"))
IMPATIENT = "0.2"
"""Seconds: what lasts is not waited for. Requests are tried twice or three times all the same."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Four commits of four photos instead of one."""
    monkeypatch.setattr(add_module, "COMMIT_PHOTOS", 4)
    monkeypatch.setattr(add_module, "ENCODE_BATCH", 4)
    return iter([None])


@pytest.fixture(scope="module")
def photos(scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen of the scenes."""
    folder = tmp_path_factory.mktemp("few")
    for path in sorted(scenes.iterdir())[:16]:
        shutil.copy(path, folder)
    return folder


@pytest.fixture(scope="module")
def wanted(photos: Path, clip: Path, tmp_path_factory: pytest.TempPathFactory) -> object:
    """What sixteen photos come to without any fault, on a disk."""
    folder = tmp_path_factory.mktemp("whole") / "archive"
    open_archive(folder, encoder=clip).add(photos)
    return content(folder)


@pytest.fixture(scope="module")
def made(server: int, clip: Path) -> ObjectPath:
    """An archive that was made and holds nothing yet, which is half of what the first addition asks of a store."""
    with at_server(server):
        folder = make_bucket(server) / "archive"
        store = Store.create(folder)
        store.admit(StoredEncoder.of(load_encoder(str(clip))))
    return folder


def passing(seed: int, share: float) -> Callable[[Asked], Fault | None]:
    """Breaks some requests, never the same one twice in a row, as a store under load does."""
    chance, last = random.Random(seed), [""]
    lock = threading.Lock()

    def plan(asked: Asked) -> Fault | None:
        with lock:
            what = f"{asked.method} {asked.path}"
            if what == last[0] or chance.random() > share:
                last[0] = ""
                return Fault(slow=0.02) if chance.random() < share else None
            last[0] = what
            # LanceDB asks no deletion again that was cut, and no list within; that ends a run, which is tested below.
            whole = 2 if asked.method == "POST" else 4 if "list-type" in asked.path else 5
            return chance.choice(PASSING[:whole])

    return plan


@pytest.mark.parametrize("seed", [1, 2])
def test_passing_faults_change_nothing(
    proxy: Proxy,
    bucket: ObjectPath,
    photos: Path,
    clip: Path,
    wanted: object,
    made: ObjectPath,
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PICDESK_STORE_PATIENCE", "30")
    if seed > 1:  # the first is made under faults too
        copied(made, bucket / "archive")
    archive = open_archive(bucket / "archive", encoder=clip)
    proxy.plan = passing(seed, 0.1)
    archive.add(photos)
    proxy.plan = lambda _: None
    assert content(bucket / "archive") == wanted
    assert archive.verify() == []


@pytest.mark.parametrize(
    ("begin", "fault"),
    [(0, Fault(status=503)), (33, Fault(cut="after")), (42, Fault(cut="within")), (52, Fault(cut="before"))],
    ids=str,
)
def test_after_a_lasting_fault_nothing_is_half_there_and_a_second_add_goes_on(
    proxy: Proxy,
    bucket: ObjectPath,
    photos: Path,
    clip: Path,
    wanted: object,
    made: ObjectPath,
    begin: int,
    fault: Fault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PICDESK_STORE_PATIENCE", IMPATIENT)
    if begin:
        copied(made, bucket / "archive")
    else:
        begin = 45  # in the middle of making it
    begin += len(proxy.asked)
    archive = open_archive(bucket / "archive", encoder=clip)
    proxy.plan = lambda asked: fault if asked.number >= begin else None
    with pytest.raises(StorageUnavailable) as caught:
        archive.add(photos)
    assert str(bucket) in caught.value.message
    assert SECRET not in str(caught.value)
    proxy.plan = lambda _: None
    left = open_archive(bucket / "archive", encoder=clip)
    if left.exists:
        assert all(problem.promise == "words" for problem in left.verify())
        assert len(left) % 4 == 0
    with pytest.MonkeyPatch.context() as patch:  # the lock could not be given back; this process lives on
        patch.setattr("picdesk.archive.lease.LEASE_SECONDS", -1.0)
        left.add(photos)
    assert content(bucket / "archive") == wanted
    assert left.verify() == []


@pytest.mark.parametrize("part", ["_versions/", "data/", "_transactions/"])
def test_something_that_is_not_found_for_a_moment(
    proxy: Proxy, bucket: ObjectPath, photos: Path, clip: Path, wanted: object, made: ObjectPath, part: str
) -> None:
    seen: list[Asked] = []

    def plan(asked: Asked) -> Fault | None:
        if asked.method == "PUT" and "photos.lance" in asked.path and part in asked.path:
            seen.append(asked)
            return Fault(status=404) if len(seen) == 3 else None
        return None

    copied(made, bucket / "archive")
    archive = open_archive(bucket / "archive", encoder=clip)
    proxy.plan = plan
    with pytest.raises(PicdeskError, match=str(bucket)):
        archive.add(photos)
    proxy.plan = lambda _: None
    archive.add(photos)
    assert content(bucket / "archive") == wanted
    assert archive.verify() == []


def test_the_command_line_says_it_in_two_lines(
    proxy: Proxy, bucket: ObjectPath, made: ObjectPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICDESK_STORE_PATIENCE", IMPATIENT)
    copied(made, bucket / "archive")
    proxy.plan = lambda _: Fault(status=503)
    for verb in (
        ["search", bucket / "archive", "harbour"],
        ["info", bucket / "archive"],
        ["compact", bucket / "archive"],
    ):
        said = picdesk(*verb)
        assert said.code == 3
        assert "503 Service Unavailable" in said.err
        assert str(bucket) in said.err
        assert len(said.err.strip().splitlines()) == 2
        assert not {SECRET, KEY} & set(said.err.split())
    assert command_line.ENVIRONMENT


def test_originals_behind_a_fault_are_refused_by_name_and_taken_next_time(
    proxy: Proxy, bucket: ObjectPath, photos: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICDESK_STORE_PATIENCE", IMPATIENT)
    for path in sorted(photos.iterdir())[:6]:
        (bucket / "in" / path.name).write_bytes(path.read_bytes())
    proxy.plan = lambda asked: Fault(status=503) if "scene-0003" in asked.path else None
    archive = open_archive(tmp_path / "archive", encoder=clip)
    added = archive.add(str(bucket / "in"))
    assert (added.kept, added.refused) == (5, 1)
    assert "503" in added.problems[0][1]
    proxy.plan = lambda _: None
    assert archive.add(str(bucket / "in")).kept == 1
    assert archive.verify() == []


def test_one_process_adds_at_a_time(bucket: ObjectPath, photos: Path, clip: Path, made: ObjectPath) -> None:
    archive = open_archive(copied(made, bucket / "archive"), encoder=clip)
    with (
        Store.open(bucket / "archive").adding(),
        pytest.raises(ArchiveBusy, match=r"another process .process [0-9]+ on"),
    ):
        archive.add(photos)
    assert archive.add(photos).kept == 16
