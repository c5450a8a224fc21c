"""Two real networks: MobileNet v1 for images, all-MiniLM-L6-v2 for texts."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from picdesk.encoders import load_encoder
from picdesk.encoders.runtimes.onnxruntime import import_onnxruntime

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def news(shared: Path) -> list[Image.Image]:
    paths = sorted((shared / "data" / "newsimages25" / "newsimages").iterdir())[:24]
    return [Image.open(path).convert("RGB") for path in paths]


def test_a_photo_has_the_vector_that_onnx_runtime_gives(shared: Path, news: list[Image.Image]) -> None:
    folder = shared / "models" / "mobilenet-v1-imagenet"
    encoder = load_encoder(folder)
    vectors = encoder.encode_images(news)
    session = import_onnxruntime().InferenceSession(
        str(folder / "visual" / "model.onnx"), providers=["CPUExecutionProvider"]
    )
    small = [np.asarray(image.resize((224, 224), Image.Resampling.BICUBIC)) for image in news]
    pixels = ((np.stack(small).transpose(0, 3, 1, 2) / 255 - 0.5) / 0.5).astype(np.float32)
    judge = session.run(None, {"image": pixels})[0]
    judge /= np.linalg.norm(judge, axis=1, keepdims=True)
    assert (vectors * judge).sum(axis=1).min() >= 0.999
    alone = np.concatenate([encoder.encode_images([image]) for image in news[:3]])
    assert (vectors[:3] * alone).sum(axis=1).min() >= 0.9999


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime", None])
def test_similar_sentences_are_closer_than_others(shared: Path, runtime: str | None) -> None:
    encoder = load_encoder(shared / "models" / "all-minilm-l6-v2", runtime=runtime)
    assert (encoder.dimension, encoder.text_limit) == (384, 128)
    vectors = encoder.encode_texts(
        [
            "Firefighters battle a blaze in a warehouse",
            "A storage building burns, the fire brigade is on site",
            "The central bank leaves interest rates unchanged",
            "Rates stay where they are, says the bank of issue",
        ]
    )
    cosines = vectors @ vectors.T
    assert min(cosines[0, 1], cosines[2, 3]) > 0.45
    assert cosines[:2, 2:].max() < 0.3


def test_int8_texts_do_not_depend_on_their_neighbours(shared: Path) -> None:
    encoder = load_encoder(shared / "models" / "all-minilm-l6-v2")
    texts = ["Rain", "Storm over the coast: thousands without power after a night of heavy wind", ""]
    together = encoder.encode_texts(texts)
    for number, text in enumerate(texts):
        np.testing.assert_array_equal(encoder.encode_texts([text])[0], together[number])


def test_long_text_is_counted_in_full_and_cut(shared: Path) -> None:
    encoder = load_encoder(shared / "models" / "all-minilm-l6-v2")
    long = "The minister spoke about the budget. " * 60
    assert encoder.count_tokens([long, "Rain"]) == [60 * 7 + 2, 3]
    cut, same = encoder.encode_texts([long, long + "And about the weather."])
    np.testing.assert_array_equal(cut, same)


def test_a_photo_is_prepared_in_milliseconds(shared: Path, news: list[Image.Image]) -> None:
    encoder = load_encoder(shared / "models" / "mobilenet-v1-imagenet")
    times = []
    for image in news:
        start = time.process_time()
        encoder.prepare_image(image)
        times.append(time.process_time() - start)
    assert min(times) < 0.01
