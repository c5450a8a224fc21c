"""From a story to what is asked of an archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.records import Query

if TYPE_CHECKING:
    from picdesk.records import Article

LEAD_WORDS = 40
"""How much of the lead the word index is asked for.

BM25 adds up over all words of a query. A headline's eight words say what the story is about; put a body of hundreds
beside them and any photo whose caption shares some common words of the body outranks the one that shares the headline's
name. The lead's first sentence or two names the same people and places again, which helps; more of it drowns them.
"""


def to_query(article: Article) -> Query:
    """What to ask an archive for a story.

    Returns:
        A query whose words are the headline and the first 40 words of the lead, and whose text for the encoder is the
        headline alone. The article comes along whole.
    """
    lead = " ".join(article.lead.split()[:LEAD_WORDS])
    return Query(words=f"{article.headline} {lead}".strip(), texts=(article.headline,), article=article)
