"""The text model that ships: small, quick, its licence beside it, and equal to the mean of its tokens' vectors."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from picdesk.encoders.protocol import Encoder
from picdesk.encoders.static import StaticTexts, shipped_texts
from picdesk.encoders.static.model import FILES, SHIPPED
from picdesk.errors import EncoderMissing, InputError
from tests.command_line import ENVIRONMENT

TEXTS = [
    "Fire destroys a warehouse in Kansas City",
    "a",
    "Überfall in Köln!",
    "dog " * 3000,
    "COVID-19: unbelievableness",
]


@pytest.fixture
def model() -> StaticTexts:
    return shipped_texts()


def test_vectors_are_the_mean_of_the_tokens(model: StaticTexts) -> None:
    vectors, scales = np.load(SHIPPED / "vectors.npy"), np.load(SHIPPED / "scales.npy")
    tokens = json.loads((SHIPPED / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    assert model.dimension == 256
    assert len(vectors) == len(scales) == len(tokens)
    for text, split in [
        ("Fire destroys a warehouse!", ["fire", "destroys", "a", "warehouse", "!"]),
        ("Überfall", ["uber", "##fall"]),
    ]:
        mean = np.mean([vectors[tokens[token]] * scales[tokens[token]] for token in split], axis=0)
        assert np.allclose(model.encode_texts([text])[0], mean / np.linalg.norm(mean), atol=1e-5)
        assert model.count_tokens([text]) == [len(split)]


def test_a_text_has_one_vector_whatever_it_comes_with(model: StaticTexts) -> None:
    together = model.encode_texts(TEXTS * 300)
    for number, text in enumerate(TEXTS):
        alone = model.encode_texts([text])[0]
        assert np.array_equal(together[number::5], np.tile(alone, (300, 1)))
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    assert model.encode_texts([]).shape == (0, 256)


def test_like_means_near(model: StaticTexts) -> None:
    fire, blaze, tennis = model.encode_texts(
        ["a warehouse on fire", "blaze in a storage depot", "tennis champion wins"]
    )
    assert float(fire @ blaze) > 0.4 > float(fire @ tennis) + 0.1


def test_a_text_without_a_known_word_is_an_error_that_names_it(model: StaticTexts) -> None:
    for text in ("", "   ", "!?", "\udcff", "[UNK] [PAD]"):
        with pytest.raises(InputError, match="text 1 of 2"):
            model.encode_texts(["a dog", text])


def test_it_has_no_image_side(model: StaticTexts) -> None:
    encoder: Encoder = model
    assert (encoder.has_texts, encoder.has_images, encoder.image_side) == (True, False, None)
    image = Image.new("RGB", (8, 8))
    for ask in (
        lambda: encoder.prepare_image(image),
        lambda: encoder.encode_images([image]),
        lambda: encoder.encode_pixels(np.zeros((1, 3, 8, 8), np.uint8)),
    ):
        with pytest.raises(InputError, match=r"static-minilm.*no image side"):
            ask()


@pytest.mark.parametrize("file", FILES)
def test_unusable_files_are_named(file: str, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(SHIPPED, folder)
    (folder / file).write_bytes((folder / file).read_bytes()[:200])
    with pytest.raises(EncoderMissing, match="unusable"):
        StaticTexts(folder, "broken").encode_texts(["a dog"])
    (folder / file).unlink()
    with pytest.raises(EncoderMissing, match="cannot be read"):
        StaticTexts(folder, "broken")
    shutil.copy(SHIPPED / file, folder / file)
    if file == "scales.npy":
        np.save(folder / file, np.load(SHIPPED / file)[:-1])
        with pytest.raises(EncoderMissing, match="29525 tokens"):
            StaticTexts(folder, "broken").encode_texts(["a dog"])


def test_it_is_known_by_what_is_in_it(tmp_path: Path, model: StaticTexts) -> None:
    folder = tmp_path / "model"
    shutil.copytree(SHIPPED, folder)
    assert StaticTexts(folder, "copy").fingerprint == model.fingerprint
    scales = np.load(folder / "scales.npy")
    np.save(folder / "scales.npy", scales * 2)
    assert StaticTexts(folder, "copy").fingerprint != model.fingerprint


def test_it_is_small_and_its_licence_lies_beside_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "wheel.zip", "w", zipfile.ZIP_DEFLATED) as wheel:
        for file in SHIPPED.iterdir():
            wheel.write(file, file.name)
    assert (tmp_path / "wheel.zip").stat().st_size < 10_000_000
    licence = (SHIPPED / "LICENCE.txt").read_text(encoding="utf-8")
    for said in ("Apache License, Version 2.0", "all-MiniLM-L6-v2", "tools/distil_meaning.py", *FILES):
        assert said in licence


def test_it_is_quick_and_needs_neither_torch_nor_a_graph(model: StaticTexts) -> None:
    headlines = ["Fire destroys a warehouse in Kansas City, nobody was hurt"] * 5000
    rates = []
    for _ in range(3):
        start = time.process_time()
        model.encode_texts(headlines)
        rates.append(len(headlines) / (time.process_time() - start))
    assert max(rates) > 2000, "a tenth of what an idle machine does"
    heavy = {"torch", "transformers", "onnxruntime", "openvino", "model2vec"}
    code = (
        "import sys; from picdesk.encoders.static import shipped_texts; shipped_texts().encode_texts(['a dog'])\n"
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
