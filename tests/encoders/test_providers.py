"""Execution providers of ONNX Runtime: used where they start and agree with float32, and never given up in silence."""

from __future__ import annotations

import logging
import platform
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from picdesk.encoders import describe_runtime, load_encoder
from picdesk.encoders.bench import bench
from picdesk.encoders.runtimes import runtimes_here
from picdesk.encoders.runtimes.accelerate import open_accelerated
from picdesk.encoders.runtimes.agreement import smallest_cosine
from picdesk.encoders.runtimes.onnxruntime import import_onnxruntime
from picdesk.encoders.runtimes.providers import _NOTHING, PROVIDERS, open_on
from picdesk.encoders.torch.precision import quantise_folder
from picdesk.errors import EncoderMissing, ExtraMissing, InputError
from tests.drawn.scenes import draw_scene
from tests.tiny import build_clip

SCENES = [draw_scene(seed) for seed in range(5)]


class Card:
    """ONNX Runtime with a card made up: its provider is listed, and the processor does its work.

    Attributes:
        fails: ``silently`` (as where libraries are missing), ``loudly``, ``running``, or ``untrue`` for other
            vectors than float32's; else it works.
        given: providers and options of every session, as they were asked for.
    """

    def __init__(self, own: Any, name: str) -> None:
        self.own, self.name = own, name
        self.fails = ""
        self.given: list[Any] = []

    def session(self, model: Any, options: Any, providers: list[Any], **more: Any) -> Any:
        self.given.append((providers, more))
        if providers == ["CPUExecutionProvider"]:
            return self.own(model, options, providers=providers)
        assert providers[1:] == ["CPUExecutionProvider"]
        assert providers[0][0] == self.name
        assert more == {"enable_fallback": 0}  # else it prints to stdout and goes on without the card
        if self.fails == "loudly":
            raise RuntimeError("CUDA failure 100: no CUDA-capable device is detected\n; GPU=-1")
        return Started(self, self.own(model, options, providers=["CPUExecutionProvider"]))


class Started:
    """A session of the card."""

    def __init__(self, card: Card, session: Any) -> None:
        self.card, self.inner = card, session

    def get_providers(self) -> list[str]:
        return [*([] if self.card.fails == "silently" else [self.card.name]), "CPUExecutionProvider"]

    def run(self, outputs: Any, feeds: Any) -> list[Any]:
        if self.card.fails == "running":
            raise RuntimeError("out of memory")
        rows = np.array(self.inner.run(outputs, feeds)[0])
        if self.card.fails == "untrue":
            rows[:, 0] += 0.5 * np.abs(rows).max()
        return [rows]


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Card:
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("PICDESK_RUNTIME", raising=False)
    return made_up_card(monkeypatch, "CUDAExecutionProvider")


def made_up_card(monkeypatch: pytest.MonkeyPatch, name: str) -> Card:
    onnxruntime = import_onnxruntime()
    card = Card(onnxruntime.InferenceSession, name)
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [name, "CPUExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "InferenceSession", card.session)
    return card


def test_a_card_that_agrees_is_taken_without_being_asked_for(
    card: Card, clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = load_encoder(clip)
    judge = load_encoder(clip, runtime="onnxruntime").encode_images(SCENES)
    np.testing.assert_allclose(encoder.encode_images(SCENES), judge, atol=1e-6)
    assert encoder.runtime == "onnxruntime-cuda float32"
    assert load_encoder(clip, runtime="onnxruntime").runtime == "onnxruntime float32"
    assert caplog.records == []
    opened = len(card.given)
    load_encoder(clip).encode_images(SCENES)
    assert len(card.given) == opened + 1  # its agreement is remembered: the processor need not be asked again


@pytest.mark.parametrize(
    ("fails", "said"),
    [
        ("silently", "lists cuda, but it does not start: its libraries do not load, or there is no device"),
        ("loudly", "lists cuda, but it does not start: CUDA failure 100: no CUDA-capable device is detected"),
        ("running", "onnxruntime-cuda starts, but cannot run this graph: out of memory"),
        ("untrue", r"onnxruntime-cuda is not true to float32 \(a cosine of 0\.[0-9]+, 0.999 is demanded\)"),
    ],
)
def test_what_is_listed_and_not_used_is_said(
    card: Card, clip: Path, caplog: pytest.LogCaptureFixture, fails: str, said: str
) -> None:
    card.fails = fails
    encoder = load_encoder(clip)
    vectors = encoder.encode_texts(["red", "a blue circle"])
    assert encoder.runtime.split()[0] in {"openvino", "onnxruntime"}
    judge = load_encoder(clip, runtime="onnxruntime").encode_texts(["red", "a blue circle"])
    assert smallest_cosine(vectors, judge) > 0.999
    # Each side says it, as each is opened by itself; ``runtime`` opened the other.
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert {record.name for record in caplog.records} == {"picdesk.encoders"}
    sides = []
    for record in caplog.records:
        text = record.getMessage()
        assert "\n" not in text
        assert re.search(said, text), text
        assert text.endswith(f"{encoder.runtime.split()[0]} runs it instead")
        sides.append(Path(text.partition(": ")[0]).parent.name)
    assert sorted(sides) == ["textual", "visual"]


@pytest.mark.parametrize("fails", ["silently", "loudly"])
def test_asked_for_by_name_it_works_or_is_an_error(card: Card, clip: Path, fails: str) -> None:
    assert load_encoder(clip, runtime="onnxruntime-cuda").encode_texts(["red"]).shape == (1, 16)
    card.fails = fails
    with pytest.raises(ExtraMissing, match="lists cuda, but it does not start") as caught:
        load_encoder(clip, runtime="onnxruntime-cuda").encode_texts(["red"])
    assert "onnxruntime-gpu" in caught.value.hint
    assert "\n" not in caught.value.message


def test_asked_for_by_name_no_trial_is_held(card: Card, clip: Path) -> None:
    card.fails = "untrue"
    assert load_encoder(clip, runtime="onnxruntime-cuda").runtime == "onnxruntime-cuda float32"


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_this_build_has_not_is_named_with_the_line_that_brings_it(clip: Path, name: str) -> None:
    if PROVIDERS[name].name in import_onnxruntime().get_available_providers():
        pytest.skip(f"this build has {name}")
    with pytest.raises(ExtraMissing, match=f"onnxruntime has no {name} here") as caught:
        load_encoder(clip, runtime=f"onnxruntime-{name}").encode_texts(["red"])
    assert "pip install" in caught.value.hint


def test_coreml_is_taken_the_same_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    card = made_up_card(monkeypatch, "CoreMLExecutionProvider")
    encoder = load_encoder(build_clip(tmp_path / "clip"))
    assert encoder.encode_images(SCENES).shape == (5, 16)
    assert encoder.runtime == "onnxruntime-coreml float32"
    assert card.given[0][0][0] == ("CoreMLExecutionProvider", {"ModelFormat": "MLProgram"})
    assert runtimes_here() == ("onnxruntime", "onnxruntime-coreml")


def test_a_graph_at_fault_is_no_fault_of_the_card(card: Card, tmp_path: Path) -> None:
    path = build_clip(tmp_path / "broken") / "visual" / "model.onnx"
    model = onnx.load(str(path))
    model.graph.node[0].op_type = "Nonsense"
    path.write_bytes(model.SerializeToString())
    card.fails = "loudly"
    for runtime in (None, "onnxruntime-cuda"):
        with pytest.raises(EncoderMissing, match=r"model\.onnx cannot be used with"):
            load_encoder(tmp_path / "broken", runtime=runtime).encode_images(SCENES)


def test_int8_graphs_that_scale_while_they_run_stay_on_the_processor(card: Card, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="what quantises is a part of the torch extra")
    quantise_folder(build_clip(tmp_path / "float"), tmp_path / "int8")
    encoder = load_encoder(tmp_path / "int8")
    encoder.encode_images(SCENES)
    assert encoder._images.runtime == "onnxruntime int8"  # type: ignore[attr-defined]
    if "openvino-float32" in runtimes_here():
        asked = load_encoder(tmp_path / "int8", runtime="openvino-float32")
        assert smallest_cosine(asked.encode_images(SCENES), encoder.encode_images(SCENES)) > 0.99
        assert asked._images.runtime == "openvino int8"  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="is int8 already"):
        quantise_folder(tmp_path / "int8", tmp_path / "again")
    assert all(providers == ["CPUExecutionProvider"] for providers, _ in card.given)


def test_the_environment_chooses_where_the_caller_does_not(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICDESK_RUNTIME", "onnxruntime")
    assert load_encoder(clip).runtime == "onnxruntime float32"
    if "openvino-float32" in runtimes_here():
        assert load_encoder(clip, runtime="openvino-float32").runtime == "openvino float32"
    monkeypatch.setenv("PICDESK_RUNTIME", "tensorrt")
    with pytest.raises(InputError, match="no runtime called 'tensorrt'"):
        load_encoder(clip)
    monkeypatch.setenv("PICDESK_RUNTIME", "torch")
    with pytest.raises(InputError, match="it is an ONNX folder, and torch runs weights"):
        load_encoder(clip)
    monkeypatch.setenv("PICDESK_RUNTIME", "")
    assert load_encoder(clip).runtime


def test_the_machine_is_described_with_its_card(card: Card) -> None:
    assert describe_runtime().endswith(", cuda")
    card.fails = "silently"
    assert "cuda does not start (onnxruntime lists cuda, but it does not start: its libraries" in describe_runtime()


def test_a_card_without_a_build_for_it_is_mentioned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picdesk.encoders.runtimes.choose.cuda_cards", lambda: 1)
    assert "built without CUDA though a card is here" in describe_runtime()
    assert "onnxruntime-gpu" in describe_runtime()


def test_the_graph_of_nothing_is_a_graph() -> None:
    session = import_onnxruntime().InferenceSession(_NOTHING, providers=["CPUExecutionProvider"])
    assert session.run(None, {"a": np.array([4], dtype=np.float32)})[0].tolist() == [4]


def test_what_libraries_print_is_a_reason_and_no_output(
    card: Card, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    onnxruntime = import_onnxruntime()
    card.fails = "silently"
    monkeypatch.setattr(
        onnxruntime, "preload_dlls", lambda: sys.stdout.write("Failed to load libcudnn.so.9\n"), raising=False
    )
    with pytest.raises(ExtraMissing, match="does not start: Failed to load libcudnn"):
        open_on(onnxruntime, _NOTHING, onnxruntime.SessionOptions(), "cuda")
    assert capfd.readouterr() == ("", "")


def test_nothing_is_tried_where_nothing_is_listed(clip: Path) -> None:
    if len(import_onnxruntime().get_available_providers()) > 2:
        pytest.skip("this build has providers of its own")
    side = load_encoder(clip)._images.side  # type: ignore[attr-defined]
    assert open_accelerated(side.graph, 0, "x", side._probe, otherwise="none") is None


@pytest.mark.parametrize("content", ["", "nonsense", "0.5\n"])
@pytest.mark.usefixtures("card")
def test_what_is_remembered_counts_unless_it_is_damaged(clip: Path, tmp_path: Path, content: str) -> None:
    load_encoder(clip).encode_texts(["red"])
    (kept,) = (tmp_path / "cache").rglob("cuda.txt")
    assert float(kept.read_text()) > 0.99999
    kept.write_text(content)
    encoder = load_encoder(clip)
    encoder.encode_texts(["red"])
    taken = encoder._texts.runtime  # type: ignore[attr-defined]
    assert taken.startswith("onnxruntime-cuda") != (content == "0.5\n")


def test_the_bench_has_a_row_for_a_card_that_does_not_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    onnxruntime = import_onnxruntime()
    listed = onnxruntime.get_available_providers()
    if PROVIDERS["cuda"].name in listed:
        pytest.skip("this build has CUDA")
    # Only this process believes in the card; the one that measures does not.
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [PROVIDERS["cuda"].name, *listed])
    rows = bench(build_clip(tmp_path, sides=["textual"]), seconds=0.01, texts=4)
    (row,) = [row for row in rows if row.runtime == "onnxruntime-cuda"]
    assert "onnxruntime has no cuda here" in row.problem
    assert row.texts_per_second is None


def test_smallest_cosine_by_hand() -> None:
    rows = np.array([[3, 4], [1, 0]], dtype=np.float32)
    assert smallest_cosine(rows, np.array([[4, 3], [2, 0]])) == pytest.approx(24 / 25)
    assert np.isnan(smallest_cosine(rows, np.array([[4, 3], [0, 0]])))
    assert np.isnan(smallest_cosine(np.array([[np.nan, 1], [1, 0]]), rows))
