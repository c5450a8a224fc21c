from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from picdesk.encoders import load_encoder
from picdesk.records import Query
from picdesk.search.explain.parts import MOST_PARTS, MOST_SAID, parts_of, speaking_parts
from picdesk.search.vectors import query_vector


def test_sentences_or_the_phrases_of_the_only_one() -> None:
    assert parts_of("A fire broke out. Nobody was hurt!", "en") == ["A fire broke out.", "Nobody was hurt!"]
    assert parts_of("Blaze: “warehouse” burns in the night", "en") == ["Blaze", "warehouse", "burns", "night"]
    assert parts_of("red blue green black white grey") == ["red blue green black", "white grey"]
    assert parts_of("") == []
    assert parts_of(" ?! \n\n …") == []
    assert parts_of("the of and") == []


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


@pytest.mark.parametrize(
    "texts",
    [
        ("Fire destroys a warehouse in Kansas City",),
        ("A red house. A blue sea. A green tree.",),
        ("A red house. A blue sea.", "Green trees in the dark night"),
    ],
)
def test_falls_are_those_of_leaving_out(clip: Path, texts: tuple[str, ...]) -> None:
    encoder = load_encoder(clip)
    photos = unit(np.random.default_rng(0).normal(size=(6, encoder.dimension)))
    query = Query(texts=texts, language="en")
    found = speaking_parts(encoder, query, photos)
    whole = query_vector(encoder, query)
    falls: list[dict[str, float]] = [{} for _ in photos]
    for number, text in enumerate(texts):
        for part in parts_of(text, "en"):
            shorter = " ".join(text.replace(part, " ", 1).split())
            vector = query_vector(encoder, Query(texts=(*texts[:number], shorter, *texts[number + 1 :]), language="en"))
            for fall, photo in zip(falls, photos, strict=True):
                fall[part.strip(".")] = float(whole @ photo - vector @ photo)
    assert any(found)
    for parts, fall in zip(found, falls, strict=True):
        best = sorted((value for value in fall.values() if value > 0), reverse=True)
        best = [value for value in best if value >= best[0] / 3][:MOST_SAID]
        assert [part.fall for part in parts] == pytest.approx(best, abs=2e-5)
        for said in parts:
            assert fall[said.text.strip(".")] == pytest.approx(said.fall, abs=2e-5)


def test_one_batch_for_the_whole_answer(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_encoder(clip)
    asked: list[int] = []
    encode = encoder.encode_texts

    def counted(texts: Sequence[str]) -> np.ndarray:
        asked.append(len(texts))
        return encode(texts)

    monkeypatch.setattr(encoder, "encode_texts", counted)
    photos = unit(np.random.default_rng(0).normal(size=(50, encoder.dimension)))
    photos[3] = np.nan
    many = " ".join(f"Sentence number {number} is short." for number in range(60))
    found = speaking_parts(encoder, Query(texts=(many,), fit="pool", language="en"), photos)
    assert len(asked) == 1
    assert found[3] == ()
    assert len(found) == 50
    asked.clear()
    assert speaking_parts(encoder, Query(texts=("fire",)), photos) == [()] * 50, "one part: nothing is left without it"
    assert not asked
    assert MOST_PARTS < 60
