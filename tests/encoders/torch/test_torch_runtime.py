"""Weights run by torch itself: the vectors of the ONNX folder made of them, in every precision, and on a card."""

from __future__ import annotations

import dataclasses
import logging
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from picdesk.cli.models.bench import register
from picdesk.encoders import load_encoder
from picdesk.encoders.bench import bench
from picdesk.encoders.runtimes.agreement import smallest_cosine
from picdesk.encoders.torch import cached, machine
from picdesk.encoders.torch import encoder as encoder_module
from picdesk.encoders.torch import model as model_module
from picdesk.encoders.torch.checkpoint import read_checkpoint
from picdesk.encoders.torch.parity import TEXTS, drawn_images
from picdesk.encoders.torch.placed import place_towers, run_tower
from picdesk.encoders.torch.towers import image_tower
from picdesk.errors import EncoderMissing, ExtraMissing, InputError
from tests.encoders.torch.folders import make_folder
from tests.tiny import build_clip

FORMATS = ("torchscript/model.pt", "state-dict/model.pt", "training/epoch_3.pt", "hub", "long-clip/longclip-B.pt")


def has_bf16() -> bool:
    return "bf16" in machine.fast_precisions("cpu")


@pytest.fixture(autouse=True)
def no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried here is the processor; a card is made up where one is wanted."""
    monkeypatch.delenv("PICDESK_RUNTIME", raising=False)
    monkeypatch.setattr(machine, "cuda_cards", lambda: 0)


@pytest.mark.parametrize("name", FORMATS)
def test_files_by_openai_open_clip_and_long_clip_as_their_makers_have_them(made: Path, name: str) -> None:
    import torch

    encoder = load_encoder(made / name, runtime="torch-float32")
    judge = load_encoder(made / name, runtime="onnxruntime")
    assert encoder.runtime == "torch float32"
    assert (encoder.name, encoder.location) == (judge.name, judge.location)
    assert (encoder.fingerprint, encoder.dimension) == (judge.fingerprint, judge.dimension)
    assert (encoder.text_limit, encoder.image_side) == (judge.text_limit, judge.image_side)
    assert (encoder.has_images, encoder.has_texts) == (True, True)
    assert encoder.count_tokens(TEXTS) == judge.count_tokens(TEXTS)
    np.testing.assert_allclose(encoder.encode_images(drawn_images()), judge.encode_images(drawn_images()), atol=1e-4)
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), judge.encode_texts(TEXTS), atol=1e-4)
    # The maker's own vectors, past our preprocessing: the towers as they are placed.
    path = made / name
    expected = np.load((path if path.is_dir() else path.parent) / "expected.npz")
    prepare = encoder._images.prepare  # type: ignore[attr-defined]
    towers = place_towers(read_checkpoint(path).model, prepare, "cpu", "float32")
    with torch.inference_mode():
        images = image_tower(read_checkpoint(path).model)(torch.from_numpy(expected["pixels"])).numpy()
    tokens = expected["tokens"]
    assert smallest_cosine(images, expected["images"]) > 1 - 1e-6
    assert (
        smallest_cosine(run_tower(towers["textual"], (tokens, np.ones_like(tokens)), "cpu"), expected["texts"])
        > 1 - 1e-6
    )


@pytest.mark.parametrize("kind", ["clip", "metaclip_2", "siglip", "siglip2"])
def test_folders_of_transformers_in_every_precision(tmp_path: Path, kind: str) -> None:
    source, _ = make_folder(tmp_path / kind, kind)
    judge = load_encoder(source, runtime="onnxruntime")
    images, texts = judge.encode_images(drawn_images()), judge.encode_texts(TEXTS)
    exact = load_encoder(source, runtime="torch-float32")
    np.testing.assert_allclose(exact.encode_images(drawn_images()), images, atol=1e-4)
    np.testing.assert_allclose(exact.encode_texts(TEXTS), texts, atol=1e-4)
    if not has_bf16():
        return
    fast = load_encoder(source, runtime="torch-bf16")
    assert fast.runtime == "torch bf16"
    for ours, theirs in ((fast.encode_images(drawn_images()), images), (fast.encode_texts(TEXTS), texts)):
        assert 0.999 < smallest_cosine(ours, theirs) < 1 - 1e-6  # it is another arithmetic indeed


def test_a_text_side_alone(clip_folder: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = load_encoder(clip_folder[0], runtime="torch-float32")
    alone = dataclasses.replace(read_checkpoint(clip_folder[0]), sides=("textual",), preprocessing={})
    monkeypatch.setattr(encoder_module, "read_checkpoint", lambda _: alone)
    encoder = load_encoder(clip_folder[0], runtime="torch")
    assert (encoder.has_images, encoder.has_texts, encoder.image_side) == (False, True, None)
    assert smallest_cosine(encoder.encode_texts(TEXTS), whole.encode_texts(TEXTS)) > 0.999
    assert encoder.runtime.split()[0] == "torch"
    with pytest.raises(InputError, match="has no image side"):
        encoder.encode_images(drawn_images())


def test_neither_batch_nor_neighbours_matter(clip_folder: tuple[Path, Any]) -> None:
    encoder = load_encoder(clip_folder[0], runtime="torch-float32")
    images = drawn_images() * 3
    together = encoder.encode_images(images)
    np.testing.assert_allclose(together[:1], encoder.encode_images(images[:1]), atol=1e-5)
    np.testing.assert_allclose(together[-1:], encoder.encode_images(images[-1:]), atol=1e-5)
    pixels = np.stack([encoder.prepare_image(image) for image in images])
    np.testing.assert_array_equal(encoder.encode_pixels(pixels), together)
    texts = list(TEXTS) * 5
    alone = np.concatenate([encoder.encode_texts([text]) for text in TEXTS])
    np.testing.assert_allclose(encoder.encode_texts(texts), np.tile(alone, (5, 1)), atol=1e-5)
    assert encoder.encode_texts([]).shape == encoder.encode_images([]).shape == (0, encoder.dimension)
    with pytest.raises(InputError, match="takes pixels of"):
        encoder.encode_pixels(np.zeros((1, 3, 8, 8), dtype=np.uint8))


def test_several_threads_at_once(clip_folder: tuple[Path, Any]) -> None:
    encoder = load_encoder(clip_folder[0], runtime="torch-float32")
    wanted = load_encoder(clip_folder[0], runtime="torch-float32").encode_texts(TEXTS)
    got: list[Any] = []
    threads = [threading.Thread(target=lambda: got.append(encoder.encode_texts(TEXTS))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4
    for rows in got:
        np.testing.assert_allclose(rows, wanted, atol=1e-6)


def test_bfloat16_is_taken_only_where_it_agrees(
    clip_folder: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(model_module, "fast_precisions", lambda _: ("bf16",))
    assert load_encoder(clip_folder[0], runtime="torch").runtime == "torch bf16"
    assert caplog.records == []
    for cosines in ([0.9995, 0.99], [float("nan"), 1.0], [1.0, float("nan")]):
        caplog.clear()
        left = iter(cosines)
        monkeypatch.setattr(model_module, "smallest_cosine", lambda *_, left=left: next(left))
        encoder = load_encoder(clip_folder[0], runtime="torch")
        assert encoder.runtime == "torch float32"
        judge = load_encoder(clip_folder[0], runtime="torch-float32")
        np.testing.assert_array_equal(encoder.encode_texts(TEXTS), judge.encode_texts(TEXTS))
        (record,) = caplog.records
        assert record.levelno == logging.WARNING
        assert "bf16 in torch is not true to float32" in record.getMessage()
    assert load_encoder(clip_folder[0], runtime="torch-bf16").runtime == "torch bf16"  # asked for by name: no trial


def test_a_precision_that_fails_in_trial_is_passed_over_and_said(
    clip_folder: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    own = place_towers

    def place(model: Any, prepare: Any, device: str, precision: str) -> Any:
        if precision == "bf16":
            raise RuntimeError("no kernel for BFloat16")
        return own(model, prepare, device, precision)

    monkeypatch.setattr(model_module, "fast_precisions", lambda _: ("bf16",))
    monkeypatch.setattr(model_module, "place_towers", place)
    assert load_encoder(clip_folder[0], runtime="torch").runtime == "torch float32"
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == [
        "bf16 in torch fails: no kernel for BFloat16"
    ]


def test_what_the_machine_is_not_built_for(clip_folder: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="this processor is not built for fp16") as caught:
        load_encoder(clip_folder[0], runtime="torch-fp16").encode_texts(["a"])
    assert "torch-float32" in caught.value.hint
    monkeypatch.setattr(model_module, "fast_precisions", lambda _: ())
    assert load_encoder(clip_folder[0], runtime="torch").runtime == "torch float32"
    with pytest.raises(InputError, match="not built for bf16"):
        load_encoder(clip_folder[0], runtime="torch-bf16").encode_texts(["a"])


def test_on_the_processor_onnx_stays_the_choice(clip_folder: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_encoder(clip_folder[0]).runtime.split()[0] in {"openvino", "onnxruntime"}
    monkeypatch.setenv("PICDESK_RUNTIME", "torch-float32")
    assert load_encoder(clip_folder[0]).runtime == "torch float32"


class Card:
    """A CUDA card made up of the processor: what is sent to it stays, and what is compiled is counted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import torch

        self.compiled: list[Any] = []
        self.broken = ""
        for place in (machine, cached):  # torch itself is not to believe in it, as its compiler asks the card then
            monkeypatch.setattr(place, "has_cuda", lambda: True)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: not including_emulation)
        monkeypatch.setattr(torch.nn.Module, "to", self._stay(torch.nn.Module.to))
        monkeypatch.setattr(torch.Tensor, "to", self._stay(torch.Tensor.to))
        monkeypatch.setattr(torch, "compile", self._compile(torch.compile))

    @staticmethod
    def _stay(own: Any) -> Any:
        def to(self: Any, *where: Any, **more: Any) -> Any:
            here = ["cpu" if place == "cuda" else place for place in where]
            return own(self, *here, **more | ({"device": "cpu"} if more.get("device") == "cuda" else {}))

        return to

    def _compile(self, own: Any) -> Any:
        def compile_(tower: Any) -> Any:
            if self.broken:
                raise RuntimeError(self.broken)
            self.compiled.append(0)
            place = len(self.compiled) - 1

            def backend(graph: Any, _: Any) -> Any:
                self.compiled[place] += 1
                return graph.forward

            return own(tower, backend=backend)

        return compile_


def test_where_there_is_a_card_weights_run_on_it_compiled(
    clip_folder: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    judge = load_encoder(clip_folder[0], runtime="onnxruntime")
    torch._dynamo.reset()
    card = Card(monkeypatch)
    encoder = load_encoder(clip_folder[0])
    assert encoder.runtime == "torch-cuda bf16"
    assert card.compiled == [1, 1]
    images = drawn_images() * 5
    for count in (1, 2, 3, 17, 80):
        assert smallest_cosine(encoder.encode_images(images[:count]), judge.encode_images(images[:count])) > 0.999
    for texts in (TEXTS[:1], TEXTS[1:2], TEXTS, list(TEXTS) * 7, ["word " * 40, "word " * 50]):
        assert smallest_cosine(encoder.encode_texts(texts), judge.encode_texts(texts)) > 0.999
    assert card.compiled == [1, 1]  # one program for batches and texts of every length
    assert load_encoder(clip_folder[0], runtime="onnxruntime").runtime == "onnxruntime float32"
    assert machine.torch_runtimes() == ("torch-float32", "torch-fp16", "torch-bf16")


@pytest.mark.parametrize(("cards", "usable", "wanted"), [(0, True, False), (1, False, False), (1, True, True)])
def test_a_card_counts_where_driver_and_torch_both_see_it(
    monkeypatch: pytest.MonkeyPatch, cards: int, usable: bool, wanted: bool
) -> None:
    import torch

    monkeypatch.setattr(machine, "cuda_cards", lambda: cards)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: usable)
    assert machine.has_cuda() is wanted
    assert machine.torch_device() == ("cuda" if wanted else "cpu")


def test_what_cannot_be_compiled_runs_uncompiled_and_says_so(
    clip_folder: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    card = Card(monkeypatch)
    card.broken = "Cannot find a working triton installation."
    encoder = load_encoder(clip_folder[0], runtime="torch-float32")
    assert encoder.runtime == "torch-cuda float32"
    (record,) = caplog.records
    assert "torch.compile does not work here (Cannot find a working triton" in record.getMessage()
    assert encoder.encode_texts(["a dog"]).shape == (1, 512)


def test_what_torch_cannot_run_is_an_error_with_a_way_out(
    clip_folder: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = load_encoder(clip_folder[0], runtime="torch-float32")

    def out_of_memory(*_: Any) -> Any:
        raise RuntimeError("CUDA out of memory.\nTried to allocate 2.00 GiB")

    monkeypatch.setattr(model_module, "run_tower", out_of_memory)
    with pytest.raises(EncoderMissing, match="cannot be run by torch: CUDA out of memory") as caught:
        encoder.encode_texts(["a dog"])
    assert "\n" not in caught.value.message
    assert "PICDESK_RUNTIME" in caught.value.hint


def test_without_torch_it_is_named(clip_folder: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    own = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "torch" else own(name, *more))
    with pytest.raises(ExtraMissing, match="the runtime torch is not installed") as caught:
        load_encoder(clip_folder[0], runtime="torch")
    assert "picdesk[torch]" in caught.value.hint
    assert machine.torch_runtimes() == ()


def test_the_bench_sets_torch_beside_the_others(clip_folder: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picdesk.encoders.bench.runtimes_here", lambda: ("onnxruntime",))  # a process each: be quick
    remarks: list[str] = []
    rows = bench(clip_folder[0], seconds=0.01, images=8, texts=8, int8=True, remark=remarks.append)
    assert remarks == []
    by_name = {(row.runtime, row.precision): row for row in rows}
    assert next(iter(by_name)) == ("onnxruntime", "float32")
    assert {("onnxruntime", "int8"), ("torch", "float32")} <= set(by_name)
    assert (("torch", "bf16") in by_name) == has_bf16()
    for row in rows:
        assert row.problem == ""
        assert row.images_per_second
        assert row.texts_per_second
        assert row.min_cosine
        assert row.min_cosine > 0.99
    assert by_name["torch", "float32"].min_cosine == pytest.approx(1, abs=1e-5)
    assert by_name["onnxruntime", "int8"].min_cosine < 1 - 1e-6  # type: ignore[operator]


def test_why_torch_has_no_row_is_said(tmp_path: Path) -> None:
    folder = build_clip(tmp_path / "clip", sides=["textual"])
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    arguments = ["bench", str(folder), "--seconds", "0.01", "--texts", "4", "--json"]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert "no row for torch: this is an ONNX folder, and torch runs weights" in done.stderr
    assert CliRunner().invoke(app, [*arguments, "-q"], catch_exceptions=False).stderr == ""
