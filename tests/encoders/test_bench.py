"""Every runtime measured, each in a process of its own, and compared with ONNX Runtime."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import typer
from onnx import helper
from typer.testing import CliRunner

from picdesk.cli.models.bench import register
from picdesk.encoders import load_encoder
from picdesk.encoders.bench import BenchRow, bench, neighbours_changed, smallest_cosine
from picdesk.encoders.made_up import made_up_image, made_up_text
from picdesk.encoders.runtimes import check_runtime, openvino, runtimes_here
from picdesk.errors import EncoderMissing, InputError
from tests.tiny import build_clip

pytest.importorskip("openvino", reason="OpenVINO has no wheel for this processor", exc_type=ImportError)

FIGURES = {"images_per_second", "texts_per_second", "load_seconds", "memory_mb", "min_cosine", "neighbour_changed"}
HAS_BF16 = "openvino-bf16" in runtimes_here()


def quick(where: Path, **options: Any) -> tuple[BenchRow, ...]:
    return bench(where, **{"seconds": 0.01, "images": 40, "texts": 40, **options})


def test_every_runtime_is_measured_and_the_first_is_the_judge(tmp_path: Path) -> None:
    seen: list[BenchRow] = []
    rows = quick(build_clip(tmp_path), progress=seen.append)
    assert list(rows) == seen
    assert [(row.runtime, row.precision) for row in rows] == [
        ("onnxruntime", "float32"),
        ("openvino", "float32"),
        *([("openvino", "bf16")] if HAS_BF16 else []),
    ]
    for row in rows:
        assert row.problem == ""
        assert row.images_per_second is not None
        assert row.images_per_second > 10
        assert row.texts_per_second is not None
        assert row.texts_per_second > 10
        assert row.load_seconds is not None
        assert 0 < row.load_seconds < 30
        assert row.min_cosine is not None
        assert 0.99 < row.min_cosine <= 1
    assert rows[0].min_cosine == pytest.approx(1, abs=1e-12)
    assert rows[0].neighbour_changed == 0
    assert rows[1].min_cosine == pytest.approx(1, abs=1e-5)
    if HAS_BF16:
        assert (rows[1].min_cosine or 0) > (rows[2].min_cosine or 0)
    if sys.platform == "linux":
        assert all(row.memory_mb and row.memory_mb > 5 for row in rows)


def test_a_side_that_is_missing_has_no_figure(tmp_path: Path) -> None:
    for row in quick(build_clip(tmp_path / "ears", sides=["textual"])):
        assert row.images_per_second is None
        assert row.texts_per_second is not None
        assert row.neighbour_changed is not None
    for row in quick(build_clip(tmp_path / "eyes", sides=["visual"]), images=2):
        assert row.images_per_second is not None
        assert row.texts_per_second is None
        assert row.neighbour_changed is None


def test_what_one_runtime_refuses_is_a_row_with_its_reason(tmp_path: Path) -> None:
    path = build_clip(tmp_path, sides=["visual"]) / "visual" / "model.onnx"
    model = onnx.load(str(path))
    model.graph.node[-1].output[0] = "before"
    scaler = helper.make_node("Scaler", ["before"], ["embedding"], domain="ai.onnx.ml", offset=[0.0], scale=[2.0])
    model.graph.node.append(scaler)
    model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))
    path.write_bytes(model.SerializeToString())
    judge, refused, *_ = quick(tmp_path)
    assert judge.problem == ""
    assert (refused.runtime, refused.precision) == ("openvino", "float32")
    assert "cannot be used with openvino" in refused.problem
    assert all(getattr(refused, figure) is None for figure in FIGURES)


def test_what_no_runtime_takes_is_an_error(tmp_path: Path) -> None:
    path = build_clip(tmp_path) / "visual" / "model.onnx"
    model = onnx.load(str(path))
    model.graph.node[0].op_type = "Nonsense"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(EncoderMissing, match=r"model\.onnx cannot be used with onnxruntime") as caught:
        quick(tmp_path)
    assert caught.value.hint


def test_a_measurement_that_dies_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dying = tmp_path / "python"
    dying.write_text("#!/bin/sh\necho first >&2\necho no memory >&2\nexit 9\n")
    dying.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(dying))
    with pytest.raises(EncoderMissing, match="onnxruntime ended with code 9: no memory") as caught:
        quick(build_clip(tmp_path / "clip"))
    assert caught.value.hint


@pytest.mark.parametrize(
    "options", [{"images": 0}, {"texts": -1}, {"seconds": -1.0}, {"seconds": float("nan")}, {"seconds": float("inf")}]
)
def test_orders_that_make_no_sense(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        quick(build_clip(tmp_path), **options)
    assert caught.value.hint


def said(*arguments: object) -> Any:
    """What ``picdesk models`` prints; errors come through."""
    app = typer.Typer()
    app.callback()(lambda: None)  # otherwise typer makes the only verb the program
    register(app)
    return CliRunner().invoke(app, ["bench", *map(str, arguments)], catch_exceptions=False)


def test_the_table_and_the_document(tmp_path: Path) -> None:
    folder = build_clip(tmp_path, sides=["visual"])
    order = (folder, "--seconds", "0.01", "--images", "40", "--texts", "40")
    done = said(*order, "--json")
    assert done.exit_code == 0
    assert "measured openvino float32" in done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert len(rows) == len(runtimes_here())
    for row in rows:
        assert set(row) == {"runtime", "precision", "problem"} | FIGURES
        assert row["texts_per_second"] is None
        assert row["images_per_second"] > 0
    done = said(*order, "-q")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].split()[:4] == ["runtime", "precision", "images/s", "texts/s"]
    assert lines[1].split()[:2] == ["onnxruntime", "float32"]
    assert lines[1].split()[3] == "-"
    assert "1.000000" in lines[1]


def test_an_encoder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match="nowhere"):
        said(tmp_path / "nowhere")


def test_a_fixed_precision_is_what_runs_whatever_was_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not HAS_BF16:
        pytest.skip("this processor computes no bfloat16")
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "cache"))
    folder = build_clip(tmp_path / "clip")
    images = [made_up_image(number) for number in range(8)]
    vectors: dict[str, Any] = {}
    for runtime in ("openvino-bf16", "openvino-float32", "openvino-bf16", "onnxruntime"):
        encoder = load_encoder(folder, runtime=runtime)
        new = encoder.encode_images(images)
        assert encoder.runtime == ("onnxruntime float32" if runtime == "onnxruntime" else runtime.replace("-", " "))
        np.testing.assert_array_equal(vectors.setdefault(runtime, new), new)
    judge = vectors["onnxruntime"]
    assert smallest_cosine(vectors["openvino-float32"], judge) > 0.999999
    assert 0.99 < smallest_cosine(vectors["openvino-bf16"], judge) < 0.999999


def test_bfloat16_is_not_imitated(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino, "knows_bfloat16", lambda _: False)
    assert runtimes_here() == ("onnxruntime", "openvino-float32")
    with pytest.raises(InputError, match="bfloat16") as caught:
        load_encoder(clip, runtime="openvino-bf16").encode_texts(["red"])
    assert "openvino-float32" in caught.value.hint
    assert load_encoder(clip, runtime="openvino").runtime == "openvino float32"


@pytest.mark.parametrize("name", ["openvino-int8", "openvino-", "onnxruntime-float32", "-", ""])
def test_a_precision_that_is_unknown_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="no runtime called"):
        check_runtime(name)


def test_neighbours_are_counted_as_one_would_by_hand() -> None:
    generator = np.random.default_rng(4)
    reference = generator.standard_normal((60, 5)).astype(np.float32)
    vectors = reference + 0.3 * generator.standard_normal((60, 5)).astype(np.float32)
    reference /= np.linalg.norm(reference, axis=1, keepdims=True)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    def nearest(rows: Any, row: int) -> int:
        return max((other for other in range(len(rows)) if other != row), key=lambda other: rows[row] @ rows[other])

    wanted = sum(nearest(vectors, row) != nearest(reference, row) for row in range(60)) / 60
    assert 0 < wanted < 1
    assert neighbours_changed(vectors, reference) == wanted
    assert neighbours_changed(reference, reference) == 0
    assert neighbours_changed(reference[:2], vectors[:2]) is None
    assert smallest_cosine(vectors, reference) == pytest.approx(
        min(a @ b for a, b in zip(vectors, reference, strict=True)), 1e-6
    )
    assert smallest_cosine(reference * 3, reference) == pytest.approx(1, abs=1e-12)


def test_what_is_made_up_is_the_same_each_time_and_never_twice_the_same() -> None:
    images = [made_up_image(number).tobytes() for number in range(200)]
    assert images[:20] == [made_up_image(number).tobytes() for number in range(20)]
    assert len(set(images)) == 200
    texts = [made_up_text(number) for number in range(1000)]
    assert len(set(texts)) == 1000
    assert texts == [made_up_text(number) for number in range(1000)]
    assert all(20 < len(text) < 300 for text in texts)
