"""Names: from tags, from the archive, from capitals, from a model; each against a reading done by hand or slowly."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picdesk.articles.names import SOURCES, Gazetteer, find_names, load_names, names_of_tags
from picdesk.articles.names.capitalised import capitalised_names
from picdesk.articles.reading import NameSettings
from picdesk.errors import EncoderMissing, ExtraMissing, InputError
from picdesk.records import Article
from tests.seconds import at_most


def said(names: Any) -> list[tuple[str, str]]:
    return [(name.text, name.kind) for name in names]


def test_tags_of_newsimages() -> None:
    column = "carlee nichole russell; kate  mckinnon|hoover police department;netflix"
    assert said(names_of_tags([column])) == [
        ("carlee nichole russell", "person"),
        ("kate mckinnon", "person"),
        ("hoover police department", "organisation"),
        ("netflix", "organisation"),
    ]
    assert said(names_of_tags(["products group;agricenter international"])) == [
        ("products group", "other"),
        ("agricenter international", "other"),
    ]
    assert said(names_of_tags(["ford;donovan walton|", ""])) == [("ford", "person"), ("donovan walton", "person")]
    assert said(names_of_tags(["Rain", "rain", ";;|;", "?", "x" * 100])) == [("Rain", "other")]


@pytest.mark.shared
def test_every_tag_of_the_real_set_is_found(shared: Path) -> None:
    import csv

    with (shared / "data/newsimages25/newsarticles.csv").open(encoding="utf-8-sig", newline="") as lines:
        columns = [row["article_tags"] for row in csv.DictReader(lines)]
    for column in columns:
        written = {" ".join(part.split()) for part in re.split("[;|]", column)}
        readable = {part for part in written if re.search(r"\w", part.replace("_", "")) and len(part) <= 80}
        assert {name.text for name in names_of_tags([column])} == readable


KNOWN = Gazetteer.of(
    people=["Warren Buffett", "Corine Mauch", "Élodie Yung", "May", "Ng"],
    places=["Kansas City, Missouri, USA", "Zürich", "東京", "São Paulo"],
    organisations=["Kansas City Chiefs"],
    keywords=["fire", "NATO", "Brexit", "Kansas City", "New York", "New"],
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Warren Buffett visits Kansas City", ["Warren Buffett", "Kansas City"]),
        ("The Kansas City Chiefs win in Missouri", ["Kansas City Chiefs", "Missouri"]),
        ("Elodie Yung comes to Zurich and Sao Paulo", ["Élodie Yung", "Zürich", "São Paulo"]),
        ("warren buffett visits", ["Warren Buffett"]),
        ("May may go", ["May"]),
        ("it may rain; she may not come", ["May"]),  # no capital anywhere: case says nothing
        ("New Yorkers and Buffetts like fire in nato land", ["New"]),
        ("Warren Buffett’s NATO", ["Warren Buffett", "NATO"]),
        ("昨日東京で火事", ["東京"]),
        ("BREXIT: WARREN BUFFETT SPEAKS", ["Brexit", "Warren Buffett"]),
        ("New Mayor Visits Brexit Talks with NATO in Missouri", ["NATO", "Missouri"]),  # Title Case says little
        ("Kansas\u00a0City", ["Kansas City"]),
        ("Engel sings", []),
        ("", []),
    ],
)
def test_a_gazetteer(text: str, names: list[str]) -> None:
    assert [name.text for name in KNOWN.find(text)] == names
    assert all(name.source == "gazetteer" for name in KNOWN.find(text))


def test_kinds_and_what_is_no_name() -> None:
    kinds = dict(said(KNOWN.find("Warren Buffett saw Zürich, Kansas City Chiefs, NATO and Kansas City")))
    assert kinds == {
        "Warren Buffett": "person",
        "Zürich": "place",
        "Kansas City Chiefs": "organisation",
        "NATO": "other",
        "Kansas City": "place",
    }
    assert Gazetteer.of(keywords=["fire", "", " ", "x", "1234", "y" * 200]).size == 0
    assert Gazetteer.of().find("Fire") == []


def slowly(entries: list[str], text: str) -> list[str]:
    """Whole words, leftmost, longest, by regular expression."""
    places = {
        (match.start(), -len(entry), entry)
        for entry in entries
        for match in re.finditer(rf"(?=(?<![^\W_]){re.escape(entry)}(?![^\W_]))", text)
    }
    found, end = [], 0
    for start, length, entry in sorted(places):
        if start >= end:
            found.append(entry)
            end = start - length
    return list(dict.fromkeys(found))


word = st.sampled_from(["ab", "abc", "b", "bc", "cab", "ca"])
phrase = st.lists(word, min_size=1, max_size=3).map(" ".join)


@given(
    st.lists(phrase.filter(lambda text: len(text) > 1), min_size=1, max_size=8),
    st.lists(word | st.just("-")).map(" ".join),
)
def test_a_gazetteer_finds_what_a_slow_search_finds(entries: list[str], text: str) -> None:
    assert [name.text for name in Gazetteer.of(people=entries).find(text)] == slowly(list(set(entries)), text)


@given(st.text(max_size=60))
def test_no_text_breaks_a_gazetteer(text: str) -> None:
    for name in KNOWN.find(text):
        assert name.text


def test_a_large_gazetteer_is_made_and_asked_quickly() -> None:
    with at_most(5):
        large = Gazetteer.of(people=[f"Person Number{number} Somebody" for number in range(30_000)])
        assert large.size == 30_000
        text = "Yesterday Person Number29999 Somebody met others. " * 200
        assert [name.text for name in large.find(text)] == ["Person Number29999 Somebody"]


ENGLISH = (
    "The governor of Kansas met Warren Buffett's lawyers on Tuesday. Buffett said nothing. Yesterday the Bank of "
    "England spoke. In Washington, Sen. Elizabeth Warren laughed. Dr. Jane Smith of the University of Kansas agreed."
)


def test_capitalised_runs() -> None:
    names = capitalised_names("Fire destroys warehouse in Kansas City", ENGLISH, "en")
    assert said(names) == [
        ("Kansas City", "other"),
        ("Warren Buffett", "other"),
        ("Bank of England", "organisation"),
        ("Washington", "other"),
        ("Elizabeth Warren", "person"),
        ("Jane Smith", "person"),
        ("University of Kansas", "organisation"),
    ]


@pytest.mark.parametrize(
    ("headline", "body", "language", "names"),
    [
        ("Mayor Opens New Bridge In Leipzig", "", "en", []),  # Title Case
        ("MAYOR OPENS BRIDGE IN LEIPZIG", "", "en", []),
        ("Die Bürgermeisterin eröffnet eine Brücke in Leipzig", "Sie sprach mit Angela Merkel.", "de", []),
        ("Mayor opens bridge in Leipzig", "", None, []),
        ("Mayor opens bridge in Leipzig", "", "en", ["Leipzig"]),
        ("Le maire de Paris rencontre Emmanuel Macron", "Hier, Macron a parlé.", "fr", ["Paris", "Emmanuel Macron"]),
        ("El alcalde de Madrid visita a Luis de la Fuente", "", "es", ["Madrid", "Luis de la Fuente"]),
        ("Вчера в Москве встретили Владимира Путина", "", "ru", ["Москве", "Владимира Путина"]),
        ("Rain falls", "It rained in May and on Sunday. I saw it.", "en", []),
        ("Rain falls", "", "en", []),
        ("", "", "en", []),
    ],
)
def test_capitals_say_something_only_where_they_mark_names(
    headline: str, body: str, language: str | None, names: list[str]
) -> None:
    assert [name.text for name in capitalised_names(headline, body, language)] == names


@given(st.text(max_size=60), st.text(max_size=120), st.sampled_from(["en", "fr", "ru"]))
def test_no_text_breaks_the_capitals(headline: str, body: str, language: str) -> None:
    for name in capitalised_names(headline, body, language):
        assert name.text.strip() == name.text != ""


def test_sources_are_joined_in_their_order_and_weighted_by_kind() -> None:
    article = Article(
        headline="Warren Buffett visits Kansas City",
        lead="Mr. Buffett met Corine Mauch in Zurich.",
        tags=("corine mauch;somebody else|netflix",),
    )
    settings = NameSettings(person=2.0, place=0.5, organisation=0.0, other=1.0)
    names = find_names(article, settings, "en", KNOWN)
    assert [(name.text, name.kind, name.source, name.weight) for name in names] == [
        ("corine mauch", "person", "tags", 2.0),
        ("somebody else", "person", "tags", 2.0),
        ("Warren Buffett", "person", "gazetteer", 2.0),
        ("Kansas City", "place", "gazetteer", 0.5),
        ("Zürich", "place", "gazetteer", 0.5),
    ]
    assert find_names(article, NameSettings(sources=()), "en", KNOWN) == ()
    assert len(find_names(article, NameSettings(most=2), "en", KNOWN)) == 2
    assert set(SOURCES) == {"tags", "gazetteer", "capitalised", "model"}


def test_a_later_source_may_know_the_kind() -> None:
    article = Article(headline="Corine Mauch speaks", tags=("Corine Mauch",))
    assert said(find_names(article, NameSettings(), None, KNOWN)) == [("Corine Mauch", "person")]


class _Entity:
    def __init__(self, text: str, label: str) -> None:
        self.text, self.label_ = text, label


def _fake_spacy(folder: Path) -> Any:
    assert (folder / "meta.json").is_file()
    entities = [
        _Entity("Angela Merkel", "PER"),
        _Entity("Berlin", "LOC"),
        _Entity("1990", "DATE"),
        _Entity("berlin", "GPE"),
    ]
    return lambda text: types.SimpleNamespace(ents=[each for each in entities if each.text in text])


def test_a_spacy_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "meta.json").write_text("{}")
    monkeypatch.setitem(sys.modules, "spacy", types.SimpleNamespace(load=_fake_spacy))
    article = Article(headline="Angela Merkel in Berlin, berlin, 1990")
    names = find_names(article, NameSettings(sources=("model",), model=str(tmp_path)))
    assert said(names) == [("Angela Merkel", "person"), ("Berlin", "place")]
    assert {name.source for name in names} == {"model"}


class _FakeGliner:
    read: list[str] = []  # noqa: RUF012

    @classmethod
    def from_pretrained(cls, folder: str, *, local_files_only: bool) -> _FakeGliner:
        assert local_files_only
        if "broken" in folder:
            raise KeyError("weights")
        return cls()

    def predict_entities(self, text: str, labels: list[str]) -> list[dict[str, str]]:
        self.read.append(text)
        assert labels == ["person", "place", "organisation"]
        return [{"text": "Angela  Merkel", "label": "person"}] if "Merkel" in text else []


def test_a_gliner_folder_reads_long_texts_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gliner_config.json").write_text("{}")
    monkeypatch.setitem(sys.modules, "gliner", types.SimpleNamespace(GLiNER=_FakeGliner))
    _FakeGliner.read.clear()
    text = "word " * 700 + "Angela Merkel"
    assert said(load_names(str(tmp_path)).find(text)) == [("Angela Merkel", "person")]
    assert " ".join(_FakeGliner.read) == text
    assert max(len(part.split()) for part in _FakeGliner.read) <= 300
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "gliner_config.json").write_text("{}")
    with pytest.raises(EncoderMissing, match="weights"):
        load_names(str(broken))


def test_a_model_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EncoderMissing, match="no model for names"):
        load_names(str(tmp_path))
    (tmp_path / "meta.json").write_text("{}")
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(ExtraMissing) as caught:
        load_names(str(tmp_path))
    assert caught.value.hint == "Install it: pip install spacy"
    with pytest.raises(InputError, match="names by a model need one"):
        find_names(Article(headline="x"), NameSettings(sources=("model",)))


def test_many_tags_are_quick_and_sentences_no_names() -> None:
    tags = tuple(f"name {number}" for number in range(20_000))
    with at_most(5):
        names = find_names(Article(headline="x", tags=(*tags, "name", "a name of " * 9)), NameSettings(most=30_000))
    assert [name.text for name in names] == list(tags)
    shout = Article(headline="x", text="he said " + "Aa " * 60 + "and left")
    assert find_names(shout, NameSettings(sources=("capitalised",)), "en") == ()
