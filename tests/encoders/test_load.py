"""Opening encoders: what is accepted, what is refused and how."""

from __future__ import annotations

import importlib.util
import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from picdesk.encoders import load_encoder
from picdesk.errors import EncoderMissing, ExtraMissing, InputError, PicdeskError
from tests.drawn.scenes import draw_scene
from tests.tiny import build_clip


def refused(where: str | Path, **options: Any) -> PicdeskError:
    with pytest.raises(PicdeskError) as caught:
        load_encoder(where, **options)
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 500
    assert caught.value.hint
    return caught.value


def test_an_encoder_says_what_it_is(tmp_path: Path) -> None:
    encoder = load_encoder(build_clip(tmp_path / "colours", dimension=20, image_size=64, context=12))
    assert encoder.name == "colours"
    assert encoder.location == str((tmp_path / "colours").resolve())
    assert len(encoder.fingerprint) == 64
    assert (encoder.dimension, encoder.text_limit, encoder.image_side) == (20, 12, 64)
    assert (encoder.has_images, encoder.has_texts) == (True, True)
    assert encoder.runtime.split()[0] in {"openvino", "onnxruntime"}


def test_a_relative_folder_is_named_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_clip(tmp_path / "here")
    monkeypatch.chdir(tmp_path)
    assert load_encoder("here").location == str((tmp_path / "here").resolve())
    monkeypatch.chdir(tmp_path / "here")
    assert load_encoder(".").name == "here"


def test_one_side_is_an_encoder_and_the_other_is_named_when_asked(tmp_path: Path) -> None:
    seeing = load_encoder(build_clip(tmp_path / "eyes", sides=["visual"]))
    reading = load_encoder(build_clip(tmp_path / "ears", sides=["textual"]))
    assert (seeing.has_images, seeing.has_texts, seeing.text_limit) == (True, False, None)
    assert (reading.has_images, reading.has_texts, reading.image_side) == (False, True, None)
    image = draw_scene(0)
    for ask in (seeing.encode_texts, seeing.count_tokens):
        with pytest.raises(InputError, match="encoder 'eyes' has no text side"):
            ask(["red"])
    with pytest.raises(InputError, match="encoder 'ears' has no image side"):
        reading.encode_images([image])
    with pytest.raises(InputError, match="encoder 'ears' has no image side"):
        reading.prepare_image(image)
    with pytest.raises(InputError, match="encoder 'ears' has no image side"):
        reading.encode_pixels(np.zeros((1, 3, 32, 32), dtype=np.uint8))


@pytest.mark.parametrize("name", ["clip-vit-z-99", "a/b/c", "x" * 5000, "nul\0", "~nobody-of-that-name/x"])
def test_a_name_that_is_no_folder(name: str) -> None:
    error = refused(name)
    assert isinstance(error, EncoderMissing)
    assert "no encoder called" in error.message
    assert "visual/" in error.hint


def test_a_file_and_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    assert "is damaged or no checkpoint" in refused(tmp_path / "file").message
    assert "neither visual/model.onnx nor textual/model.onnx" in refused(tmp_path).message


@pytest.mark.parametrize(
    "name", ["visual/model.onnx", "visual/preprocess_cfg.json", "textual/model.onnx", "textual/tokenizer.json"]
)
@pytest.mark.parametrize("content", [b"", b"\x80\x04\x95 not a model", None])
def test_unusable_files_are_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    path = build_clip(tmp_path) / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if content is None else content)
    error = refused(tmp_path)
    assert isinstance(error, EncoderMissing)
    assert str(path) in error.message


def test_missing_preprocessing_is_an_error(tmp_path: Path) -> None:
    (build_clip(tmp_path) / "visual" / "preprocess_cfg.json").unlink()
    assert "preprocess_cfg.json is missing" in refused(tmp_path).message


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_a_graph_that_no_runtime_takes_is_named_on_one_line(tmp_path: Path, runtime: str) -> None:
    path = build_clip(tmp_path) / "visual" / "model.onnx"
    model = onnx.load(str(path))
    model.graph.node[0].op_type = "Nonsense"
    path.write_bytes(model.SerializeToString())
    encoder = load_encoder(tmp_path, runtime=runtime)
    with pytest.raises(EncoderMissing, match=r"model\.onnx cannot be used with") as caught:
        encoder.encode_images([draw_scene(0)])
    assert "\n" not in caught.value.message


def test_sides_of_different_length_are_refused(tmp_path: Path) -> None:
    build_clip(tmp_path, dimension=16)
    build_clip(tmp_path, dimension=24, sides=["textual"])
    message = refused(tmp_path).message
    assert "16" in message
    assert "24" in message


def test_preprocessing_for_another_model_is_refused(tmp_path: Path) -> None:
    path = build_clip(tmp_path) / "visual" / "preprocess_cfg.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"size": 64}))
    assert "(3, 64, 64)" in refused(tmp_path).message


@pytest.mark.parametrize(
    ("side", "names", "said"),
    [
        ("visual", {"image": "uint8"}, "uint8"),
        ("textual", {"text": "float"}, "float32"),
        ("textual", {"text": "pixel_values"}, ""),
    ],
)
def test_inputs_that_cannot_be_fed_are_refused(tmp_path: Path, side: str, names: dict[str, str], said: str) -> None:
    path = build_clip(tmp_path) / side / "model.onnx"
    model = onnx.load(str(path))
    for tensor in model.graph.input:
        if said:
            kinds = {"uint8": onnx.TensorProto.UINT8, "float": onnx.TensorProto.FLOAT}
            tensor.type.tensor_type.elem_type = kinds[names[tensor.name]]
    if not said:
        extra = onnx.helper.make_tensor_value_info("pixel_values", onnx.TensorProto.INT64, [1, 2])
        model.graph.input.append(extra)
        said = "pixel_values"
    path.write_bytes(model.SerializeToString())
    assert said in refused(tmp_path).message


def test_a_runtime_that_is_unknown_or_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = build_clip(tmp_path)
    error = refused(folder, runtime="tensorrt")
    assert isinstance(error, InputError)
    assert "openvino" in error.hint
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    for runtime in ("openvino", "onnxruntime", None):
        error = refused(folder, runtime=runtime)
        assert isinstance(error, ExtraMissing)
        assert "pip install" in error.hint


def test_without_openvino_the_other_runtime_takes_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = build_clip(tmp_path)
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert load_encoder(folder).runtime == "onnxruntime float32"


def test_the_fingerprint_is_content_not_place_nor_runtime(tmp_path: Path) -> None:
    first = build_clip(tmp_path / "one", external=True)
    shutil.copytree(first, tmp_path / "two")
    (tmp_path / "two" / "README.md").write_text("nothing that counts")
    prints = {
        load_encoder(tmp_path / name, runtime=runtime).fingerprint
        for name in ("one", "two")
        for runtime in ("openvino", "onnxruntime")
    }
    assert len(prints) == 1
    assert load_encoder(build_clip(tmp_path / "three", external=True, seed=1)).fingerprint not in prints


@pytest.mark.parametrize(
    "name",
    [
        "visual/model.onnx",
        "visual/weights.bin",
        "visual/preprocess_cfg.json",
        "textual/model.onnx",
        "textual/weights.bin",
        "textual/tokenizer.json",
        "textual/tokenizer_config.json",
        "config.json",
    ],
)
def test_every_file_that_counts_is_in_the_fingerprint(tmp_path: Path, name: str) -> None:
    folder = build_clip(tmp_path, external=True)
    before = load_encoder(folder).fingerprint
    path = folder / name
    if name.endswith("weights.bin"):
        path.write_bytes(b"\x01" + path.read_bytes()[1:])
    elif name.endswith("model.onnx"):
        model = onnx.load(str(path), load_external_data=False)
        model.producer_name = "another"
        path.write_bytes(model.SerializeToString())
    else:
        path.write_text(path.read_text() + "\n")
    assert load_encoder(folder).fingerprint != before


def test_the_tiny_encoder_is_the_same_every_time(tmp_path: Path) -> None:
    prints = [load_encoder(build_clip(tmp_path / name)).fingerprint for name in "ab"]
    assert prints[0] == prints[1]


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import picdesk.encoders", ["openvino", "onnxruntime", "tokenizers", "PIL", "numpy"]),
        ("import picdesk.encoders; picdesk.encoders.load_encoder(sys.argv[1])", ["openvino", "onnxruntime"]),
    ],
)
def test_libraries_are_loaded_when_they_are_needed(clip: Path, code: str, absent: list[str]) -> None:
    script = f"import sys; {code}; print([name for name in {absent} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script, str(clip)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
