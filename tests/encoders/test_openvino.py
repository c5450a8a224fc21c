"""OpenVINO: no telemetry, a cache that is a help and never a condition, a precision that was checked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from picdesk.encoders import cache_folder, describe_runtime, load_encoder
from picdesk.encoders.runtimes.openvino import OpenVinoSession, import_openvino, knows_bfloat16
from tests.drawn.scenes import draw_scene
from tests.tiny import build_clip

pytest.importorskip("openvino", reason="OpenVINO has no wheel for this processor", exc_type=ImportError)

# Both libraries keep quiet where they take the machine for a build server, or were told to.
TELLING = {"CI", "TF_BUILD", "JENKINS_URL", "GITHUB_ACTIONS", "ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME"}
USE = """
import sys
def refuse(event, data):
    if event in ("socket.connect", "socket.getaddrinfo"): raise SystemExit(f"network: {data}")
sys.addaudithook(refuse)
from picdesk.encoders import load_encoder, describe_runtime
describe_runtime()
for runtime in ("openvino", "onnxruntime"):
    encoder = load_encoder(sys.argv[1], runtime=runtime)
    encoder.encode_texts(["red"])
    encoder.runtime
import threading
print([name for name in sys.modules if "openvino_telemetry." in name], threading.active_count())
"""


def test_nothing_is_reported_home(tmp_path: Path) -> None:
    folder = build_clip(tmp_path / "clip")
    home = tmp_path / "home"
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in TELLING}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", USE, str(folder)],
        env=environment | {"HOME": str(home), "PICDESK_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["[]", "1"]
    assert list(home.iterdir()) == []


def test_compiled_code_is_kept_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "cache"))
    scenes = [draw_scene(seed) for seed in range(3)]
    folder = build_clip(tmp_path / "clip")
    first = load_encoder(folder, runtime="openvino").encode_images(scenes)
    kept = sorted(path for path in (tmp_path / "cache").rglob("*.blob"))
    assert len(kept) == 1
    np.testing.assert_array_equal(load_encoder(folder, runtime="openvino").encode_images(scenes), first)
    assert sorted((tmp_path / "cache").rglob("*.blob")) == kept
    # Another model at the same path, even of the same second, is another model.
    stamp = (folder / "visual" / "model.onnx").stat()
    build_clip(folder, seed=5)
    os.utime(folder / "visual" / "model.onnx", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    changed = load_encoder(folder, runtime="openvino").encode_images(scenes)
    judge = load_encoder(folder, runtime="onnxruntime").encode_images(scenes)
    assert (changed * judge).sum(axis=1).min() > 0.999
    assert (changed * first).sum(axis=1).max() < 0.99


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_damaged_cache_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes | None) -> None:
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "cache"))
    folder = build_clip(tmp_path / "clip")
    first = load_encoder(folder, runtime="openvino").encode_images([draw_scene(1)])
    for path in (tmp_path / "cache").rglob("*.*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if damage is None else damage)
    np.testing.assert_array_equal(load_encoder(folder, runtime="openvino").encode_images([draw_scene(1)]), first)


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "file" / "cache"))
    encoder = load_encoder(build_clip(tmp_path / "clip"), runtime="openvino")
    assert encoder.encode_images([draw_scene(1)]).shape == (1, 16)


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.delenv("PICDESK_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "picdesk"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "picdesk"


@pytest.mark.parametrize(("cosine", "precision"), [(0.9995, "bf16"), (0.99, "float32"), (float("nan"), "float32")])
def test_bfloat16_is_used_only_where_it_agrees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cosine: float, precision: str
) -> None:
    if not knows_bfloat16(import_openvino().Core()):
        pytest.skip("this processor computes no bfloat16")
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "cache"))
    asked = []

    def agreement(*_: Any) -> float:
        asked.append(1)
        return cosine

    monkeypatch.setattr(OpenVinoSession, "_agreement", agreement)
    folder = build_clip(tmp_path / "clip", sides=["visual"])
    assert load_encoder(folder, runtime="openvino").runtime == f"openvino {precision}"
    assert load_encoder(folder, runtime="openvino").runtime == f"openvino {precision}"
    assert len(asked) == 1


def test_the_machine_is_described() -> None:
    assert describe_runtime().startswith("openvino 20")
    assert "onnxruntime 1." in describe_runtime()
