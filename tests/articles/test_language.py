"""The language of articles: real German ones, short ones, hostile ones, and what pages declare."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from picdesk.articles import language as room
from picdesk.articles.language import MARGIN, Language, detect_language, normal_code, three_letters
from picdesk.articles.text import repair
from picdesk.errors import InputError
from picdesk.records import Article
from tests.command_line import ENVIRONMENT
from tests.tiny.text_models import STORIES

FILES = {
    "content2019-01.tsv": "utf-8-sig",
    "content2019-02.tsv": "utf-8-sig",
    "content2019-03.tsv": "utf-8-sig",
    "MediaEvalNewsImagesBatch04articles.tsv": "cp1252",
}


def german(shared: Path) -> list[Article]:
    """The 9,445 items of NewsImages 2021: a headline and the first 256 characters of its text."""
    articles = []
    for name, encoding in FILES.items():
        text = (shared / "data/newsimages21" / name).read_text(encoding=encoding)
        lines = text.split("\n")
        columns = lines[0].rstrip("\r").split("\t")
        for line in filter(str.strip, lines[1:]):
            row = dict(zip(columns, line.split("\t"), strict=False))
            articles.append(Article(headline=repair(row["title"]), text=repair(row["text"])))
    return articles


def english(shared: Path) -> list[str]:
    with (shared / "data/newsimages25/newsarticles.csv").open(encoding="utf-8-sig", newline="") as lines:
        return [repair(row["article_title"]) for row in csv.DictReader(lines)]


@pytest.mark.shared
def test_the_real_german_set_is_german(shared: Path) -> None:
    articles = german(shared)
    assert len(articles) == 9445
    told, bare = [article for article in articles if article.text], [a for a in articles if not a.text]
    assert [detect_language(article).code for article in bare] == [None]  # a headline alone
    with ThreadPoolExecutor(4) as threads:  # lingua works outside the interpreter's lock
        found = list(threads.map(detect_language, told[::3]))
    assert {language.code for language in found} == {"de"}


@pytest.mark.shared
def test_what_a_false_declaration_does_to_real_articles(shared: Path) -> None:
    articles = german(shared)[::40]
    lying = [
        Article(headline=article.headline, lead=article.text, language=random.Random(number).choice(["en-US", "nl"]))
        for number, article in enumerate(articles)
    ]
    assert all(detect_language(article).code == "de" for article in lying)


@pytest.mark.shared
def test_a_real_headline_alone_is_never_trusted(shared: Path) -> None:
    headlines = english(shared)
    assert len(headlines) == 5000
    assert {detect_language(Article(headline=headline)) for headline in headlines} == {Language(None, 0.0, "unknown")}
    declared = {detect_language(Article(headline=headline, language="en-GB")) for headline in headlines[:500]}
    assert declared == {Language("en", 0.0, "declared")}


@pytest.mark.shared
def test_trigrams_alone_are_what_lingua_itself_takes_for_longer_texts(shared: Path) -> None:
    """The saving of memory changes no answer: from 120 letters on, both settings of lingua say the same."""
    codes = frozenset({"de", "nl", "en", "da", "sv"})
    exact, saving = room._detector(codes, False), room._detector(codes, True)
    texts = [f"{article.headline} {article.text}" for article in german(shared)[::100]]
    texts = [text for text in texts if sum(letter.isalpha() for letter in text) >= room._TRIGRAMS_FROM]
    assert len(texts) > 80
    for text in texts:
        both = [
            {value.language.name: value.value for value in detector.compute_language_confidence_values(text)}
            for detector in (exact, saving)
        ]
        assert both[0] == pytest.approx(both[1], abs=1e-12)


@pytest.mark.shared
def test_repair_mends_the_real_broken_headlines(shared: Path) -> None:
    with (shared / "data/newsimages25/newsarticles.csv").open(encoding="utf-8-sig", newline="") as lines:
        raw = [row["article_title"] for row in csv.DictReader(lines)]
    signs = ("Ã", "â‚¬", "â€", "Â")
    broken = [headline for headline in raw if any(sign in headline for sign in signs)]
    assert (len(raw), len(broken)) == (5000, 288)
    mended = [repair(headline) for headline in broken]
    assert [headline for headline in mended if any(sign in headline for sign in signs)] == []
    assert all(headline == " ".join(headline.split()) and "�" not in headline for headline in mended)
    whole = [headline for headline in raw if headline.isascii() and "&" not in headline]
    assert len(whole) > 3000
    assert all(repair(headline) == " ".join(headline.split()) for headline in whole)


@pytest.mark.parametrize("code", STORIES)
def test_languages_of_whole_stories(code: str) -> None:
    headline, _, text = STORIES[code].partition("\n\n")
    found = detect_language(Article(headline=headline, text=text))
    assert (found.code, found.by) == (code, "detected")
    assert found.confidence > 0.9
    assert detect_language(Article(headline=headline, lead=text, language="en")).code == code


SCRIPTS = {
    "首相が辞任表明、後任は来月選出へ": "ja",
    "ソニー、新型PlayStation発表": "ja",
    "서울 창고에서 큰 불": "ko",
    "Διαδηλώσεις στην Αθήνα": "el",
    "שריפה בתל אביב": "he",
    "ไฟไหม้โกดังในกรุงเทพ": "th",
    "Հրդեհ Երևանում": "hy",
    "ხანძარი თბილისში": "ka",
    # Not settled by their script: Chinese with a Japanese sign in a name, Cyrillic, Arabic, Devanagari, Latin.
    "优の良品发布新品引发关注": None,
    "东京の夜": None,
    "北京暴雨": None,
    "Пожар в Москве": None,
    "حريق في القاهرة": None,
    "मुंबई में आग": None,
    "BTS (방탄소년단) announce world tour": None,
    "Bayern Munich sign Harry Kane": None,
    "": None,
    "12:30 – 2024 🔥": None,
}


@pytest.mark.parametrize(("headline", "code"), SCRIPTS.items())
def test_a_headline_alone_tells_its_language_by_its_script_or_not_at_all(headline: str, code: str | None) -> None:
    expected = Language(code, 1.0, "detected") if code else Language(None, 0.0, "unknown")
    assert detect_language(Article(headline=headline)) == expected
    declared = detect_language(Article(headline=headline, language="vi"))
    assert declared == (expected if code else Language("vi", 0.0, "declared"))


def test_too_close_to_call_keeps_the_prior_and_else_knows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    article = Article(headline="Požar u Zagrebu", lead="Veliki požar izbio je u skladištu u gradu.")
    answers = {"hr": 0.5, "sr": 0.5 - MARGIN + 0.01}
    monkeypatch.setattr(room, "_ranked", lambda *_: list(answers.items()))
    assert detect_language(article) == Language(None, 0.5, "unknown")
    assert detect_language(Article(headline=article.headline, lead=article.lead, language="sr-Latn")) == Language(
        "sr", 0.5, "declared"
    )
    answers["sr"] = 0.5 - MARGIN - 0.01
    assert detect_language(article) == Language("hr", 0.5, "detected")
    assert detect_language(Article(headline=article.headline, lead=article.lead, language="sr")).code == "hr"


@pytest.mark.parametrize(
    "lead", ["AP", "(dpa)", "https://example.org/ein-langer-pfad-zu-einem-artikel", "@anna #köln", "7"]
)
def test_a_lead_that_says_nothing_is_no_evidence(lead: str) -> None:
    assert detect_language(Article(headline="Kane", lead=lead)) == Language(None, 0.0, "unknown")
    assert detect_language(Article(headline="Kane", lead=lead, language="de")) == Language("de", 0.0, "declared")


def test_without_a_lead_the_first_sentences_of_the_text_are_read() -> None:
    story = "Am Dienstag brannte eine Lagerhalle. Die Feuerwehr war mit vielen Kräften im Einsatz. " * 3
    english_end = "The mayor said that nobody had been hurt in the fire on Tuesday. " * 200
    assert detect_language(Article(headline="Fire", text=story + english_end)).code == "de"


def test_german_that_quotes_english_is_german() -> None:
    lead = "„We will always have Paris“, sagte der Schauspieler am Dienstag in Köln und verließ lachend die Bühne."
    assert detect_language(Article(headline="„Casablanca“ in Köln", lead=lead, language="en")).code == "de"


def test_norwegian_is_one_language() -> None:
    bokmal = "Brannvesenet rykket ut til en kraftig brann i et lagerbygg i Oslo sent tirsdag kveld. Ingen ble skadet, "
    nynorsk = (
        "Brannvesenet rykte ut til ein kraftig brann i eit lagerbygg i Bergen seint tysdag kveld. Ingen vart skada, "
    )
    for lead in (bokmal + "opplyser politiet til avisen.", nynorsk + "opplyser politiet til avisa."):
        assert detect_language(Article(headline="Brann", lead=lead)).code == "no"


def test_a_declared_language_joins_those_that_are_told_apart() -> None:
    malay = "Kebakaran besar berlaku di sebuah gudang di Kuala Lumpur malam tadi dan pihak bomba berjaya mengawalnya. "
    article = Article(headline="Kebakaran", lead=malay * 2)
    assert detect_language(article).code == "id"
    assert detect_language(Article(headline="Kebakaran", lead=malay * 2, language="ms-MY")).code == "ms"
    assert detect_language(article, languages=("ms", "de")).code == "ms"


def test_languages_that_lingua_does_not_know() -> None:
    with pytest.raises(InputError, match="lingua knows 1 of the languages"):
        detect_language(Article(headline="Feuer", lead="In Köln hat es am Dienstag gebrannt."), languages=("de", "xx"))
    assert detect_language(Article(headline="Gwy", language="br")) == Language("br", 0.0, "declared")


@pytest.mark.parametrize(
    "lead", ["\0" * 50, "\ud800" * 30, "a" * 1_000_000, "🔥" * 1000, "\u202e" * 100, " " * 10_000, "中" * 5000]
)
def test_hostile_text_is_answered_at_once(lead: str) -> None:
    found = detect_language(Article(headline="x", lead=lead, text=lead, language="de"))
    assert found.by in {"detected", "declared"}


CODES = {
    "de-DE": "de",
    "DE": "de",
    " de ": "de",
    "de_AT.UTF-8": "de",
    "no": "no",
    "nb-NO": "no",
    "nn": "no",
    "zh-cn": "zh",
    "zh-Hant-TW": "zh",
    "cmn": "zh",
    "iw": "he",
    "he": "he",
    "in": "id",
    "ger": "de",
    "deu": "de",
    "fil": "tl",
    "sh": "sr",
    "jp": "ja",
    "en,de": "en",
    "": None,
    "x-default": None,
    "und": None,
    "mul": None,
    "english": None,
    "q" * 10_000: None,
    "\0": None,
    "xx": None,
}


@pytest.mark.parametrize(("tag", "code"), CODES.items())
def test_codes(tag: str, code: str | None) -> None:
    assert normal_code(tag) == code


def test_the_table_of_codes_is_sound() -> None:
    from lingua import Language as Known

    table = tomllib.loads((Path(room.__file__).parent / "languages.toml").read_text(encoding="utf-8"))
    three = [code for codes in table["three"].values() for code in codes.split()]
    assert len(three) == len(set(three))
    assert all(len(code) == 2 for code in table["three"])
    assert set(table["same"].values()) | set(table["scripts"]) <= set(table["three"])
    known = {entry.iso_code_639_1.name.lower(): entry.iso_code_639_3.name.lower() for entry in Known.all()}
    assert set(table["detected"]) <= set(known)
    assert table["detected"] == sorted(set(table["detected"]))
    for two, expected in known.items():  # an independent table
        assert normal_code(two) == normal_code(expected) is not None
        assert three_letters(two) == expected or two in table["same"]


def test_memory_stays_small_until_a_short_text_needs_more() -> None:
    code = (
        "from picdesk.articles.language import detect_language\n"
        "from picdesk.records import Article\n"
        "lead = 'In einer Lagerhalle in Köln ist am Dienstag ein Feuer ausgebrochen, bei dem niemand verletzt wurde.'\n"
        "print(detect_language(Article(headline='Großbrand in Köln', lead=lead * 2)).code)\n"
        "print(detect_language(Article(headline='Großbrand', lead='Feuer in Köln.'), low_memory=True).code)\n"
        "print(next((line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')), 0))\n"
    )
    if sys.platform != "linux":
        pytest.skip("the kernel's own account of memory is read")
    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    found, short, kilobytes = done.stdout.split()
    assert (found, short) == ("de", "de")
    assert int(kilobytes) < 250_000
