"""A piece of markup, such as a feed's item or a field of JSON, as lines of text."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"</?(?:p|br|div|span|a|b|i|em|strong|h[1-6]|ul|ol|li|figure|img|blockquote)\b[^<>]*>", re.I)


def has_markup(text: str) -> bool:
    """Whether there are HTML tags in a text: "a < b" has none."""
    return _MARKUP.search(text) is not None


def plain_text(markup: str) -> str:
    """The text of a piece of HTML, a line a block; text without any tag stays as it is.

    Its time grows with the square of how deep the markup is nested: hostile markup belongs where it can be stopped,
    which is `picdesk.articles.bounded.text_of_markup`.
    """
    if not has_markup(markup):
        return markup
    from resiliparse.extract.html2text import extract_plain_text

    text: str = extract_plain_text(markup, preserve_formatting=True, alt_texts=False, list_bullets=False)
    return text
