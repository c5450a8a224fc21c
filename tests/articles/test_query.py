"""From a story to a query: what is asked, in whose tokens, and that nothing is done or cut without a word."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from picdesk import Article, Query, open_archive
from picdesk.articles.dates import event_dates
from picdesk.articles.fit import fit_query, tokens_read
from picdesk.articles.names import Gazetteer
from picdesk.articles.query import to_query
from picdesk.articles.reading import DEFAULT, NameSettings, TextSettings, WordSettings, readings, with_translation
from picdesk.encoders import load_encoder
from picdesk.encoders.sentences import sentences
from picdesk.encoders.tokenize import TextTokens, clip_tokens
from picdesk.errors import InputError, MissingError
from picdesk.records import Name
from tests.drawn.scenes import draw_scene, jpeg_bytes
from tests.tiny import build_clip

STORY = Article(
    headline="Fire destroys warehouse in Leipzig",
    lead="A warehouse in Leipzig burnt down on Tuesday. Nobody was hurt.",
    text=(
        "A warehouse in Leipzig burnt down on Tuesday. Nobody was hurt.\n\n"
        "Mayor Burkhard Jung praised 90 firefighters. They had come from three towns, with nineteen engines and two "
        "boats, and pumped water until the morning.\n\nRain helped them. The owner, who was asleep, is insured."
    ),
    language="en",
    published=dt.date(2024, 3, 7),
    tags=("burkhard jung|stadt leipzig",),
)


class Counter:
    """CLIP's own tokens, in so many of them."""

    def __init__(self, limit: int) -> None:
        self.name = f"clip-{limit}"
        self.text_limit: int | None = limit
        self.tokens: TextTokens = clip_tokens(limit)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self.tokens.count(texts)


def test_the_default_query() -> None:
    query = to_query(STORY)
    assert query.words == f"{STORY.headline} {STORY.lead}"
    assert query.texts == (f"{STORY.headline}\n\n{STORY.text}",)
    assert query.fit == "sentences"
    assert query.language == "en"
    assert query.date == dt.date(2024, 3, 5)
    assert query.article is STORY
    assert [(name.text, name.kind, name.source) for name in query.names] == [
        ("burkhard jung", "person", "tags"),
        ("stadt leipzig", "organisation", "tags"),
        ("Leipzig", "other", "capitalised"),
    ]
    assert [step.name for step in query.steps] == ["language", "texts", "words", "names", "dates"]
    assert not any(step.note for step in query.steps)


def test_a_headline_alone_is_asked_as_it_is() -> None:
    query = to_query(Article(headline="Rain in Spain"))
    assert (query.words, query.texts, query.names) == ("Rain in Spain", ("Rain in Spain",), ())
    assert query.language is None
    assert query.date is None


def test_names_that_the_archive_knows() -> None:
    query = to_query(STORY, gazetteer=Gazetteer.of(places=["Leipzig"], people=["Burkhard Jung"]))
    assert [(name.text, name.kind) for name in query.names][-1] == ("Leipzig", "place")


@pytest.mark.parametrize("limit", [12, 20, 30, 77, 248])
def test_whole_sentences_are_read_as_many_as_fit(limit: int) -> None:
    counter = Counter(limit)
    whole = to_query(STORY).texts[0]
    query = to_query(STORY, encoder=counter)
    (text,) = query.texts
    pieces = sentences(whole)  # by hand: the story has no difficult ends of sentences
    prefixes = ["".join(pieces[: number + 1]) for number in range(len(pieces))]
    fitting = [prefix for prefix in prefixes if counter.count_tokens([prefix])[0] <= limit]
    assert text == fitting[-1]
    (step,) = [step for step in query.steps if step.name == "fit"]
    assert text + whole[len(text) :] == whole
    assert step.cut == whole[len(text) :].strip()
    assert bool(step.note) == (text != whole)
    counted = counter.count_tokens([text, whole])
    assert f"reads {counted[0]} of {counted[1]} tokens" in step.did


def test_token_counts_are_those_of_the_independent_tokenizer() -> None:
    from tests.encoders.test_bpe import judged

    texts = [
        STORY.headline,
        *STORY.text.split("\n\n"),
        "Mönchengladbach – 3,5 % “mehr”",
        "東京で火事 🔥",
        "don't  stop",
    ]
    for text, row in zip(texts, judged(texts, 400), strict=True):
        (fitted,) = fit_query(Query(texts=(text,)), Counter(400))
        assert fitted.tokens == int(np.count_nonzero(row))
        assert tokens_read(fitted, Counter(400)) == fitted.tokens


def test_a_headline_that_alone_is_too_long_is_cut_and_said() -> None:
    query = to_query(Article(headline="red " * 50), encoder=Counter(12))
    (step,) = [step for step in query.steps if step.name == "fit"]
    assert step.note == "'clip-12' read the first 12 of 52 tokens"


def test_a_budget_below_the_limit() -> None:
    settings = dataclasses.replace(DEFAULT, texts=TextSettings(budget=20))
    counter = Counter(77)
    (text,) = to_query(STORY, settings, encoder=counter).texts
    assert counter.count_tokens([text])[0] <= 20
    cut = dataclasses.replace(DEFAULT, texts=TextSettings(budget=9, fit="truncate"))
    (text,) = to_query(STORY, cut, encoder=counter).texts
    assert counter.count_tokens([text])[0] == 9
    assert STORY.headline.startswith(text.strip()) or text.startswith(STORY.headline)
    with pytest.raises(InputError, match="leaves no room"):
        to_query(STORY, dataclasses.replace(DEFAULT, texts=TextSettings(budget=2)), encoder=counter)


def test_pooled_texts_stay_whole_and_every_window_fits() -> None:
    counter = Counter(20)
    query = to_query(STORY, readings()["full-text"], encoder=counter)
    assert query.texts == to_query(STORY).texts
    (fitted,) = fit_query(query, counter)
    assert "".join(fitted.windows).split() == query.texts[0].split()
    assert all(count <= 20 for count in counter.count_tokens(fitted.windows))
    assert fitted.cut == 0


def test_published_readings() -> None:
    t1 = to_query(STORY, readings()["vu-2022-t1"])
    assert t1.texts[0].lower() == (
        "fire destroy warehouse leipzig warehouse leipzig burn tuesday "
        "mayor burkhard jung praise 90 firefighter rain help"
    )
    assert t1.names == ()
    assert to_query(STORY, readings()["bakker-2025-reg"]).texts == (STORY.headline,)
    long = to_query(dataclasses.replace(STORY, text="word " * 99 + "one two three."), readings()["bakker-2025-long"])
    assert long.texts[0].split() == [*STORY.headline.split(), *["word"] * 99, "one"]
    assert to_query(STORY, readings()["galanopoulos-2022-title"]).texts == (STORY.headline,)


class Doubler:
    """A translator that is easily checked."""

    name, source, target = "doubler", "de", "en"

    def translate(self, sentences: Sequence[str]) -> list[str]:
        return [f"{sentence} {sentence}" for sentence in sentences]


def test_a_story_is_translated_and_the_record_says_by_what() -> None:
    german = Article(headline="Feuer in Leipzig", lead="Ein Lager brannte.", text="Ein Lager brannte.", language="de")
    reading = with_translation(DEFAULT, language="de")
    query = to_query(german, reading, translator=Doubler())
    assert query.texts == ("Feuer in Leipzig Feuer in Leipzig\n\nEin Lager brannte. Ein Lager brannte.",)
    assert query.language == "en"
    assert query.article is german
    (step,) = [step for step in query.steps if step.name == "translate"]
    assert step.did == "de to en by doubler"
    own = dataclasses.replace(reading, words=WordSettings(translated=False))
    kept = to_query(german, own, translator=Doubler())
    assert kept.words == "Feuer in Leipzig Ein Lager brannte."
    assert kept.texts == query.texts


def test_a_missing_translator_is_an_error_that_names_the_command() -> None:
    with pytest.raises(MissingError) as caught:
        to_query(Article(headline="Feuer"), with_translation(DEFAULT, language="de"))
    assert "picdesk models get opus-mt-de-en" in caught.value.hint


def test_what_needs_no_translation_and_what_cannot_be_told() -> None:
    english = to_query(STORY, with_translation(DEFAULT))
    assert "translate" not in [step.name for step in english.steps]
    unknown = to_query(Article(headline="Bayern Munich sign Harry Kane"), with_translation(DEFAULT))
    assert "language is unknown" in next(step.note for step in unknown.steps if step.name == "translate")


class Echo:
    """A paraphraser that is easily checked."""

    name = "echo"

    def paraphrase(self, texts: Sequence[str], n: int = 1, *, seed: int = 0) -> list[tuple[str, ...]]:
        return [tuple(f"{text} {seed + number}" for number in range(n)) for text in texts]


def test_paraphrases_are_averaged_with_the_headline() -> None:
    reading = dataclasses.replace(
        readings()["leventakis-2023"],
        texts=TextSettings(select="headline", paraphrases=2, seed=7, normalise=("lower",)),
    )
    query = to_query(STORY, reading, paraphraser=Echo())
    assert query.texts == tuple(f"{STORY.headline}{more}".lower() for more in ("", " 7", " 8"))
    with pytest.raises(MissingError, match="'leventakis-2023' averages paraphrases"):
        to_query(STORY, readings()["leventakis-2023"])


@pytest.mark.parametrize(
    ("text", "language", "days"),
    [
        ("It burnt on 5 March 2024.", "en", ["2024-03-05"]),
        ("It burnt on March 5th, 2023, and on 3rd of April.", "en", ["2023-03-05", "2024-04-03"]),
        ("Police said Tuesday, and yesterday", "en", ["2024-03-05", "2024-03-06"]),
        ("Thursday", "en", ["2024-03-07"]),
        ("next Thursday; this coming Friday; tomorrow", "en", ["2024-03-14", "2024-03-08"]),
        ("On December 30 and Jan. 2", "en", ["2023-12-30", "2024-01-02"]),
        ("May may march 100 times in March 2024 with 30 February 2024", "en", []),
        ("Am 3. Oktober 2023 und am Dienstag, gestern", "de", ["2023-10-03", "2024-03-05", "2024-03-06"]),
        ("Am 5.3.2024, 05.03.2024 und 2024-02-30", "de", ["2024-03-05"]),
        ("le 14 juillet 2023 et hier", "fr", ["2023-07-14", "2024-03-06"]),
        ("el 1 de mayo de 2023", "es", ["2023-05-01"]),
        ("3 марта 2024, вчера", "ru", ["2024-03-03", "2024-03-06"]),
        ("2024年3月5日に、3月6日も", "ja", ["2024-03-05", "2024-03-06"]),
        ("2024-03-05 or 5 March 2023", None, ["2024-03-05"]),
        ("9999-12-31, 0001-01-01 and version 1.2.2024.5", None, ["2024-02-01"]),
    ],
)
def test_dates(text: str, language: str | None, days: list[str]) -> None:
    found = event_dates(Article(headline=text, published=dt.date(2024, 3, 7)), language)
    assert [date.day.isoformat() for date in found] == days
    assert all(date.text in text for date in found)


def test_dates_without_a_day_of_publication_and_at_the_end_of_time() -> None:
    article = Article(headline="Yesterday, Tuesday, 5 March and 6 March 2024")
    assert [(date.day, date.sure) for date in event_dates(article, "en")] == [(dt.date(2024, 3, 6), True)]
    last = Article(headline="Tomorrow", published=dt.date.max)
    assert event_dates(last, "en") == ()
    assert to_query(dataclasses.replace(STORY, lead="", text="", headline="Rain")).date == STORY.published


@pytest.fixture(scope="module")
def captioned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos of three people, two of whom share a word."""
    folder = tmp_path_factory.mktemp("captioned")
    rows = [
        ("wins", "Kansas wins the cup in a big city", ""),
        ("city", "The mayor in Kansas City", "Quinton Lucas"),
        ("other", "The mayor opens a bridge", "Corine Mauch"),
    ]
    lines = []
    for seed, (name, caption, person) in enumerate(rows):
        (folder / f"{seed}.jpg").write_bytes(jpeg_bytes(draw_scene(300 + seed)))
        lines.append(json.dumps({"file": f"{seed}.jpg", "id": name, "caption": caption, "people": person}))
    (folder / "list.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder / "list.jsonl"


def test_names_count_in_the_word_query(captioned: Path, tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    archive.add(captioned)
    only = archive.search(Query(names=(Name(text="Kansas City", weight=2.0),)))
    assert {hit.photo.name for hit in only} == {"wins", "city"}
    assert set(only[0].matched) == {"Kansas", "City"}
    assert [hit.photo.name for hit in archive.search(Query(names=(Name(text="Quinton Mauch"),)))] == []
    plain = {hit.photo.name: hit.signals["words"] or 0.0 for hit in archive.search(Query(words="mayor"))}
    twice = archive.search(Query(words="mayor", names=(Name(text="Corine Mauch", weight=3.0),)))
    assert twice[0].photo.name == "other"
    name = {hit.photo.name: hit.signals["words"] for hit in archive.search(Query(names=(Name(text="Corine Mauch"),)))}
    assert twice[0].signals["words"] == pytest.approx(plain["other"] + 3 * (name["other"] or 0.0), rel=1e-5)
    for odd in ("the who", "of", "🔥", "(((", '" OR', "日本"):
        found = archive.search(Query(words="mayor", names=(Name(text=odd),)))
        assert sum(bool(hit.signals["words"]) for hit in found) == 2


def test_the_archive_finds_its_own_people_and_learns_of_new_ones(captioned: Path, tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    archive.add(captioned)
    article = Article(headline="Corine Mauch steps down, Jane Doe follows")
    assert [name.text for name in archive.search(article).query.names] == ["Corine Mauch"]
    more = tmp_path / "more"
    more.mkdir()
    (more / "0.jpg").write_bytes(jpeg_bytes(draw_scene(400)))
    (more / "list.jsonl").write_text(json.dumps({"file": "0.jpg", "id": "new", "people": "Jane Doe"}))
    archive.add(more / "list.jsonl")
    found = archive.search(article)
    assert [name.text for name in found.query.names] == ["Corine Mauch", "Jane Doe"]
    assert {hit.photo.name for hit in found if hit.signals["words"]} == {"other", "new"}
    assert {hit.photo.name for hit in found.hits[:2]} == {"other", "new"}


def test_each_encoder_reads_what_fits_into_it(captioned: Path, tmp_path: Path, clip: Path) -> None:
    short = build_clip(tmp_path / "short", context=12)
    archive = open_archive(tmp_path / "archive", encoder=[str(short), str(clip)])
    archive.add(captioned)
    article = Article(headline="red car", lead="a blue house in the rain. a dog and a cat on the street. the end.")
    answer = archive.search(article, k=3)
    assert [note.split(" read ")[0] for note in answer.notes] == ["'short'"]
    for folder in (short, clip):
        encoder = load_encoder(folder)
        (fitted,) = fit_query(answer.query, encoder)
        vector = encoder.encode_texts(fitted.windows)[0]
        for hit in answer:
            photo = encoder.encode_images([draw_scene(300 + ["wins", "city", "other"].index(hit.photo.name))])[0]
            assert hit.signals[encoder.name] == pytest.approx(float(vector @ photo), abs=0.02)
    pooled = archive.search(article, k=3, reading="full-text")
    assert pooled.notes == ()


def test_weights_of_texts(scenes: Path, tmp_path: Path, clip: Path) -> None:
    archive = open_archive(tmp_path / "archive", encoder=clip)
    archive.add(scenes)
    red, blue = (load_encoder(clip).encode_texts([word])[0] for word in ("red", "blue"))
    alone = [
        {hit.photo.name: hit.signals["tiny-clip"] or 0.0 for hit in archive.search(Query(texts=(word,)), k=40)}
        for word in ("red", "blue")
    ]
    length = np.linalg.norm(3 * red + blue)
    for hit in archive.search(Query(texts=("red", "blue"), weights=(3.0, 1.0)), k=40):
        expected = (3 * alone[0][hit.photo.name] + alone[1][hit.photo.name]) / length
        assert hit.signals["tiny-clip"] == pytest.approx(expected, abs=1e-3)
    for weights in ((1.0,), (1.0, 0.0), (1.0, -1.0), (1.0, float("nan"))):
        with pytest.raises(InputError, match="one weight over 0 for each text"):
            archive.search(Query(texts=("red", "blue"), weights=weights))


def test_notes_of_steps_reach_the_answer(captioned: Path, tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    archive.add(captioned)
    answer = archive.search("Corine Mauch", reading=with_translation(DEFAULT))
    assert any("language is unknown" in note for note in answer.notes)
    with pytest.raises(InputError, match="no reading is called 'nope'"):
        archive.search("x", reading="nope")
    without = dataclasses.replace(DEFAULT, names=NameSettings(sources=()))
    assert archive.search("Corine Mauch", reading=without).query.names == ()


def test_a_translator_is_given_no_other_language() -> None:
    french = Article(headline="Incendie à Lyon", lead="Un entrepôt a brûlé.", language="fr")
    with pytest.raises(MissingError, match="from fr to en"):
        to_query(french, with_translation(DEFAULT, language="fr"), translator=Doubler())
