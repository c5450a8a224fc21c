"""A process killed at any moment leaves an archive that the next run completes, as if nothing had happened."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from picdesk import open_archive
from picdesk.archive.schema import PHOTO_COLUMNS
from picdesk.archive.store import Store
from picdesk.errors import ArchiveError
from tests.command_line import picdesk, start_picdesk
from tests.drawn.scenes import draw_scene, jpeg_bytes

KILLS = 20
PHOTOS = 800
OFTEN = "from picdesk.archive import add; add.COMMIT_PHOTOS = 64"
"""A commit for so few photos, that a kill may fall between any two of a dozen."""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small photos, so that commits come quickly one after the other."""
    folder = tmp_path_factory.mktemp("many")
    for seed in range(PHOTOS):
        (folder / f"scene-{seed:04}.jpg").write_bytes(jpeg_bytes(draw_scene(seed, size=(96, 72))))
    (folder / "broken.jpg").write_bytes(b"no picture")
    return folder


def contents(folder: Path) -> dict[str, Any]:
    """Everything an archive says of its photos, short of when it took them."""
    store = Store.open(folder)
    vectors = [entry.column for entry in store.encoders()]
    rows = [row for batch in store.rows([*PHOTO_COLUMNS, *vectors]) for row in batch.to_pylist()]
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: {name: value for name, value in row.items() if name != "added"} for row in rows}


def files_of(archive: Path) -> int:
    """How many files there are: each commit makes some, so that they tell how far a run is, on any machine."""
    return sum(1 for _ in archive.rglob("*"))


def kill_one(archive: Path, source: Path, encoder: Path, after: int, wait: float) -> bool:
    """Add, and kill that so many files and seconds later; whether it was killed before it had ended."""
    before = files_of(archive)
    process = start_picdesk("add", archive, source, "--encoder", encoder, code=OFTEN)
    while process.poll() is None and files_of(archive) < before + after:
        time.sleep(0.005)
    time.sleep(wait)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def test_twenty_kills_at_random_moments(many: Path, clip: Path, tmp_path: Path) -> None:
    calm = tmp_path / "calm"
    assert picdesk("add", calm, many, "--encoder", clip).code == 0
    moment = random.Random(20)
    kills = torn = rounds = 0
    while kills < KILLS:
        rounds += 1
        killed = tmp_path / f"killed-{rounds}"
        photos = 0
        while kills < KILLS and photos < PHOTOS:
            kills += kill_one(killed, many, clip, moment.randint(1, files_of(calm) // 5), moment.uniform(0, 0.1))
            if open_archive(killed).exists:
                try:
                    left = len(open_archive(killed))
                except ArchiveError:
                    continue  # killed while it was being made
                assert left >= photos, "a committed photo is gone"
                torn += 0 < left < PHOTOS
                photos = left
        last = picdesk("add", killed, many, "--encoder", clip, "--json")
        assert last.code == 0, last.err
        assert last.document["kept"] + last.document["already"] == PHOTOS
        assert picdesk("verify", killed, "--json").document == {"ok": True, "problems": []}
        assert_same(contents(killed), contents(calm))
    assert torn >= KILLS // 2, "few kills fell into the middle of a run; the test shows little"


def assert_same(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert one.keys() == two.keys()
    for photo_id, row in one.items():
        for name, value in row.items():
            if name.startswith("vector_"):
                # Batches fall differently after a kill; the last bit of a float16 may too.
                assert float(np.dot(value, two[photo_id][name])) > 0.999
            else:
                assert value == two[photo_id][name], name
