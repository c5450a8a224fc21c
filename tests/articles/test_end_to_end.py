"""From a page in a foreign language to photos: read, told which language, translated, asked, found, shown."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from picdesk import Article, open_archive, read_article
from picdesk.articles import query
from picdesk.articles.fit import fit_query, tokens_read
from picdesk.articles.reading import DEFAULT, with_translation
from picdesk.articles.translate.convert import convert_model
from picdesk.encoders import load_encoder
from tests.command_line import ENVIRONMENT, picdesk
from tests.tiny.text_models import STORIES, build_marian

CHARSETS = {"de": "iso-8859-1", "ru": "windows-1251", "ja": "shift_jis", "ar": "windows-1256"}
TITLES = {"de": "Der Anzeiger", "ru": "Вестник", "ja": "新報", "ar": "الجريدة"}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with a model of each language, which speaks nonsense."""
    folder = tmp_path_factory.mktemp("cache")
    converted = convert_model(build_marian(folder / "marian", limit=64), folder / "converted").folder
    for code in STORIES:
        own = shutil.copytree(converted, folder / f"models/opus-mt-{code}-en")
        (own / "tokenizer_config.json").write_text(json.dumps({"source_lang": code, "target_lang": "en"}))
    return folder


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, scenes: Path, clip: Path) -> Path:
    path = tmp_path_factory.mktemp("archive") / "photos"
    open_archive(path, encoder=clip).add(scenes)
    return path


def page_of(code: str) -> bytes:
    """A page whose server could lie about everything: an old encoding, a menu, the site's name in the title."""
    headline, body = STORIES[code].split("\n\n")
    return (
        f'<html lang="{code}"><head><meta charset="{CHARSETS[code]}"><title>{headline} | {TITLES[code]}</title></head>'
        f"<body><nav><a href='/'>{TITLES[code]}</a></nav><article><h1>{headline}</h1><p>{body}</p></article></body>"
    ).encode(CHARSETS[code])


@pytest.mark.parametrize("code", STORIES)
def test_a_foreign_page_becomes_photos(
    code: str, models: Path, archive: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICDESK_CACHE", str(models))
    monkeypatch.setitem(ENVIRONMENT, "PICDESK_CACHE", str(models))
    (tmp_path / "page.html").write_bytes(page_of(code))
    article = read_article(tmp_path / "page.html")
    headline, body = STORIES[code].split("\n\n")
    assert (article.headline, article.text, article.language) == (headline, body, code)

    ranking = open_archive(archive).search(article, reading=with_translation(DEFAULT), k=3)
    assert [hit.rank for hit in ranking] == [1, 2, 3]
    asked = ranking.query
    done = {step.name: step.did for step in asked.steps}
    assert done["language"].startswith(f"{code}, detected")
    assert done["translate"] == f"{code} to en by opus-mt-{code}-en"
    assert (asked.language, asked.article) == ("en", article)
    (text,) = asked.texts
    assert text.strip()
    assert headline not in text

    encoder = load_encoder(clip)
    (fitted,) = fit_query(asked, encoder)
    assert [fitted.tokens] == encoder.count_tokens([text])
    assert tokens_read(fitted, encoder) == min(encoder.text_limit or 0, encoder.count_tokens(fitted.windows)[0])

    shown = picdesk("articles", "show", tmp_path / "page.html", "--translate", "--archive", archive, "--json").document
    assert (shown["texts"], shown["words"], shown["language"]) == ([text], asked.words, "en")
    assert shown["encoders"][0]["texts"][0]["tokens"] == fitted.tokens


def test_a_run_opens_each_model_once(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing and loading a model takes far longer than a story does."""
    from picdesk.articles import translate

    monkeypatch.setenv("PICDESK_CACHE", str(models))
    query._opened_translator.cache_clear()
    opened: list[str] = []
    load = translate.load_translator

    def counted(where: str, source: str, target: str) -> translate.Translator:
        opened.append(source)
        return load(where, source, target, remember=False)

    monkeypatch.setattr(translate, "load_translator", counted)
    stories = [Article(headline=text.split("\n")[0], lead=text.split("\n\n")[1]) for text in STORIES.values()]
    texts = [query.to_query(story, with_translation(DEFAULT)).texts for story in stories * 3]
    assert sorted(opened) == sorted(STORIES)
    assert texts[: len(stories)] * 3 == texts
    query._opened_translator.cache_clear()
