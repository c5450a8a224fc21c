"""Texts of like length are encoded together and come back in the caller's order."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from picdesk.encoders import load_encoder
from picdesk.encoders.side import Side
from tests.tiny import build_clip
from tests.tiny.clip import COLOURS


def texts() -> list[str]:
    generator = np.random.default_rng(5)
    return [" ".join(generator.choice(list(COLOURS), int(generator.integers(0, 70)))) for _ in range(150)]


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("pooled", [True, False])
@pytest.mark.parametrize("text_input", ["input_ids", "text"])
@pytest.mark.parametrize("static_batch", [True, False])
def test_each_text_has_the_vector_that_it_has_alone(
    tmp_path: Path, runtime: str, pooled: bool, text_input: Literal["text", "input_ids"], static_batch: bool
) -> None:
    if runtime == "openvino":
        pytest.importorskip("openvino", reason="OpenVINO has no wheel for this processor", exc_type=ImportError)
    build_clip(tmp_path, sides=["textual"], text_input=text_input, pooled=pooled, static_batch=static_batch)
    encoder = load_encoder(tmp_path, runtime=runtime)
    many = texts()
    together = encoder.encode_texts(many)
    alone = np.concatenate([encoder.encode_texts([text]) for text in many])
    assert (together * alone).sum(axis=1).min() > 0.9999
    np.testing.assert_allclose(together, alone, atol=2e-2)


def test_little_padding_is_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_encoder(build_clip(tmp_path, sides=["textual"], text_input="input_ids"), runtime="onnxruntime")
    run = Side.run
    masks: list[Any] = []

    def watched(side: Side, pieces: Any) -> Any:
        masks.extend(piece["attention_mask"] for piece in pieces)
        return run(side, pieces)

    monkeypatch.setattr(Side, "run", watched)
    many = [text for text in texts() if text][:64]
    encoder.encode_texts(many)
    real = sum(encoder.count_tokens(many))
    computed = sum(mask.size for mask in masks)
    assert sum(int(mask.sum()) for mask in masks) == real
    assert computed < 1.5 * real
    assert max(encoder.count_tokens(many)) * len(many) > 1.7 * real
