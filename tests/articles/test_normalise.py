"""Steps of normalisation: what each does to real text, what it leaves alone, and that none breaks on any text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picdesk.articles.normalise import NORMALISERS, normalise
from picdesk.articles.normalise.stop_words import stop_words
from picdesk.errors import InputError
from tests.seconds import at_most


def plain(text: str, *steps: str, language: str | None = "en") -> str:
    return normalise(text, steps, language)[0]


@pytest.mark.parametrize(
    ("step", "text", "result"),
    [
        ("lower", "NATO meets in ÖSTERREICH", "nato meets in österreich"),
        (
            "punctuation",
            "“Why?” he said – 3.5 million, well-known U.S. man's!",
            "Why he said 3.5 million well-known U.S man's",
        ),
        ("punctuation", "東京で、火事。 क्या हुआ?", "東京で 火事 क्या हुआ"),
        ("punctuation", "a_b #tag", "a b tag"),
        ("stop-words", "The fire at the home of the world’s oldest man", "fire home world’s oldest man"),
        ("stop-words", "No injuries, not even one; it's over", "No injuries, not even one; it's"),
        ("stem", "Firefighters battled the organizing crowds", "firefight battl the organiz crowd"),
        ("lemmatise", "Firefighters battled two blazes", "firefighter battle two blaze"),
        (
            "contractions",
            "He's been told they can't, won't and shouldn't",
            "He has been told they cannot, will not and should not",
        ),
        ("contractions", "It’s over, the mayor's car ain't here", "It is over, the mayor's car is not here"),
        ("contractions", "I'd've said we're who'll LET'S I'm", "I would have said we are who will LET US I am"),
        ("contractions", "CAN'T stop; rock 'n' roll in the '90s", "CANNOT stop; rock 'n' roll in the '90s"),
    ],
)
def test_a_step(step: str, text: str, result: str) -> None:
    assert plain(text, step) == result


def test_other_languages() -> None:
    assert plain("Die Häuser brannten", "stem", language="de") == "die haus brannt"
    assert plain("Häuser brannten", "lemmatise", language="de") == "Haus brennen"
    assert plain("husene brenner", "lemmatise", language="no") == plain("husene brenner", "lemmatise", language="nb")
    assert plain("пожары горели", "stem", language="ru") == "пожар горел"


@pytest.mark.parametrize("language", ["ja", None])
def test_a_step_without_rules_for_a_language_says_so_and_changes_nothing(language: str | None) -> None:
    text, steps = normalise("The fires", ["stop-words", "stem", "lower"], language)
    assert text == "the fires"
    assert [bool(step.note) for step in steps] == [True, True, False]
    assert (language or "unknown language") in steps[0].note
    assert [(step.before, step.after) for step in steps] == [(9, 9)] * 3


def test_the_steps_of_vu_et_al() -> None:
    steps = ("lower", "punctuation", "stop-words", "lemmatise")
    assert plain("Firefighters weren't at the world's biggest blaze, U.S. says", *steps) == (
        "firefighter be world big blaze u.s say"
    )


def test_the_stop_words_are_few_and_none_is_news() -> None:
    words = stop_words()
    assert 100 <= len(words) <= 140
    assert not words & {"fire", "world", "home", "million", "help", "system", "show", "move", "us", "new", "state"}
    assert not words & {"no", "not", "never", "nor", "without", "cannot"}
    assert words >= {"the", "a", "of", "and", "is", "was", "with"}
    assert all(word == word.lower().strip() for word in words)


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(InputError, match="'shout'"):
        normalise("x", ["shout"], "en")


@settings(deadline=None, max_examples=60)
@given(
    st.text(max_size=80),
    st.lists(st.sampled_from(sorted(NORMALISERS)), max_size=5),
    st.sampled_from(["en", "de", None]),
)
def test_no_text_breaks_a_step_and_the_record_is_true(text: str, steps: list[str], language: str | None) -> None:
    result, records = normalise(text, steps, language)
    assert [record.name for record in records] == steps
    sizes = [len(text), *(record.after for record in records)]
    assert [record.before for record in records] == sizes[:-1]
    assert sizes[-1] == len(result)
    if not steps:
        assert result == text


@pytest.mark.parametrize("step", sorted(NORMALISERS))
@pytest.mark.parametrize(
    "text",
    [
        "a" * 50_000,
        "@" * 50_000,
        "#" + "ab" * 25_000,
        "'s" * 20_000,
        "n't " * 10_000,
        "aaabbbcccdddeee" * 500,
        "🔥" * 5_000,
    ],
)
def test_enormous_texts_take_no_enormous_time(step: str, text: str) -> None:
    plain("warm up", step)
    with at_most(5):
        plain(text, step)
