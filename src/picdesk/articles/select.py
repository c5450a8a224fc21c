"""What of a story an encoder is to see, and what the word index is asked for.

A selection keeps paragraphs apart by an empty line, so that no sentence runs on into the next paragraph; encoders take
any white space for one space.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.articles.sentences import first_sentence
from picdesk.articles.text import paragraphs
from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from picdesk.records import Article

_BETWEEN = "\n\n"


def headline(article: Article, language: str | None) -> str:  # noqa: ARG001 - every selection is called alike
    """The headline alone."""
    return article.headline


def lead(article: Article, language: str | None) -> str:  # noqa: ARG001
    """The headline and the lead."""
    return _joined(article.headline, article.lead)


def text(article: Article, language: str | None) -> str:  # noqa: ARG001
    """The headline and the whole body; its lead where only that is known."""
    return _joined(article.headline, *_body(article))


def first_sentences(article: Article, language: str | None) -> str:
    """The headline and the first sentence of each paragraph, as Vu et al. (MediaEval 2022) have it."""
    return _joined(article.headline, *(first_sentence(paragraph, language) for paragraph in _body(article)))


def body(article: Article, language: str | None) -> str:  # noqa: ARG001
    """The body without the headline; the headline where there is no body."""
    return _joined(*_body(article)) or article.headline


SELECTIONS: Mapping[str, Callable[[Article, str | None], str]] = {
    "headline": headline,
    "lead": lead,
    "text": text,
    "first-sentences": first_sentences,
    "body": body,
}
"""Every selection by its name in a reading."""


def select(article: Article, selection: str, language: str | None = None, words: int = 0) -> str:
    """What a selection takes of a story.

    Args:
        article: the story.
        selection: a key of ``SELECTIONS``.
        language: of the story, where it is known: it says where sentences end.
        words: keep only the first so many words behind the headline, wherever a sentence ends (Bakker & Wang
            2025); 0 for all.

    Raises:
        InputError: there is no such selection.
    """
    if selection not in SELECTIONS:
        raise InputError(f"no selection of a story is called '{selection}'", f"Choose one of: {', '.join(SELECTIONS)}.")
    chosen = SELECTIONS[selection](article, language)
    if not words:
        return chosen
    opening = article.headline if chosen.startswith(article.headline) else ""
    return _joined(opening, first_words(chosen[len(opening) :], words))


def first_words(text: str, count: int) -> str:
    """The first words of a text, divided at white space; what lies between them stays.

    >>> first_words("Rain  falls. It pours", 3)
    'Rain  falls. It'
    """
    end, seen, inside = len(text), 0, False
    for at, sign in enumerate(text):
        if sign.isspace():
            inside = False
        elif not inside:
            if seen == count:
                end = at
                break
            seen, inside = seen + 1, True
    return text[:end].strip()


def _body(article: Article) -> tuple[str, ...]:
    return paragraphs(article.text) or paragraphs(article.lead)


def _joined(*parts: str) -> str:
    return _BETWEEN.join(filter(None, parts))


def left_out(whole: str, chosen: str) -> str:
    r"""What a selection passes over.

    >>> left_out("A fire\n\nIt burns. All night.\n\nRain helps.", "A fire\n\nIt burns.")
    'All night.\n\nRain helps.'

    Args:
        whole: the story.
        chosen: parts of it in their order, divided by empty lines.
    """
    passed, at = [], 0
    for part in chosen.split(_BETWEEN):
        found = whole.find(part, at)
        if found >= 0:
            passed.append(whole[at:found])
            at = found + len(part)
    passed.append(whole[at:])
    return _joined(*(part.strip() for part in passed))
