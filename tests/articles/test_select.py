"""What of a story is taken, and that what is passed over is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picdesk.articles.select import SELECTIONS, first_words, left_out, select
from picdesk.articles.sentences import PYSBD_LANGUAGES, divide_by_language
from picdesk.encoders.sentences import ends_in_abbreviation, sentences
from picdesk.errors import InputError
from picdesk.records import Article
from tests.seconds import at_most

STORY = Article(
    headline="Fire in Leipzig",
    lead="A warehouse burnt. Nobody was hurt.",
    text="A warehouse burnt. Nobody was hurt.\n\nDr. Smith came at 5 p.m. on Monday. He left.\n\nIt rained.",
)


def test_every_selection() -> None:
    assert select(STORY, "headline") == "Fire in Leipzig"
    assert select(STORY, "lead") == "Fire in Leipzig\n\nA warehouse burnt. Nobody was hurt."
    assert select(STORY, "text") == f"Fire in Leipzig\n\n{STORY.text}"
    assert select(STORY, "body") == STORY.text
    assert select(STORY, "first-sentences", "en") == (
        "Fire in Leipzig\n\nA warehouse burnt.\n\nDr. Smith came at 5 p.m. on Monday.\n\nIt rained."
    )


@pytest.mark.parametrize("selection", SELECTIONS)
def test_a_headline_alone_is_what_every_selection_takes(selection: str) -> None:
    assert select(Article(headline="Rain"), selection, "en", 100) == "Rain"


def test_a_story_with_a_lead_and_no_text_is_not_empty() -> None:
    article = Article(headline="Rain", lead="It pours. A lot.")
    assert select(article, "text") == "Rain\n\nIt pours. A lot."
    assert select(article, "first-sentences", "en") == "Rain\n\nIt pours."


def test_the_first_words_are_cut_inside_a_sentence_and_the_headline_is_not_counted() -> None:
    assert select(STORY, "text", words=5) == "Fire in Leipzig\n\nA warehouse burnt. Nobody was"
    assert select(STORY, "body", words=2) == "A warehouse"
    assert select(STORY, "text", words=10**6) == select(STORY, "text")


@given(st.text(alphabet="ab. \n\t\u2003"), st.integers(1, 9))
def test_first_words_are_those_of_split(text: str, count: int) -> None:
    found = first_words(text, count)
    assert found.split() == text.split()[:count]
    assert found in text


def test_an_unknown_selection_is_refused() -> None:
    with pytest.raises(InputError, match="'middle'"):
        select(STORY, "middle")


@given(st.lists(st.sampled_from(["One two.", "Three.", "Four five six."]), min_size=1, max_size=6), st.data())
def test_what_is_left_out_and_what_is_chosen_are_the_story(parts: list[str], data: st.DataObject) -> None:
    parts = [f"{part} {number}" for number, part in enumerate(parts)]
    chosen = [part for part in parts if data.draw(st.booleans())]
    out = left_out("\n\n".join(parts), "\n\n".join(chosen))
    assert out.split("\n\n") == ([part for part in parts if part not in chosen] or [""])


# Divided by hand; the languages that pysbd has and some that it has not.
DIVIDED = [
    ("en", ["Mr. Smith went to Washington. ", "He met Sen. Warren at 5 p.m. on Monday. ", "They left."]),
    ("en", ["The U.S. economy grew 3.5 percent. ", '"We are happy," said Dr. J. K. Jones. ', "Shares rose."]),
    ("en", ["“Is it over?” she asked. ", "“No.” ", "He left."]),
    ("en", ["The match began at 8 a.m. ", "It ended at noon."]),
    ("en", ["Apple Inc. said on Tuesday. ", "Google LLC declined."]),
    ("en", ["One paragraph.\n\n", "Another one. ", "And on."]),
    ("de", ["Am 3. Oktober feierte Berlin. ", "Es kamen z. B. viele Gäste. ", "Dr. Merkel sprach."]),
    ("de", ["„Das ist gut“, sagte er. ", "„Wir kommen wieder.“ ", "Dann ging er."]),
    ("fr", ["M. Macron est arrivé. ", "Mme. Dupont l'a salué. ", "Il pleut."]),
    ("fr", ["« Nous partons ! » a-t-il dit. ", "Elle reste."]),
    ("es", ["El Sr. García llegó. ", "La Sra. López salió. ", "¿Por qué? ", "Nadie sabe."]),
    ("ru", ["В 2022 г. началась война. ", "Т. е. всё изменилось. ", "Люди ушли."]),
    ("ja", ["東京で火事があった。", "「大丈夫ですか？」と彼は言った。", "消防車が来た！"]),
    ("zh", ["北京发生火灾。", "“为什么！”他问。", "没有人受伤。"]),
    ("ar", ["وصل الرئيس إلى القاهرة. ", "هل سيبقى؟ ", "لا أحد يعرف."]),
    ("hi", ["यह एक घर है। ", "वह लंबा है। ", "क्या हुआ?"]),
    ("pt", ["O Sr. Silva chegou. ", "Choveu muito."]),
    ("sv", ["Det regnar. ", "Han gick kl. 5 till jobbet."]),
    (None, ["Nobody knows. ", "It rains."]),
]


@pytest.mark.parametrize(("language", "pieces"), DIVIDED)
def test_sentences_are_those_divided_by_hand(language: str | None, pieces: list[str]) -> None:
    assert divide_by_language(language)("".join(pieces)) == pieces


@given(
    st.sampled_from([*sorted(PYSBD_LANGUAGES), "pt", None]),
    st.lists(
        st.sampled_from(["Fire. ", "Dr. ", "e.g. ", "\n\n", "\n", "“Why?” ", "火事。", "x", "1. ", "…", ") ", "U.S. "])
        | st.text(max_size=5),
        max_size=12,
    ).map("".join),
)
def test_sentences_joined_are_the_text(language: str | None, text: str) -> None:
    pieces = divide_by_language(language)(text)
    assert "".join(pieces) == text
    assert all(piece.strip() for piece in pieces) or not text.strip()


def test_languages_without_rules_of_pysbd_are_divided_by_ours() -> None:
    assert divide_by_language("sv") is sentences
    assert divide_by_language(None) is sentences


@pytest.mark.parametrize("text", ["1. " * 10_000, "a. " * 20_000, "x" * 100_000, "? " * 30_000, ". \n\n" * 5_000])
def test_enormous_paragraphs_take_no_enormous_time(text: str) -> None:
    with at_most(10):
        assert "".join(divide_by_language("en")(text)) == text


@pytest.mark.parametrize(
    ("text", "ends"), [("Then came Dr.", True), ("Mme.", True), ("It rained.", False), ("Dr", False), ("", False)]
)
def test_abbreviations_at_the_end(text: str, ends: bool) -> None:
    assert ends_in_abbreviation(text) is ends
