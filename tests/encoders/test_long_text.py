"""Texts over the limit: nothing is cut silently, nothing is read over the limit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from picdesk.encoders import load_encoder
from picdesk.encoders.bpe import write_clip_tokenizer
from picdesk.encoders.long_text import POLICIES, encode_long
from picdesk.encoders.onnx_folder import OnnxFolder
from picdesk.encoders.sentences import sentences
from picdesk.errors import InputError
from tests.seconds import at_most
from tests.tiny import build_clip
from tests.tiny.graphs import textual_graph

LIMIT = 12
ARTICLE = (
    "Fire destroys a warehouse in Leipzig. Dr. Smith of the U.S. Fire Service said: “Why?” he did not know! "
    "東京で火事。消防車が出動した！ Firefighters from three neighbouring towns came with nineteen engines and two "
    "boats, and pumped water until the morning. Nobody was hurt."
)
PIECES = [
    "Fire. ",
    "A dog barks! ",
    "火事。",
    "\n\n",
    "Dr. ",
    "e.g. this, ",
    "😀",
    "word ",
    "x" * 60,
    "? ",
    " ",
    "&amp; ",
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=30).map("".join)
quickly = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Recorder(OnnxFolder):
    """An encoder that remembers what it was given."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "onnxruntime")
        self.read: list[str] = []

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.read = list(texts)
        return super().encode_texts(texts)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Recorder:
    """Random word vectors under CLIP's tokens, twelve of them a text."""
    folder = tmp_path_factory.mktemp("long") / "textual"
    folder.mkdir()
    words = np.random.default_rng(2).standard_normal((49408, 8)).astype(np.float32)
    onnx.save_model(textual_graph("batch", LIMIT, words, "text", True), folder / "model.onnx")
    write_clip_tokenizer(folder, LIMIT)
    return Recorder(folder.parent)


def judged(encoder: Recorder, windows: Sequence[str]) -> NDArray[Any]:
    """Mean of the windows' unit vectors, renormalised, written out."""
    total = sum(OnnxFolder.encode_texts(encoder, [window])[0].astype(np.float64) for window in windows)
    return np.asarray(total / np.linalg.norm(total))


@quickly
@given(many=st.lists(texts, max_size=4), policy=st.sampled_from(POLICIES))
@example(many=[ARTICLE, "", ARTICLE * 3], policy="pool")
def test_rows_are_unit_and_cut_is_zero_exactly_when_all_was_read(
    encoder: Recorder, many: list[str], policy: str
) -> None:
    done = encode_long(encoder, many, policy)
    assert done.vectors.shape == (len(many), 8)
    assert done.vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(done.vectors, axis=1), 1, atol=1e-6)
    assert len(done.cut) == len(many)
    for text, cut in zip(many, done.cut, strict=True):
        alone = encode_long(encoder, [text], policy)
        over = sum(max(0, count - LIMIT) for count in encoder.count_tokens(encoder.read))
        unread = encoder.count_tokens([text.replace("".join(encoder.read), "", 1)])[0] - 2 if policy != "pool" else 0
        assert alone.cut == (cut,)
        assert cut == over + unread
        assert cut >= 0


@quickly
@given(text=texts)
@example(text=ARTICLE)
def test_a_text_within_the_limit_is_read_as_it_is(encoder: Recorder, text: str) -> None:
    fits = encoder.count_tokens([text])[0] <= LIMIT
    for policy in POLICIES:
        done = encode_long(encoder, [text], policy)
        if fits:
            assert encoder.read == [text]
            assert done.cut == (0,)
            np.testing.assert_array_equal(done.vectors, encoder.encode_texts([text]))


@quickly
@given(text=texts)
@example(text=ARTICLE)
def test_sentences_keeps_as_many_first_sentences_as_fit(encoder: Recorder, text: str) -> None:
    done = encode_long(encoder, [text], "sentences")
    (read,) = encoder.read
    pieces = sentences(text) or [""]
    prefixes = ["".join(pieces[: number + 1]) for number in range(len(pieces))]
    assert read in prefixes
    fitting = [prefix for prefix in prefixes if encoder.count_tokens([prefix])[0] <= LIMIT]
    assert read == (fitting[-1] if fitting else pieces[0])
    np.testing.assert_array_equal(done.vectors, encoder.encode_texts([read]))


@quickly
@given(text=texts)
@example(text=ARTICLE)
def test_pool_reads_everything_in_windows_within_the_limit(encoder: Recorder, text: str) -> None:
    done = encode_long(encoder, [text], "pool")
    windows = encoder.read
    at = 0
    for window in windows:  # in order, and what lies between them holds no token
        found = text.index(window, at)
        assert encoder.count_tokens([text[at:found]]) == [2]
        at = found + len(window)
    assert encoder.count_tokens([text[at:]]) == [2]
    assert all(
        count <= LIMIT or len(window) == 1 for count, window in zip(encoder.count_tokens(windows), windows, strict=True)
    )
    np.testing.assert_allclose(done.vectors[0], judged(encoder, windows), atol=1e-6)


def test_pool_cuts_between_sentences_where_it_can(encoder: Recorder) -> None:
    text = "Fire destroys a warehouse. Nobody was hurt. The owner was asleep. It rained."
    encode_long(encoder, [text], "pool")
    assert encoder.read == ["Fire destroys a warehouse. Nobody was hurt. ", "The owner was asleep. It rained."]
    encode_long(encoder, ["red " * 12 + "end. Rain."], "pool")
    assert encoder.read == ["red " * 10, "red red end. ", "Rain."]


def test_a_first_sentence_that_is_too_long_is_cut_as_truncate_cuts(encoder: Recorder) -> None:
    text = "red " * 20 + "end. Rain over the city."
    done = encode_long(encoder, [text], "sentences")
    assert encoder.read == ["red " * 20 + "end. "]
    assert done.cut == (12 + 5,)
    np.testing.assert_array_equal(done.vectors, encode_long(encoder, [text]).vectors)


def test_truncate_is_the_default_and_counts(encoder: Recorder) -> None:
    done = encode_long(encoder, ["red " * 20, "red"])
    assert done.cut == (10, 0)
    np.testing.assert_array_equal(done.vectors, encoder.encode_texts(["red " * 20, "red"]))


def test_a_character_over_the_limit_is_counted(tmp_path: Path) -> None:
    folder = tmp_path / "textual"
    folder.mkdir()
    words = np.random.default_rng(2).standard_normal((49408, 8)).astype(np.float32)
    onnx.save_model(textual_graph("batch", 3, words, "text", True), folder / "model.onnx")
    write_clip_tokenizer(folder, 3)
    small = Recorder(tmp_path)
    rare = "𒀀"
    (tokens,) = small.count_tokens([rare])
    assert tokens > 3
    assert encode_long(small, [rare + "a"], "pool").cut == (tokens - 3,)
    assert small.read == [rare, "a"]


def test_a_wordpiece_encoder_is_no_different(tmp_path: Path) -> None:
    encoder = load_encoder(build_clip(tmp_path, sides=["textual"], context=8), runtime="onnxruntime")
    done = encode_long(encoder, ["red " * 6 + "blue " * 6, "red"], "pool")
    red, blue = encoder.encode_texts(["red " * 6, "blue " * 6])
    mean = (red + blue) / np.linalg.norm(red + blue)
    np.testing.assert_allclose(done.vectors[0], mean, atol=1e-6)
    assert done.cut == (0, 0)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("text", ["x" * 100_000, "。" * 30_000, "word " * 20_000, ". " * 30_000, "." * 100_000])
def test_enormous_texts_take_no_enormous_time(encoder: Recorder, policy: str, text: str) -> None:
    with at_most(10):
        done = encode_long(encoder, [text], policy)
    assert (done.cut[0] == 0) == (policy == "pool")


def test_an_unknown_policy_is_refused(encoder: Recorder) -> None:
    with pytest.raises(InputError, match="'middle'") as caught:
        encode_long(encoder, ["red"], "middle")
    assert "truncate, sentences, pool" in caught.value.hint


def test_an_encoder_without_texts_is_named(tmp_path: Path) -> None:
    seeing = load_encoder(build_clip(tmp_path / "eyes", sides=["visual"]))
    with pytest.raises(InputError, match="'eyes' has no text side"):
        encode_long(seeing, ["red"], "pool")


@settings(max_examples=400, deadline=None)
@given(text=texts | st.text(alphabet=" .!?\n。'\"aA1é", max_size=60) | st.text())
def test_sentences_joined_are_the_text(text: str) -> None:
    found = sentences(text)
    assert "".join(found) == text
    if text.strip():
        assert all(sentence.strip() for sentence in found)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Rain. Storm! Why? Yes", ["Rain. ", "Storm! ", "Why? ", "Yes"]),
        ("Dr. Smith met Mr. J. K. Jones of the U.S. Senate.", ["Dr. Smith met Mr. J. K. Jones of the U.S. Senate."]),
        ("It costs 3.5 million. In 2023. Then", ["It costs 3.5 million. ", "In 2023. ", "Then"]),
        ("Am 3. Oktober war z. B. Feiertag. Danach", ["Am 3. Oktober war z. B. Feiertag. ", "Danach"]),
        ("“Why?” he asked. “Go!” She left.", ["“Why?” he asked. ", "“Go!” ", "She left."]),
        ("Yahoo! said so… and went. Ok", ["Yahoo! said so… and went. ", "Ok"]),
        ("東京で火事。消防車が出動！「本当？」はい", ["東京で火事。", "消防車が出動！", "「本当？」", "はい"]),
        ("هل هذا صحيح؟ نعم. حسنا", ["هل هذا صحيح؟ ", "نعم. ", "حسنا"]),
        ("यह वाक्य है। दूसरा वाक्य", ["यह वाक्य है। ", "दूसरा वाक्य"]),
        ("A headline\n\nBody of\nit. \n\nmore", ["A headline\n\n", "Body of\nit. \n\n", "more"]),
        ("\n\n  Rain. Sun", ["\n\n  Rain. ", "Sun"]),
        ("", []),
        ("  ", ["  "]),
    ],
)
def test_sentences_of_many_languages(text: str, wanted: list[str]) -> None:
    assert sentences(text) == wanted


@pytest.mark.parametrize("text", ["." * 300_000, ". " * 100_000, "\n" * 300_000, "\n " * 100_000, '."' * 100_000])
def test_hostile_texts_are_divided_in_time_that_grows_with_their_length(text: str) -> None:
    with at_most(3):
        assert "".join(sentences(text)) == text
