"""The word signal: BM25 over what is said about the photos."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.archive.schema import WORD_FIELDS
from picdesk.records import Name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

    from picdesk.archive.store import Store
    from picdesk.records import Photo


def search_words(
    store: Store,
    words: str,
    where: str | None,
    depth: int,
    names: Sequence[Name] = (),
    *,
    without: Sequence[str] = (),
    known: Callable[[Sequence[int]], Sequence[str | None]] | None = None,
) -> dict[str, float]:
    """BM25 scores of the best ``depth`` photos, each field weighted by ``WORD_FIELDS`` and summed.

    Robertson & Zaragoza: The Probabilistic Relevance Framework: BM25 and Beyond (2009); k1 = 1.2, b = 0.75 as Lance
    has them. Any word of the query may match. A name adds its words' scores, times its weight, in a field that holds
    all of them: "Kansas City" is not found in "Kansas wins".

    Args:
        store: the archive.
        words: any of them may match.
        where: SQL over the archive's columns.
        depth: how many photos at most.
        names: people, places, organisations.
        without: a photo must have no field with all words of any.
        known: gives the ids of rows by where they are, as far as they are known; reading 1,000 ids takes longer than
            the search.
    """
    if not (words.strip() or names):
        return {}
    asked = _asked(words, names, without)

    def ask(columns: Sequence[str]) -> pa.Table:
        search = (
            store.photos.search(asked, query_type="fts").limit(depth).with_row_id(True).select([*columns, "_score"])
        )
        return (search.where(where, prefilter=True) if where else search).to_arrow()

    if known is not None:
        found = ask([])
        places = known(found["_rowid"].to_pylist())
        if None not in places:
            return dict(zip([place for place in places if place], found["_score"].to_pylist(), strict=True))
    found = ask(["id"])
    return dict(zip(found["id"].to_pylist(), found["_score"].to_pylist(), strict=True))


def _asked(words: str, names: Sequence[Name], without: Sequence[str]) -> Any:
    from lancedb.query import BooleanQuery, FullTextOperator, MatchQuery, Occur

    def together(text: str, weight: float = 1.0) -> list[Any]:
        """The fields that hold all words of a text."""
        return [
            MatchQuery(text, field, boost=weight * by_field, operator=FullTextOperator.AND)
            for field, by_field in WORD_FIELDS.items()
        ]

    fields = WORD_FIELDS.items() if words.strip() else ()
    parts = [(Occur.SHOULD, MatchQuery(words, field, boost=weight)) for field, weight in fields]
    parts += [(Occur.SHOULD, query) for name in names for query in together(name.text, name.weight)]
    parts += [(Occur.MUST_NOT, query) for text in without for query in together(text)]
    return BooleanQuery(parts)


def photos_saying(store: Store, texts: Sequence[str]) -> set[str]:
    """Ids of all photos that have a field with all words of any of these texts."""
    photos = max(1, store.count())
    return {photo for text in texts for photo in search_words(store, "", None, photos, [Name(text=text)])}


def index_terms(store: Store, text: str) -> list[str]:
    """The terms that the word index makes of a text, by its own tokenizer (stemmed, folded, without stop words)."""
    return [token.text for token in store.photos.tokenize(text, column=next(iter(WORD_FIELDS)))]


def terms_of(store: Store, words: str) -> dict[str, str]:
    """Each term that the word index makes of a query, and the word of the query, as written there, it came from."""
    different = list(dict.fromkeys(words.split()))
    written: dict[str, str] = {}
    for word, terms in zip(different, terms_of_each(store, different), strict=True):
        for term in terms:
            written.setdefault(term, word.strip(".,;:!?\"'“”‘’„()[]«»"))
    return written


_MARK = "31415926535897932384"
"""Stands between texts that are taken apart together: a number, which no language stems or leaves out."""


def terms_of_each(store: Store, texts: Sequence[str]) -> list[list[str]]:
    """The terms of each text. All are taken apart at once: a call costs more than a hundred words."""
    if not texts:
        return []
    parts: list[list[str]] = [[]]
    for term in index_terms(store, f" \n{_MARK}\n ".join(texts)):
        if term == _MARK:
            parts.append([])
        else:
            parts[-1].append(term)
    if len(parts) == len(texts):
        return parts
    return [index_terms(store, text) for text in texts]  # a text that holds the mark itself


def words_said(photo: Photo) -> str:
    """Everything that the word index knows of a photo."""
    fields = [photo.caption, photo.headline, *photo.keywords, *photo.people, photo.place, photo.file_words]
    return " \n".join(field for field in fields if field)


def matched_words(store: Store, written: Mapping[str, str], photos: Sequence[Photo]) -> list[tuple[str, ...]]:
    """For each photo, the words of a query (as ``terms_of`` gives them) that occur in its own words."""
    there = [set(terms) for terms in terms_of_each(store, [words_said(photo) for photo in photos])]
    return [tuple(dict.fromkeys(word for term, word in written.items() if term in terms)) for terms in there]
