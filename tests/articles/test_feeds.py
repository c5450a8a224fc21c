from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from picdesk.articles import UnreadArticle, read_articles
from picdesk.articles.feeds import feed_rows, looks_like_feed
from picdesk.articles.fetch import Page
from picdesk.errors import ArticleError
from picdesk.records import Article
from tests.articles.pages import HEADLINE, PAGES, PARAGRAPHS
from tests.seconds import at_most

STORY = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>The Harbour Post</title><link>https://post.example</link><language>en-gb</language>
<item><title>{HEADLINE}</title><link>https://post.example/fire</link><guid isPermaLink="false">fire-1</guid>
<pubDate>Tue, 05 Mar 2024 07:12:00 +0100</pubDate><category>Bergen</category><category>fire</category>
<description>A short one.</description><content:encoded><![CDATA[{STORY}<img src="a.jpg" alt="no">]]></content:encoded>
</item><item><title>Caf&eacute; &amp; bar</title><guid>https://post.example/cafe</guid>
<description>&lt;p&gt;Opens &amp;amp; closes.&lt;/p&gt;</description></item>
<item><link>https://post.example/bare</link></item><item/></channel></rss>"""
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Post</title>
<entry><id>tag:post,1</id><title type="html">{HEADLINE}</title><updated>2024-03-05T07:12:00Z</updated>
<link rel="self" href="https://post.example/self"/><link href="https://post.example/fire"/><category term="Bergen"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One <b>bold</b> word.</p><p>Two.</p></div></content>
</entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Post</title></channel>
<item><title>Fire</title><link>https://post.example/a</link><dc:date>2024-03-05</dc:date></item></rdf:RDF>"""


def fetch(url: str) -> Page:
    return Page((RSS if url.endswith("feed") else PAGES["plain"]).encode(), url, "text/html")


def rows(data: bytes) -> list[tuple[int, Mapping[str, Any]]]:
    found = list(feed_rows(data))
    return [(number, row) for number, row in found if not isinstance(row, str)]


def test_rss(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text(RSS)
    first, second, third, fourth = read_articles(tmp_path / "feed.xml", fetch=fetch)
    assert first == Article(
        headline=HEADLINE,
        lead="A short one.",
        text="\n\n".join(PARAGRAPHS),
        id="fire-1",
        url="https://post.example/fire",
        language="en",
        published=dt.date(2024, 3, 5),
        tags=("Bergen", "fire"),
        read_by="feed",
    )
    assert isinstance(second, Article)
    assert (second.headline, second.lead, second.url) == ("Café & bar", "Opens & closes.", "https://post.example/cafe")
    assert isinstance(third, Article)
    assert (third.headline, third.read_by, third.id) == (HEADLINE, "trafilatura", "3")
    assert isinstance(fourth, UnreadArticle)
    assert fourth.place == "item 4"


def test_a_feed_at_an_address() -> None:
    assert [one.id for one in read_articles("https://post.example/feed", fetch=fetch)][:1] == ["fire-1"]
    (article,) = read_articles("https://post.example/page", fetch=fetch)
    assert isinstance(article, Article)
    assert article.lead == PARAGRAPHS[0]


def test_atom_and_rdf() -> None:
    ((_, atom),) = rows(ATOM.encode())
    assert atom["url"] == "https://post.example/fire"
    assert atom["text"] == "One bold word.\nTwo."
    assert (atom["tags"], atom["language"], atom["published"]) == (["Bergen"], "de", "2024-03-05T07:12:00Z")
    ((_, rdf),) = rows(RDF.encode())
    assert (rdf["headline"], rdf["url"], rdf["published"]) == ("Fire", "https://post.example/a", "2024-03-05")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_feeds_in_any_encoding(encoding: str) -> None:
    feed = RSS.replace("utf-8", encoding).replace("Bergen", "Köln")
    assert looks_like_feed(feed.encode(encoding)) or encoding == "utf-16"
    assert rows(feed.encode(encoding))[0][1]["tags"] == ["Köln", "fire"]


def test_attacks_are_refused() -> None:
    laughs = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    outside = '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    for head in (laughs, outside):
        feed = f"<?xml version='1.0'?>{head}<rss><channel><item><title>&a;</title></item></channel></rss>"
        with pytest.raises(ArticleError, match=r"feed is refused|cannot be read"):
            list(feed_rows(feed.encode()))


def test_broken_feeds() -> None:
    for feed in (RSS[:-20], "<rss><channel><item></rss>", "<rss>" + "<a>" * 100_000):
        with pytest.raises(ArticleError, match="cannot be read") as caught:
            list(feed_rows(feed.encode()))
        assert caught.value.hint


def test_an_item_nested_without_end_costs_itself() -> None:
    deep = "<b>" * 50_000 + "</b>" * 50_000
    feed = f"<rss><channel><item><title>{deep}</title></item><item><title>Fire</title></item></channel></rss>"
    (_, first), (_, second) = feed_rows(feed.encode())
    assert first == "item 1 is nested too deeply"
    assert not isinstance(second, str)
    assert second["headline"] == "Fire"


def test_what_looks_like_a_feed() -> None:
    for feed in (RSS, ATOM, RDF, "\n<!-- x --><?xml-stylesheet href='a'?>\n<rss >"):
        assert looks_like_feed(feed.encode())
    for other in (*PAGES.values(), "", "<rssx>", "text <rss>", "<" * 5000, "<!--" * 2000):
        assert not looks_like_feed(other.encode())


def test_feeds_with_a_prologue_and_in_any_encoding(tmp_path: Path) -> None:
    bare = RSS.partition("?>")[2].strip()
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "rss.dtd">'
    declared = f'<?xml version="1.0"?>\n<!-- made -->{doctype}\n{bare}'
    for data in (declared.encode(), RSS.encode("utf-16"), bare.encode("utf-8-sig")):
        (tmp_path / "feed").write_bytes(data)
        first = next(iter(read_articles(tmp_path / "feed")))
        assert isinstance(first, Article)
        assert (first.headline, first.read_by) == (HEADLINE, "feed")
    bomb = '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>' + bare
    (tmp_path / "feed").write_text(bomb)
    with pytest.raises(ArticleError, match="EntitiesForbidden"):
        list(read_articles(tmp_path / "feed"))


@pytest.mark.parametrize("start", [b"<?xml?>", b"<?x?> ", b"<!-- -->", b"<!--", b"<!DOCTYPE x [", b"<!DOCTYPE>", b" "])
def test_no_beginning_takes_long_to_look_at(start: bytes) -> None:
    with at_most(1):
        assert not looks_like_feed(start * 3000)


def test_other_xml_is_no_story(tmp_path: Path) -> None:
    (tmp_path / "map.xml").write_text(
        '<?xml version="1.0"?><urlset><url><loc>https://post.example/a</loc></url></urlset>'
    )
    with pytest.raises(ArticleError, match="neither a page nor a feed"):
        list(read_articles(tmp_path / "map.xml"))
