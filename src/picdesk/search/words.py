"""The word signal: BM25 over what is said about the photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.archive.schema import WORD_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from picdesk.archive.store import Store
    from picdesk.records import Name, Photo


def search_words(
    store: Store, words: str, where: str | None, depth: int, names: Sequence[Name] = ()
) -> dict[str, float]:
    """BM25 scores of the best ``depth`` photos, each field weighted by ``WORD_FIELDS`` and summed.

    Robertson & Zaragoza: The Probabilistic Relevance Framework: BM25 and Beyond (2009); k1 = 1.2, b = 0.75 as Lance
    has them. Any word of the query may match. A name adds its words' scores, times its weight, in a field that holds
    all of them: "Kansas City" is not found in "Kansas wins".
    """
    from lancedb.query import BooleanQuery, FullTextOperator, MatchQuery, Occur

    asked = [MatchQuery(words, field, boost=weight) for field, weight in WORD_FIELDS.items()] if words.strip() else []
    asked += [
        MatchQuery(name.text, field, boost=name.weight * weight, operator=FullTextOperator.AND)
        for name in names
        for field, weight in WORD_FIELDS.items()
    ]
    fields = [(Occur.SHOULD, query) for query in asked]
    search = store.photos.search(BooleanQuery(fields), query_type="fts").limit(depth).select(["id", "_score"])
    if where:
        search = search.where(where, prefilter=True)
    found = search.to_arrow()
    return dict(zip(found.column("id").to_pylist(), found.column("_score").to_pylist(), strict=True))


def index_terms(store: Store, text: str) -> list[str]:
    """The terms that the word index makes of a text, by its own tokenizer (stemmed, folded, without stop words)."""
    return [token.text for token in store.photos.tokenize(text, column=next(iter(WORD_FIELDS)))]


def terms_of(store: Store, words: str) -> dict[str, str]:
    """Each term that the word index makes of a query, and the word of the query, as written there, it came from."""
    written: dict[str, str] = {}
    for word in dict.fromkeys(words.split()):
        for term in index_terms(store, word):
            written.setdefault(term, word.strip(".,;:!?\"'“”‘’„()[]«»"))
    return written


def matched_words(store: Store, written: Mapping[str, str], photo: Photo) -> tuple[str, ...]:
    """The words of a query (as ``terms_of`` gives them) that occur in a photo's own words."""
    fields = [photo.caption, photo.headline, *photo.keywords, *photo.people, photo.place, photo.file_words]
    there = set(index_terms(store, " \n".join(field for field in fields if field)))
    return tuple(dict.fromkeys(word for term, word in written.items() if term in there))
