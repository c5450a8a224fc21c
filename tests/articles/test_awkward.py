from __future__ import annotations

import pytest

from picdesk.articles import article_from_html
from picdesk.articles.extract import extract
from picdesk.articles.steps import STEPS
from picdesk.errors import ArticleError
from tests.articles.awkward import AWKWARD, CAPTIONS, SITE_TITLE, linked
from tests.articles.pages import HEADLINE, PARAGRAPHS, html


def test_there_are_twenty_and_every_step_but_the_last_resort_wins_one() -> None:
    assert len(AWKWARD) >= 20
    assert {page.step for page in AWKWARD.values()} == {*STEPS, "refused"} - {"resiliparse"}


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_pages(name: str) -> None:
    page = AWKWARD[name]
    if page.step == "refused":
        with pytest.raises(ArticleError) as caught:
            article_from_html(page.data)
        assert page.lines[0] in caught.value.message
        assert caught.value.hint
        return
    article = article_from_html(page.data, id=name)
    assert article.read_by == page.step
    assert article.headline == page.headline
    assert article.text == "\n\n".join(page.lines)
    assert (article.lead, article.id) == (page.lines[0], name)


def test_a_full_text_behind_a_wall_is_found_in_the_structured_data() -> None:
    told = {"@type": "NewsArticle", "headline": HEADLINE, "articleBody": "\n".join(PARAGRAPHS)}
    wall = "<p>Subscribe now to continue reading this story. Already a subscriber? Log in to read it all.</p>"
    article = extract(html(f"<h1>{HEADLINE}</h1>{wall}", SITE_TITLE + linked(told)).encode())
    assert (article.read_by, article.text) == ("json-ld", "\n\n".join(PARAGRAPHS))


def test_of_several_stories_in_a_page_the_one_with_its_headline_is_meant() -> None:
    other = {"@type": "NewsArticle", "headline": "Rhubarb", "articleBody": "Ten recipes for rhubarb. " * 200}
    own = {"@type": "NewsArticle", "headline": HEADLINE, "articleBody": "\n\n".join(PARAGRAPHS)}
    page = html(f"<h1>{HEADLINE}</h1>", linked([other, own]) + linked("no object") + linked({"@type": ["Article"]}))
    assert extract(page.encode()).text == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize("block", ["{", "[" * 100_000, "<!-- {} -->", '{"@type": 7, "articleBody": [1]}', "null"])
def test_broken_structured_data_is_passed_over(block: str) -> None:
    story = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    head = f'<script type="application/ld+json">{block}</script>'
    assert extract(html(f"<article>{story}</article>", head).encode()).read_by == "trafilatura"


def test_structured_data_as_real_pages_write_it() -> None:
    body = "\\n\\n".join(PARAGRAPHS)
    loose = f'<!--\n{{"@type": "NewsArticle",\n"articleBody": "{body}\n",\n}},\n-->'.replace("},\n", "}\n")
    page = html(f"<h1>{HEADLINE}</h1>", f'<script type="application/LD+JSON">{loose}</script>')
    assert extract(page.encode()).text == "\n\n".join(PARAGRAPHS)


def test_captions_of_an_ordinary_article_are_not_its_text() -> None:
    told = {"@type": "NewsArticle", "image": [{"caption": caption} for caption in CAPTIONS]}
    with pytest.raises(ArticleError):
        extract(html("<h1>Storm</h1>", linked(told)).encode())


def test_lines_of_a_wall_around_a_whole_story_go() -> None:
    long = "".join(f"<p>{paragraph} This was paragraph {n}.</p>" for n in range(3) for paragraph in PARAGRAPHS)
    page = html(f"<article><h1>{HEADLINE}</h1><p>This article is for subscribers only.</p>{long}</article>", SITE_TITLE)
    assert extract(page.encode()).lead.startswith(PARAGRAPHS[0])


@pytest.mark.parametrize(
    ("wall", "name"),
    [
        ("Wir verwenden Cookies und benötigen Ihre Einwilligung, bevor Sie die Seiten lesen, liebe Leser.", "consent"),
        ("Zugriff verweigert: Von Ihrem Anschluss kamen zu viele Anfragen, versuchen Sie es später erneut.", "refusal"),
        ("Cet article est réservé aux abonnés. Pour lire la suite, merci de vous connecter à votre compte.", "teaser"),
        ("Доступ ограничен: пожалуйста, подтвердите, что вы не робот, и продолжайте чтение нашего сайта.", "refusal"),
        (
            "この記事は会員限定です。続きを読むにはログインしてください。登録は無料です。よろしくお願い。",
            "teaser",
        ),
        ("Sorry, this content is not available in your region because of the data protection rules.", "refusal"),
    ],
)
def test_walls_in_other_languages(wall: str, name: str) -> None:
    with pytest.raises(ArticleError, match=f"no story but a {name}"):
        extract(html(f"<article><h1>Die Post</h1><p>{wall}</p></article>").encode())
