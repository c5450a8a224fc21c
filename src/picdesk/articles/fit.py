"""What an encoder reads of a query's texts, in its own tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.articles.sentences import divide_by_language
from picdesk.encoders.long_text import fit_texts

if TYPE_CHECKING:
    from picdesk.encoders.long_text import Fitted, TokenCounter
    from picdesk.records import Query


def fit_query(query: Query, counter: TokenCounter) -> list[Fitted]:
    """Each text of a query as an encoder reads it, by the query's ``fit`` and ``budget``.

    Args:
        query: what is asked; its language says where sentences end.
        counter: the encoder, or as much of it as counts tokens.

    Raises:
        InputError: no such way to fit, or a budget with no room for a word.
    """
    divide = divide_by_language(query.language)
    return fit_texts(counter, query.texts, query.fit, budget=query.budget, divide=divide)


def tokens_read(fitted: Fitted, counter: TokenCounter) -> int:
    """Tokens that an encoder reads of a text, special ones included; of all windows together where there are several.

    Args:
        fitted: the text as this encoder reads it.
        counter: the encoder.
    """
    limit = counter.text_limit
    counts = counter.count_tokens(fitted.windows)
    return sum(count if limit is None else min(count, limit) for count in counts)
