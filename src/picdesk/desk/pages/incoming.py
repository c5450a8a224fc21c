"""What people put into the first form: an address, a story's text, a line of words, a page's file, a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.desk.security.door import client_of
from picdesk.desk.security.rates import check_rate
from picdesk.desk.stories import fetched_story, shortened
from picdesk.errors import ArticleError, PhotoError

if TYPE_CHECKING:
    from starlette.requests import Request

    from picdesk.desk.state import Desk
    from picdesk.records import Article

_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"II*\0", b"MM\0*", b"GIF8", b"BM")
_BOXES = (b"ftypavif", b"ftypheic", b"ftypmif1")


async def incoming(request: Request, desk: Desk, what: str, data: bytes) -> dict[str, str]:
    """Read it.

    Args:
        request: that brought it.
        desk: that was asked.
        what: typed or pasted text.
        data: of a file; empty where there is none.

    Returns:
        Fields of the page's form.

    Raises:
        ArticleError: there is nothing, or no story in it.
        FetchError: the address could not be fetched.
        PhotoError: a picture that cannot be read.
        Problem: too many addresses in too short a time.
    """
    from picdesk.articles.read import is_address

    if data and looks_like_picture(data):
        most = desk.settings.limits.upload_pixels
        picture = await desk.slowly(lambda: desk.pictures.take(data, most))
        return {"picture": picture.id}
    if data:
        return await desk.slowly(lambda: _kept(desk, _of_file(data)))
    if is_address(what.strip()):
        check_rate(request, "fetch", client_of(request, request.state.user))
        return await desk.slowly(lambda: _kept(desk, fetched_story(desk.settings, what.strip())))
    if not what.strip():
        raise ArticleError("there is nothing to look for", "Paste a story or its address, or choose a file.")
    return await desk.slowly(lambda: _of_text(desk, what))


def looks_like_picture(data: bytes) -> bool:
    """Whether a file begins like a picture; what it is in truth, its decoder says."""
    return data.startswith(_PICTURES) or data[4:12] in _BOXES


def _of_text(desk: Desk, what: str) -> dict[str, str]:
    """A story, or a line in which a minus leaves words out."""
    from picdesk.articles import article_from_text
    from picdesk.search.typed import take_apart

    article = article_from_text(what)
    if article.text:
        return _kept(desk, article)
    typed = take_apart(article.headline)
    without = " ".join(f'"{term}"' if " " in term else term for term in typed.without)
    quoted = {phrase: f'"{phrase}"' for phrase in typed.phrases}
    headline = typed.text
    for phrase, marked in quoted.items():
        headline = headline.replace(phrase, marked, 1)
    if not headline:
        raise ArticleError("there is nothing to look for", "Put a word without a minus beside what to leave out.")
    return {"headline": headline} | ({"without": without} if without else {})


def _of_file(data: bytes) -> Article:
    from picdesk.articles import article_from_html, article_from_text
    from picdesk.articles.html import looks_like_html
    from picdesk.articles.text import decode

    try:
        return article_from_html(data) if looks_like_html(data) else article_from_text(decode(data))
    except ArticleError as error:
        raise (
            PhotoError("the file is neither a story nor a picture", error.hint) if b"\0" in data[:4096] else error
        ) from None


def _kept(desk: Desk, article: Article) -> dict[str, str]:
    story = shortened(article)
    name = desk.stories.keep(story)
    return {"story": name, "headline": story.headline} | ({"lead": story.lead[:4000]} if story.lead else {})
