"""Feeds: RSS 2.0, RSS 1.0 (RDF) and Atom (RFC 4287), as rows of the same shape as a table's."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from picdesk.articles.charsets import decode_page, plain_start
from picdesk.errors import ArticleError
from picdesk.photos.locate import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.etree.ElementTree import Element

_FEED = re.compile(  # possessive throughout: no page can make it try again
    rb"\s*+(?:<\?[^>]*+>\s*+|(?><!--.*?-->)\s*+|<!DOCTYPE[^>\[]*+(?:\[[^\]]*+\]\s*+)?>\s*+)*+"
    rb"<(?:\w+:)?(?:rss|feed|RDF)[\s>]",
    re.DOTALL,
)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31});")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ITEMS = frozenset({"item", "entry"})
_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("guid", "id"),
    "headline": ("title",),
    "text": ("encoded", "content"),
    "lead": ("description", "summary"),
    "published": ("pubDate", "published", "date", "updated"),
}
FEED_FIELDS = {field: field for field in (*_NAMES, "url", "tags", "language")}
"""Field -> key of a row from `feed_rows`."""


def looks_like_feed(data: bytes) -> bool:
    """Whether bytes begin like a feed."""
    return _FEED.match(plain_start(data)) is not None


def feed_rows(data: bytes, charset: str = "") -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """The items of a feed, each with its number from 1, or one line saying why one cannot be used.

    An item's ``url`` is where it links to; its ``text`` is its content where the feed gives that, its ``lead`` what it
    says in short.

    Raises:
        ArticleError: it is not well-formed XML, or tries what only attacks do (entities, external files).
    """
    import defusedxml
    import defusedxml.ElementTree

    # Named entities are HTML's and no XML's, and still half of the feeds hold them.
    text = _NOT_XML.sub("", _DECLARATION.sub("", decode_page(data, charset)))
    text = _ENTITY.sub(lambda found: html.escape(html.unescape(found[0])), text)
    try:
        root = defusedxml.ElementTree.fromstring(text)
    except defusedxml.DefusedXmlException as error:
        reason = f"the feed is refused: {type(error).__name__}"
        raise ArticleError(reason, "No honest feed declares entities.") from error
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ArticleError(f"the feed cannot be read: {one_line(error)}", "Give the list of its addresses.") from error
    language = _of_feed(root)
    items = [element for element in root.iter() if _local(element) in _ITEMS]
    for number, item in enumerate(items, start=1):
        try:
            yield number, _row(item) | {"language": language}
        except RecursionError:  # elements in elements in elements: no honest item
            yield number, f"item {number} is nested too deeply"


def _row(item: Element) -> dict[str, Any]:
    children = list(item)
    row: dict[str, Any] = {}
    for field, names in _NAMES.items():
        said = (_content(child) for name in names for child in children if _local(child) == name)
        row[field] = next(filter(None, said), "")
    row["tags"] = [_content(child) or child.get("term", "") for child in children if _local(child) == "category"]
    row["url"] = _link(children)
    return row


def _link(children: list[Element]) -> str:
    links = [child for child in children if _local(child) == "link"]
    stories = [link for link in links if link.get("rel", "alternate") == "alternate"]
    said = next((link.get("href") or _content(link) for link in stories), "")
    if said:
        return said.strip()
    guid = next((child for child in children if _local(child) == "guid" and child.get("isPermaLink") != "false"), None)
    permanent = _content(guid) if guid is not None else ""
    return permanent if permanent.startswith(("http://", "https://")) else ""


def _content(element: Element) -> str:
    """An element's text; where it holds elements itself (Atom's ``xhtml``), their text, a block a line."""
    if not len(element):
        return (element.text or "").strip()
    loose = "".join([element.text or "", *(child.tail or "" for child in element)]).strip()
    if loose:
        return " ".join("".join(element.itertext()).split())
    return "\n".join(filter(None, map(_content, element)))


def _of_feed(root: Element) -> str:
    said = root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    return said or next((_content(item) for item in root.iter() if _local(item) == "language"), "")


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
