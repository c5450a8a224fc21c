"""Fetching encoders with the hub's own client, from a hub on this machine."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import onnx
import pytest

from picdesk.encoders import load_encoder
from picdesk.encoders.catalogue import CatalogueEntry
from picdesk.encoders.snapshot import entry_of, find_snapshot
from picdesk.errors import EncoderMissing
from tests.command_line import ENVIRONMENT
from tests.drawn.scenes import draw_scene
from tests.hub import COMMIT, Hub, serve_hub
from tests.tiny import build_clip

ENTRY = CatalogueEntry(
    name="tiny",
    family="Tests",
    weights="tests/tiny",
    onnx="tests/tiny-onnx",
    sides=("visual", "textual"),
    dimension=16,
    languages=("en",),
    licence="MIT",
    size=1000,
    verified=True,
    image_size=32,
    text_limit=77,
)
NEEDED = {
    "config.json",
    "visual/model.onnx",
    "visual/preprocess_cfg.json",
    "textual/model.onnx",
    "textual/tokenizer.json",
    "textual/tokenizer_config.json",
}
SCRIPT = """
import json, sys, time
from picdesk.encoders.catalogue import CatalogueEntry
from picdesk.encoders.hub import fetch_encoder
from picdesk.errors import EncoderMissing
entry = json.loads(sys.argv[1])
entry = CatalogueEntry(**entry | {"sides": tuple(entry["sides"]), "languages": tuple(entry["languages"])})
start = time.perf_counter()
seen, said = [], {}
try:
    fetched = fetch_encoder(entry, lambda done, total: seen.append((done, total)))
    said = {"folder": str(fetched.folder), "already": fetched.already, "bytes": fetched.bytes, "seen": seen}
except EncoderMissing as error:
    said = {"error": error.message, "hint": error.hint}
spent = {"seconds": time.perf_counter() - start, "processor": time.process_time()}
print(json.dumps(said | spent))
"""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with serve_hub(ENTRY.onnx, build_clip(tmp_path / "original")) as served:
        yield served


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache/hub"))
    return tmp_path / "cache"


def start_fetch(hub: Hub, cache: Path, **environment: str | None) -> subprocess.Popen[str]:
    """``None`` takes a variable away."""
    variables = ENVIRONMENT | hub.environment(cache) | environment
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, json.dumps(asdict(ENTRY))],
        env={name: value for name, value in variables.items() if value is not None},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def fetch(hub: Hub, cache: Path, **environment: str | None) -> dict[str, Any]:
    process = start_fetch(hub, cache, **environment)
    out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    said = json.loads(out)
    assert isinstance(said, dict)
    return said


@pytest.mark.parametrize("external", [False, True])
def test_what_is_fetched_is_the_encoder_and_nothing_else(tmp_path: Path, cache: Path, external: bool) -> None:
    original = build_clip(tmp_path / "original", external=external)
    plain = load_encoder(original)
    with serve_hub(ENTRY.onnx, original) as hub:
        said = fetch(hub, cache)
        weights = {"visual/weights.bin", "textual/weights.bin"} if external else set()
        assert set(hub.got) == NEEDED | weights
        assert len(hub.got) == len(set(hub.got))
        assert said["already"] is False
        assert said["bytes"] == sum((original / name).stat().st_size for name in NEEDED | weights)
        assert said["seen"][-1] == [said["bytes"], said["bytes"]]
        assert said["seen"] == sorted(said["seen"])
        hub.asked.clear()
        again = fetch(hub, cache)
        assert (again["already"], again["bytes"], again["folder"]) == (True, 0, said["folder"])
        assert hub.asked == []
    for where in ("tiny", said["folder"]):
        for runtime in ("openvino", "onnxruntime"):
            encoder = load_encoder(where, runtime=runtime, entries=[ENTRY])
            assert (encoder.name, encoder.location) == ("tiny", said["folder"])
            assert encoder.fingerprint == plain.fingerprint
            same = load_encoder(original, runtime=runtime)
            assert (encoder.encode_texts(["red sea"]) == same.encode_texts(["red sea"])).all()
            assert (encoder.encode_images([draw_scene(1)]) == same.encode_images([draw_scene(1)])).all()
    assert fetch(hub, cache, HF_HUB_OFFLINE="1")["already"] is True


@pytest.mark.parametrize("name", ["visual/model.onnx", "config.json"])
def test_damage_on_the_way_is_seen_and_leaves_nothing_behind(hub: Hub, cache: Path, name: str) -> None:
    hub.spoiled[name] = 2
    said = fetch(hub, cache)
    assert f"{name} arrived damaged twice" in said["error"]
    assert find_snapshot(ENTRY) is None
    with pytest.raises(EncoderMissing, match="not on this machine"):
        load_encoder("tiny", entries=[ENTRY])
    assert not list((cache / "hub").rglob(Path(name).name))
    hub.spoiled[name] = 1
    assert fetch(hub, cache)["already"] is False
    assert load_encoder("tiny", entries=[ENTRY]).fingerprint == load_encoder(hub.folder).fingerprint


def test_damage_on_the_disk_is_mended(hub: Hub, cache: Path) -> None:
    folder = Path(fetch(hub, cache)["folder"])
    blob = (folder / "visual/model.onnx").resolve()
    blob.write_bytes(blob.read_bytes()[:-1] + b"\0")
    hub.got.clear()
    assert fetch(hub, cache)["already"] is False
    assert hub.got == ["visual/model.onnx"]
    assert load_encoder("tiny", entries=[ENTRY]).fingerprint == load_encoder(hub.folder).fingerprint


def test_killed_half_way_it_goes_on(hub: Hub, cache: Path) -> None:
    hub.stalled.add("visual/model.onnx")
    process = start_fetch(hub, cache)
    while "GET /content/visual/model.onnx" not in hub.asked:
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.communicate()
    with pytest.raises(EncoderMissing, match="not on this machine"):
        load_encoder("tiny", entries=[ENTRY])
    arrived = {path.name for path in (cache / "hub").rglob("*.json")}
    assert "tokenizer.json" in arrived
    hub.stalled.clear()
    hub.got.clear()
    assert fetch(hub, cache)["already"] is False
    assert not {Path(name).name for name in hub.got} & arrived
    assert load_encoder("tiny", entries=[ENTRY]).fingerprint == load_encoder(hub.folder).fingerprint


def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize("how", ["silent", "refused", "unknown host", "switched off"])
def test_without_a_hub_it_fails_at_once_and_says_what_to_do(hub: Hub, cache: Path, how: str) -> None:
    hub.silent = how == "silent"
    environment = {
        "refused": {"HF_ENDPOINT": f"http://127.0.0.1:{unused_port()}"},
        "unknown host": {"HF_ENDPOINT": "http://no-such-hub.invalid"},
        "switched off": {"HF_HUB_OFFLINE": "1"},
    }.get(how, {})
    said = fetch(hub, cache, HF_HUB_ETAG_TIMEOUT=None, **environment)
    # It waits 1.4 s, once, and for its own part takes 0.6; the client's own habit is to wait ten, five times.
    assert len(hub.asked) <= (how == "silent")
    assert said["processor"] < 2
    assert said["seconds"] < 30
    assert "tiny cannot be fetched" in said["error"]
    assert "give the folder in place of the name" in said["hint"]
    expected = {"silent": "no answer within 1.4 s", "switched off": "HF_HUB_OFFLINE"}.get(how, "from http://")
    assert expected in said["error"]


def test_a_slow_hub_is_waited_for_when_asked(hub: Hub, cache: Path) -> None:
    hub.silent = True
    said = fetch(hub, cache, HF_HUB_ETAG_TIMEOUT="2")
    assert said["seconds"] >= 2
    assert "no answer within 2 s" in said["error"]


def test_proxies_are_used(hub: Hub, cache: Path) -> None:
    proxy = dict.fromkeys(("HTTP_PROXY", "http_proxy"), hub.address)
    said = fetch(hub, cache, HF_ENDPOINT="http://hub.invalid", NO_PROXY="", **proxy)
    assert said["already"] is False
    assert set(hub.got) == NEEDED


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (404, "RepoNotFound", "has no repository tests/tiny-onnx"),
        (401, "RepoNotFound", "has no repository tests/tiny-onnx"),
        (403, "GatedRepo", "only to those who accepted its terms"),
        (500, "", "answered 500"),
    ],
)
def test_refusals_are_told_apart(hub: Hub, cache: Path, status: int, code: str, expected: str) -> None:
    hub.refusal = (status, code)
    said = fetch(hub, cache)
    assert expected in said["error"]
    assert said["hint"]
    assert "\n" not in said["error"] + said["hint"]
    assert len(hub.asked) == 1


def test_a_repository_of_something_else(hub: Hub, cache: Path) -> None:
    (hub.folder / "textual/tokenizer.json").unlink()
    assert "has no textual/tokenizer.json" in fetch(hub, cache)["error"]
    assert hub.got == []


@pytest.mark.parametrize("location", ["../../secret.bin", "/etc/hostname", "absent.bin"])
def test_a_model_that_reaches_out_of_its_folder_is_not_followed(hub: Hub, cache: Path, location: str) -> None:
    (hub.folder.parent / "secret.bin").write_bytes(b"secret")
    model = onnx.load(str(hub.folder / "visual/model.onnx"))
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = onnx.TensorProto.EXTERNAL
    weight.external_data.add(key="location", value=location)
    (hub.folder / "visual/model.onnx").write_bytes(model.SerializeToString())
    said = fetch(hub, cache)
    assert ("outside its folder" in said["error"]) is (location != "absent.bin")
    assert location in said["error"]
    assert find_snapshot(ENTRY) is None
    assert set(hub.got) <= NEEDED


def snapshot(original: Path, cache: Path) -> Path:
    """A folder as the hub's client leaves it: links to blobs."""
    repository = cache / "hub/models--tests--tiny-onnx"
    folder = repository / "snapshots" / COMMIT
    (repository / "blobs").mkdir(parents=True)
    for path in sorted(path for path in original.rglob("*") if path.is_file()):
        blob = repository / "blobs" / f"{len(list((repository / 'blobs').iterdir())):064x}"
        shutil.copy(path, blob)
        link = folder / path.relative_to(original)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    (repository / "refs").mkdir()
    (repository / "refs/main").write_text(COMMIT)
    return folder


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_what_another_tool_fetched_is_found(tmp_path: Path, cache: Path, runtime: str) -> None:
    original = build_clip(tmp_path / "original", external=True)
    folder = snapshot(original, cache)
    assert find_snapshot(ENTRY) == folder
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    size = sum(blob.stat().st_size for blob in (folder.parents[1] / "blobs").iterdir())
    encoder = load_encoder("tiny", runtime=runtime, entries=[ENTRY])
    plain = load_encoder(original, runtime=runtime)
    assert (encoder.name, encoder.fingerprint) == ("tiny", plain.fingerprint)
    assert (encoder.encode_texts(["blue"]) == plain.encode_texts(["blue"])).all()
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    files = [path.stat() for path in cache.rglob("*") if path.is_file() and path.name != "main"]
    assert sum({file.st_ino: file.st_size for file in files}.values()) == size


def test_weights_outside_a_snapshot_stay_refused(tmp_path: Path, cache: Path) -> None:
    original = build_clip(tmp_path / "original", external=True)
    model = onnx.load(str(original / "visual/model.onnx"), load_external_data=False)
    for weight in model.graph.initializer:
        for part in weight.external_data:
            part.value = "../../../blobs/secret" if part.key == "location" else part.value
    (original / "visual/model.onnx").write_bytes(model.SerializeToString())
    folder = snapshot(original, cache)
    (folder.parents[1] / "blobs/secret").write_bytes((original / "visual/weights.bin").read_bytes())
    assert find_snapshot(ENTRY) is None
    with pytest.raises(EncoderMissing, match="outside its folder"):
        load_encoder(folder, entries=[ENTRY])


@pytest.mark.parametrize("lost", [*sorted(NEEDED), "textual/weights.bin"])
def test_a_snapshot_without_one_of_its_files_is_not_here(tmp_path: Path, cache: Path, lost: str) -> None:
    folder = snapshot(build_clip(tmp_path / "original", external=True), cache)
    (folder / lost).unlink()
    assert find_snapshot(ENTRY) is None


@pytest.mark.parametrize("commit", ["", "../../../elsewhere", "\0", "0" * 40])
def test_a_reference_to_nothing(tmp_path: Path, cache: Path, commit: str) -> None:
    folder = snapshot(build_clip(tmp_path / "original"), cache)
    (folder.parents[1] / "refs/main").write_text(commit)
    assert find_snapshot(ENTRY) is None


def test_a_folder_wins_over_a_name(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot(build_clip(tmp_path / "original"), cache)
    mine = build_clip(tmp_path / "tiny", seed=3)
    monkeypatch.chdir(tmp_path)
    assert load_encoder("tiny", entries=[ENTRY]).location == str(mine.resolve())
    monkeypatch.chdir(cache)
    assert load_encoder("tiny", entries=[ENTRY]).location != str(mine.resolve())


def test_a_snapshot_that_is_gone_is_named_by_its_model(cache: Path) -> None:
    gone = cache / "hub/models--tests--tiny-onnx/snapshots" / COMMIT
    assert entry_of(gone, [ENTRY]) == ENTRY
    assert entry_of(gone.parent / "x/y", [ENTRY]) is None
    with pytest.raises(EncoderMissing, match="tiny is not on this machine") as caught:
        load_encoder(gone, entries=[ENTRY])
    assert caught.value.hint == "Fetch it once: picdesk models get tiny"


def test_loading_never_asks_the_network(hub: Hub, cache: Path) -> None:
    code = "import sys; from picdesk.encoders import load_encoder; load_encoder('clip-vit-b-32')"
    environment = ENVIRONMENT | hub.environment(cache)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert "picdesk models get clip-vit-b-32" in done.stderr
    assert hub.asked == []
