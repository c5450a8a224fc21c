"""Plain text: repaired, and read as headline, lead and body."""

from __future__ import annotations

import html
import re

from picdesk.articles.charsets import MARKS
from picdesk.errors import ArticleError
from picdesk.records import Article

MAX_BYTES = 5 * 1024 * 1024
"""No story is longer; a larger file is something else."""

_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\ufffe\uffff]|[\x00-\x08\x0b-\x1f\x7f-\x9f]|[\ud800-\udfff]")
_LINE_END = re.compile("\r\n?|[\u0085\u2028\u2029\x0b\x0c]")


def article_from_text(text: str, *, id: str = "") -> Article:
    """A story as plain text.

    The first line with anything on it is the headline. What follows falls into paragraphs at blank lines, or at every
    line end where there is no blank line; the first of them is the lead. A single line is a headline alone.

    Args:
        text: the story.
        id: what its source calls it.

    Raises:
        ArticleError: there is no text in it.
    """
    headline, _, rest = repair(text).partition("\n")
    if not headline:
        raise ArticleError("the article holds no text", "Give its headline, or the headline and the text below it.")
    body = paragraphs(rest)
    return Article(headline=headline, lead=body[0] if body else "", text="\n\n".join(body), id=id, read_by="text")


def repair(text: str) -> str:
    """Text as it was meant: broken encodings mended (ftfy), HTML entities read, spaces single, invisible signs gone.

    Lines stay lines; blank ones at both ends go. Typographic quotes and full-width letters stay as they are.
    """
    import ftfy

    # First the line ends that ftfy would fold away, then entities, which hide broken letters ("&Atilde;&copy;").
    lines = html.unescape(_LINE_END.sub("\n", text))
    mended = ftfy.fix_text(lines, uncurl_quotes=False, fix_character_width=False)
    visible = _INVISIBLE.sub("", _LINE_END.sub("\n", mended))
    return "\n".join(" ".join(line.split()) for line in visible.split("\n")).strip("\n")


def paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of repaired text, each on one line."""
    text = text.strip("\n")
    pieces = re.split(r"\n\n+", text) if "\n\n" in text else text.split("\n")
    return tuple(" ".join(piece.split()) for piece in pieces if piece)


def decode(data: bytes) -> str:
    """Bytes of a text file as text: by its byte order mark, as UTF-8, else as Windows-1252.

    Raises:
        ArticleError: it is not text: it holds zero bytes.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data:
        raise ArticleError("that is not text", "Give a text or HTML file; a photo is searched by with --image.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
