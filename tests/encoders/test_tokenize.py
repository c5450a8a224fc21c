"""Tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from picdesk.encoders.tokenize import TextTokens, read_tokens
from picdesk.errors import EncoderMissing
from tests.tiny import build_clip
from tests.tiny.clip import VOCABULARY

PAD, CLS, SEP = (VOCABULARY.index(name) for name in ("[PAD]", "[CLS]", "[SEP]"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build_clip(tmp_path, sides=["textual"], context=8)


def tokens(folder: Path, length: int | None = None) -> TextTokens:
    return read_tokens(folder / "textual", folder / "config.json", length)


def change(path: Path, **changes: Any) -> None:
    settings = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(settings | changes), encoding="utf-8")


def test_texts_are_padded_to_the_longest_or_to_a_length(folder: Path) -> None:
    numbers, mask = tokens(folder)(["red", "a red car", ""], None)
    red, a, car = (VOCABULARY.index(word) for word in ("red", "a", "car"))
    assert numbers.tolist() == [[CLS, red, SEP, PAD, PAD], [CLS, a, red, car, SEP], [CLS, SEP, PAD, PAD, PAD]]
    assert mask.tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [1, 1, 0, 0, 0]]
    numbers, mask = tokens(folder)(["red"], 8)
    assert numbers.shape == mask.shape == (1, 8)


def test_what_is_cut_is_the_text_not_its_end_token(folder: Path) -> None:
    long = " ".join(["red"] * 50)
    numbers, mask = tokens(folder)([long], None)
    assert numbers.tolist() == [[CLS, *[VOCABULARY.index("red")] * 6, SEP]]
    assert mask.sum() == 8
    assert tokens(folder).count([long, "", "red", " ".join(["red"] * 6)]) == [52, 2, 3, 8]


def test_special_tokens_spelt_out_in_a_text_are_plain_text(folder: Path) -> None:
    numbers, _ = tokens(folder)(["[SEP]", "[PAD] [CLS]"], 8)
    assert (numbers == SEP).sum(axis=1).tolist() == [1, 1]
    assert (numbers == CLS).sum(axis=1).tolist() == [1, 1]


@pytest.mark.parametrize(
    "text", ["\ud800", "\0", "\U0001f600" * 500, "a" * 100_000, "\n\t \u00a0", "\u202e red", "मराठी"]
)
def test_any_text_can_be_taken(folder: Path, text: str) -> None:
    numbers, mask = tokens(folder)([text], 8)
    assert numbers.shape == (1, 8)
    assert numbers[0, mask[0].sum() - 1] == SEP
    assert tokens(folder).count([text])[0] >= 2


def test_no_texts_are_no_rows(folder: Path) -> None:
    assert tokens(folder)([], None)[0].shape[0] == 0
    assert tokens(folder).count([]) == []


def test_the_limit_is_the_first_that_is_said(folder: Path) -> None:
    side = folder / "textual"
    change(
        side / "tokenizer.json",
        truncation={"max_length": 30, "strategy": "LongestFirst", "stride": 0, "direction": "Left"},
    )
    change(folder / "config.json", text_cfg={"context_length": 40})
    change(side / "tokenizer_config.json", model_max_length=20)
    assert tokens(folder, 10).limit == 10
    assert tokens(folder).limit == 20
    change(side / "tokenizer_config.json", model_max_length=1e30)  # how transformers writes "not set"
    assert tokens(folder).limit == 30
    change(side / "tokenizer.json", truncation=None)
    assert tokens(folder).limit == 40
    change(folder / "config.json", text_cfg=None)
    assert tokens(folder).limit == 512
    (folder / "config.json").unlink()
    (side / "tokenizer_config.json").unlink()
    assert tokens(folder).limit == 512


def test_the_padding_token_is_the_one_the_files_name(folder: Path) -> None:
    side = folder / "textual"
    change(side / "tokenizer_config.json", pad_token={"content": "[SEP]"})
    assert tokens(folder).pad == SEP
    change(side / "tokenizer_config.json", pad_token="[CLS]")  # noqa: S106
    assert tokens(folder).pad == CLS
    change(side / "tokenizer_config.json", pad_token="nowhere")  # noqa: S106
    assert tokens(folder).pad == PAD


def test_texts_lose_case_and_punctuation_where_the_model_wants_it(folder: Path) -> None:
    plain = tokens(folder)
    change(folder / "config.json", text_cfg={"tokenizer_kwargs": {"clean": "canonicalize"}})
    canonical = tokens(folder)
    wanted = plain(["its a red car"], 8)[0]
    assert not np.array_equal(plain(["It's a red_car!"], 8)[0], wanted)
    assert np.array_equal(canonical(["It's  a red_car!"], 8)[0], wanted)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"model": {"type": "Nothing"}}', b"\xff", b"{" * 9999])
def test_a_broken_tokenizer_is_named(folder: Path, content: bytes) -> None:
    (folder / "textual" / "tokenizer.json").write_bytes(content)
    with pytest.raises(EncoderMissing, match=r"tokenizer\.json") as caught:
        tokens(folder)
    assert "\n" not in caught.value.message


def test_a_limit_without_room_for_text_is_refused(folder: Path) -> None:
    with pytest.raises(EncoderMissing, match="no room"):
        tokens(folder, 2)


@pytest.mark.shared
def test_a_real_tokenizer_cuts_as_its_own_truncation_does(shared: Path) -> None:
    from tokenizers import Tokenizer

    folder = shared / "models" / "all-minilm-l6-v2"
    judge = Tokenizer.from_file(str(folder / "textual" / "tokenizer.json"))
    judge.no_padding()
    texts = ["Fire destroys warehouse in Leipzig", "word " * 400, "", "Ungewöhnliche Zeichen: ☂ 東京"]
    ours = tokens(folder)
    assert ours.limit == 128
    numbers, mask = ours(texts, None)
    for row, keep, text in zip(numbers, mask, texts, strict=True):
        assert row[keep == 1].tolist() == judge.encode(text).ids
