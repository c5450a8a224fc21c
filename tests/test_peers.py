"""The comparison with others measures what it says: truth, recall, memory, failures, and what is printed of them."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.made_up_vectors import MadeUp
from benchmarks.peers import inside
from benchmarks.peers.environments import HERE, Failed, Watched, read_peers, run
from benchmarks.peers.side import DEPTH, Side
from benchmarks.peers.stages import agreement, draw, recall
from benchmarks.peers.table import BEGIN, END, put_into, tables

COUNT = 2000
QUERIES = MadeUp().queries(5, 1)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[list[int]]]:
    file = tmp_path_factory.mktemp("drawn") / "vectors.npy"
    return file, draw(file, COUNT, QUERIES)


def test_truth_is_the_nearest_of_all(drawn: tuple[Path, list[list[int]]]) -> None:
    file, truth = drawn
    rows = MadeUp().photos(0, COUNT)
    assert np.array_equal(np.load(file), rows)
    assert truth == [np.argsort(-(rows @ query), kind="stable")[:DEPTH].tolist() for query in QUERIES]


@pytest.mark.parametrize("module", ["numpy", "sentence_transformers", "picdesk"])
def test_exact_peers_find_all(
    module: str, drawn: tuple[Path, list[list[int]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those whose libraries are here; made by one object, asked by another, as by two processes."""
    file, truth = drawn
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path))  # which the peer sets for its own process
    np.save(tmp_path / "queries.npy", QUERIES)
    make: Any = importlib.import_module(f"benchmarks.peers.sides.{module}").Side
    (tmp_path / "place").mkdir()
    inside.make(make(tmp_path, tmp_path / "place"), {"vectors": str(file)})
    side: Side = make(tmp_path, tmp_path / "place")
    said = inside.ask(side, {"queries": str(tmp_path / "queries.npy"), "seconds": 60})
    for way in said["ways"].values():
        assert len(way["answers"]) == len(QUERIES)
        assert recall(way["answers"], truth) == 1
        assert way["first"] > 0 < way["p50"]
    assert json.loads(json.dumps(said)) == said


def test_every_peer_has_a_file_that_needs_nothing_to_be_read() -> None:
    peers = read_peers([])
    others = {"__init__", "open_clip"}
    assert {peer.module for peer in peers} == {file.stem for file in (HERE / "sides").glob("*.py")} - others
    for peer in peers:
        found = importlib.import_module(f"benchmarks.peers.sides.{peer.module}").Side
        assert {name for name in vars(Side) if not name.startswith("_")} <= set(vars(found))
    assert [peer.module for peer in read_peers(["clip-retrieval", "numpy"])] == ["clip_retrieval", "numpy"]
    with pytest.raises(SystemExit, match="no such peer: immich"):
        read_peers(["immich"])


def test_a_program_is_watched_with_its_children() -> None:
    child = "import sys; held = bytearray(b'x') * 60_000_000; sys.stdin.read()"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, start_new_session=True) as process:
        watched = Watched(process.pid)
        for _ in range(600):
            if watched.most > 60_000:
                break
            time.sleep(0.05)
        process.communicate()
    assert 60 < watched.stop() < 300


def test_what_a_program_says_when_it_fails_is_kept() -> None:
    assert run([sys.executable, "-c", "print('done')"])[0] == "done\n"
    with pytest.raises(Failed, match="exit code 3: no weights here"):
        run([sys.executable, "-c", "import sys; print('no weights here', file=sys.stderr); sys.exit(3)"])


def test_agreement_is_not_fooled_by_what_all_vectors_share() -> None:
    generator = np.random.default_rng(0)
    rows = {str(number): (10 + generator.standard_normal(64)).tolist() for number in range(8)}
    others = {name: (10 + generator.standard_normal(64)).tolist() for name in rows}
    assert agreement({name: [3 * value for value in row] for name, row in rows.items()}, rows) == pytest.approx(1)
    assert agreement(others, rows) < 0.6


def test_tables_say_what_was_measured_and_what_failed() -> None:
    spread = {"median": 1.5, "min": 1.0, "max": 2.0, "runs": 3}
    common = {"benchmark": "peers", "peer_versions": {"rclip": "3.3.0"}}
    search = {
        "vectors": 100_000,
        "milliseconds_p50": spread,
        "recall_at_10": 0.5,
        "seconds_to_open": {"median": 0.1, "min": 0.1, "max": 0.1, "runs": 1},
        "seconds_to_make": 3.5,
        "megabytes_own": 1200.0,
        "megabytes_resident": 1300.4,
        "megabytes_on_disk": 205,
    }
    lines: list[dict[str, Any]] = [
        {**common, "what": "install", "peer": "rclip", "seconds_to_first_hit": 31.5, "megabytes_installed": 400},
        {**common, "what": "index", "peer": "rclip", "photos_per_second": spread, "smallest_cosine_to_open_clip": 0.99},
        {**common, "what": "search", "peer": "rclip", "way": "over HTTP", **search},
        {"benchmark": "peers", "what": "index", "peer": "other", "peer_versions": {}, "failed": "exit code 1: no hub"},
        {"benchmark": "add", "what": "something else"},
    ]
    told = tables(lines)
    assert "| rclip | rclip 3.3.0 |" in told
    assert "| rclip | 31.5 s | 400 MB | 2 (1 - 2) |  |  | 0.99 |" in told
    assert "| rclip, over HTTP | 1.50 ms (1.00 - 2.00) | 0.5 | 0.10 s | 3.5 s | 1,200 / 1,300 MB | 205 MB |" in told
    assert "other failed (index): exit code 1: no hub" in told
    document = f"Before\n{BEGIN}\nold\n{END}\nafter\n"
    assert put_into(document, told) == f"Before\n{BEGIN}\n{told}\n{END}\nafter\n"
    with pytest.raises(SystemExit, match="no place"):
        put_into("Nothing here", told)
