"""Vectors, against the onnx package's reference evaluator and between runtimes."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator
from PIL import Image, ImageDraw

from picdesk.encoders import Encoder, load_encoder
from picdesk.encoders.preprocess import Preparation, read_preparation
from picdesk.encoders.side import Side
from picdesk.errors import InputError
from tests.drawn.scenes import draw_scene
from tests.tiny import COLOURS, build_clip

RUNTIMES = ["openvino", "onnxruntime"]
TEXTS = ["a red car", "", "blue", "people in the city at night", "zebra crossing", "red " * 200]


def unit(rows: Any) -> NDArray[np.float64]:
    exact = np.asarray(rows, dtype=np.float64)
    return np.asarray(exact / np.linalg.norm(exact, axis=1, keepdims=True))


def judged(folder: Path, side: str, feeds: dict[str, Any]) -> NDArray[np.float64]:
    """What the reference evaluator of the onnx package gives, as unit rows."""
    outputs: Any = ReferenceEvaluator(onnx.load(str(folder / side / "model.onnx"))).run(None, feeds)
    return unit(outputs[0])


def check_unit(rows: NDArray[np.float32], count: int, dimension: int) -> None:
    assert rows.shape == (count, dimension)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("static_batch", [False, True])
def test_images_equal_the_reference(tmp_path: Path, runtime: str, static_batch: bool) -> None:
    folder = build_clip(tmp_path, static_batch=static_batch, external=True)
    encoder = load_encoder(folder, runtime=runtime)
    scenes = [draw_scene(seed) for seed in range(37)]
    vectors = encoder.encode_images(scenes)
    check_unit(vectors, 37, 16)
    pixels = np.stack([encoder.prepare_image(scene) for scene in scenes])
    values = read_preparation(folder / "visual" / "preprocess_cfg.json").normalised(pixels)
    wanted = np.concatenate([judged(folder, "visual", {"image": values[at : at + 1]}) for at in range(37)])
    cosines = (vectors * wanted).sum(axis=1)
    assert cosines.min() >= (0.999 if "bf16" in encoder.runtime else 0.999999)
    np.testing.assert_array_equal(encoder.encode_pixels(pixels), vectors)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("static_batch", [False, True])
@pytest.mark.parametrize("text_input", ["text", "input_ids"])
@pytest.mark.parametrize("pooled", [True, False])
def test_texts_equal_the_reference(
    tmp_path: Path, runtime: str, static_batch: bool, text_input: Literal["text", "input_ids"], pooled: bool
) -> None:
    options: dict[str, Any] = {"static_batch": static_batch, "text_input": text_input, "context": 20}
    encoder = load_encoder(build_clip(tmp_path / "ours", pooled=pooled, **options), runtime=runtime)
    vectors = encoder.encode_texts(TEXTS)
    check_unit(vectors, len(TEXTS), 16)
    # The judge tokenizes by its own truncation and padding, and takes the graph that pools by itself.
    from tokenizers import Tokenizer

    judge = build_clip(tmp_path / "judge", **options)
    tokenizer = Tokenizer.from_file(str(judge / "textual" / "tokenizer.json"))
    tokenizer.enable_truncation(20)
    tokenizer.enable_padding(length=20, pad_id=0)
    wanted = []
    for text in TEXTS:
        encoding = tokenizer.encode(text)
        feeds: dict[str, Any] = {"text": np.array([encoding.ids], dtype=np.int32)}
        if text_input == "input_ids":
            feeds = {
                "input_ids": np.array([encoding.ids], dtype=np.int64),
                "attention_mask": np.array([encoding.attention_mask], dtype=np.int64),
            }
        wanted.append(judged(judge, "textual", feeds))
    cosines = (vectors * np.concatenate(wanted)).sum(axis=1)
    assert cosines.min() >= (0.999 if "bf16" in encoder.runtime else 0.999999)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_alone_and_in_company_a_vector_is_the_same(tmp_path: Path, runtime: str) -> None:
    encoder = load_encoder(build_clip(tmp_path, text_input="input_ids"), runtime=runtime)
    scenes = [draw_scene(seed) for seed in range(33)]
    together = encoder.encode_images(scenes)
    for number in (0, 7, 31, 32):
        assert encoder.encode_images([scenes[number]])[0] @ together[number] >= 0.999999
    words = encoder.encode_texts(TEXTS)
    for number, text in enumerate(TEXTS):
        assert encoder.encode_texts([text])[0] @ words[number] >= 0.9999


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_inputs_are_left_as_they_are_whatever_their_layout(tmp_path: Path, runtime: str) -> None:
    # OpenVINO writes into an array that was once shared with it; see OpenVinoSession.run.
    encoder = load_encoder(build_clip(tmp_path), runtime=runtime)
    straight = np.stack([encoder.prepare_image(draw_scene(seed)) for seed in range(20)])
    twisted = np.asfortranarray(straight)
    kept = straight.copy()
    wanted = encoder.encode_pixels(straight)
    for size in (20, 7, 1, 13, 20):
        for pixels in (straight, twisted):
            np.testing.assert_allclose(encoder.encode_pixels(pixels[-size:]), wanted[-size:], atol=1e-6)
    np.testing.assert_array_equal(straight, kept)
    np.testing.assert_array_equal(twisted, kept)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_many_threads_may_ask_at_once(tmp_path: Path, runtime: str) -> None:
    encoder = load_encoder(build_clip(tmp_path), runtime=runtime)
    scenes = [draw_scene(seed, (80, 60)) for seed in range(12)]
    wanted = load_encoder(tmp_path, runtime=runtime).encode_images(scenes)
    found: dict[int, NDArray[np.float32]] = {}

    def ask(number: int) -> None:
        for _ in range(5):
            found[number] = encoder.encode_images(scenes[number : number + 5])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    for number, rows in found.items():
        np.testing.assert_allclose(rows, wanted[number : number + 5], atol=1e-6)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_nothing_in_nothing_out(tmp_path: Path, runtime: str) -> None:
    encoder = load_encoder(build_clip(tmp_path), runtime=runtime)
    check_unit(encoder.encode_images([]), 0, 16)
    check_unit(encoder.encode_texts([]), 0, 16)
    check_unit(encoder.encode_pixels(np.empty((0, 3, 32, 32), dtype=np.uint8)), 0, 16)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_vector_without_direction_is_an_error_that_names_the_item(
    tmp_path: Path, runtime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = load_encoder(build_clip(tmp_path), runtime=runtime)
    pixels = np.stack([encoder.prepare_image(draw_scene(seed)) for seed in range(20)])
    whole = Preparation.normalised

    def with_a_hole(self: Preparation, pixels_: NDArray[np.uint8]) -> NDArray[np.float32]:
        values = whole(self, pixels_)
        values[(pixels_ == pixels[13]).all(axis=(1, 2, 3))] = np.nan
        return values

    with monkeypatch.context() as patch:
        patch.setattr(Preparation, "normalised", with_a_hole)
        with pytest.raises(InputError, match="not finite for image 13 of 20"):
            encoder.encode_pixels(pixels)
    path = tmp_path / "textual" / "model.onnx"
    model = onnx.load(str(path))
    words = onnx.numpy_helper.to_array(model.graph.initializer[0])
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(np.zeros_like(words), "w0"))
    path.write_bytes(model.SerializeToString())
    with pytest.raises(InputError, match="zero vector for text 0 of 2"):
        load_encoder(tmp_path, runtime=runtime).encode_texts(["red", "blue"])


def test_pixels_of_another_shape_are_refused(clip: Path) -> None:
    encoder = load_encoder(clip)
    for shape in ((3, 32, 32), (2, 3, 32, 31), (2, 32, 32, 3), (0,)):
        with pytest.raises(InputError, match="takes pixels of"):
            encoder.encode_pixels(np.zeros(shape, dtype=np.uint8))
    normalised: Any = np.zeros((2, 3, 32, 32), dtype=np.float32)
    with pytest.raises(InputError, match=r"uint8, not .* float32"):
        encoder.encode_pixels(normalised)


def test_very_long_and_very_short_rows_become_unit_rows(tmp_path: Path) -> None:
    path = build_clip(tmp_path) / "textual" / "model.onnx"
    for factor in (1e30, 1e-30):
        model = onnx.load(str(build_clip(tmp_path) / "textual" / "model.onnx"))
        words = onnx.numpy_helper.to_array(model.graph.initializer[0])
        model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(np.float32(factor) * words, "w0"))
        path.write_bytes(model.SerializeToString())
        check_unit(load_encoder(tmp_path, runtime="onnxruntime").encode_texts(["red", "a"]), 2, 16)


def test_a_dimension_that_the_file_does_not_say_is_found_by_running(tmp_path: Path) -> None:
    for side in ("visual", "textual"):
        path = build_clip(tmp_path) / side / "model.onnx"
        model = onnx.load(str(path))
        model.graph.output[0].type.tensor_type.shape.dim[1].dim_param = "d"
        path.write_bytes(model.SerializeToString())
        assert load_encoder(tmp_path).dimension == 16


def test_the_named_output_is_taken_wherever_it_stands(tmp_path: Path) -> None:
    wanted = load_encoder(build_clip(tmp_path / "plain")).encode_images([draw_scene(1)])
    path = build_clip(tmp_path / "more") / "visual" / "model.onnx"
    model = onnx.load(str(path))
    model.graph.node.append(onnx.helper.make_node("Neg", ["embedding"], ["first"]))
    shape = [model.graph.output[0].type.tensor_type.shape.dim[0].dim_param, 16]
    model.graph.output.insert(0, onnx.helper.make_tensor_value_info("first", onnx.TensorProto.FLOAT, shape))
    path.write_bytes(model.SerializeToString())
    for runtime in RUNTIMES:
        vectors = load_encoder(tmp_path / "more", runtime=runtime).encode_images([draw_scene(1)])
        assert (vectors @ wanted.T).item() > 0.999


def spot(colour: tuple[int, int, int], background: tuple[int, int, int], shape: str) -> Image.Image:
    picture = Image.new("RGB", (96, 64), background)
    getattr(ImageDraw.Draw(picture), shape)((30, 15, 65, 50), fill=colour)
    return picture


@pytest.mark.parametrize("shape", ["ellipse", "rectangle"])
def test_a_colours_word_finds_what_has_that_colour(clip: Path, shape: str) -> None:
    encoder: Encoder = load_encoder(clip)
    names = [name for name in COLOURS if name not in ("white", "grey", "black")]
    pictures = encoder.encode_images([spot(COLOURS[name], COLOURS["white"], shape) for name in names])
    words = encoder.encode_texts([f"a photo of a {name} {shape}" for name in names])
    assert (words @ pictures.T).argmax(axis=1).tolist() == list(range(len(names)))


def test_a_graph_that_quantises_while_it_runs_takes_texts_one_by_one(
    monkeypatch: pytest.MonkeyPatch, clip: Path
) -> None:
    sizes: list[int] = []
    run = Side.run

    def spy(side: Side, pieces: list[dict[str, NDArray[Any]]]) -> list[NDArray[Any]]:
        sizes.extend(len(next(iter(piece.values()))) for piece in pieces)
        return run(side, pieces)

    monkeypatch.setattr(Side, "run", spy)
    encoder = load_encoder(clip, runtime="onnxruntime")
    encoder.encode_texts(["red", "blue", "green"])
    assert sizes == [3]
    monkeypatch.setattr("picdesk.encoders.side.quantises_while_running", lambda _: True)
    encoder.encode_texts(["red", "blue", "green"])
    assert sizes[1:] == [1, 1, 1]
