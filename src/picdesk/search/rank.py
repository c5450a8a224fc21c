"""Many queries at once, every photo compared: what a run file is made of."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.schema import StoredEncoder
from picdesk.errors import InputError
from picdesk.records import Run
from picdesk.search.exact import nearest_photos
from picdesk.search.fuse import in_order, reciprocal_rank_fusion
from picdesk.search.search import DEPTH
from picdesk.search.vectors import text_vectors
from picdesk.search.words import search_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder
    from picdesk.records import Query
    from picdesk.search.filters import Filters

    Scores = dict[str, float]

_AT_ONCE = 8
"""Word searches under way: LanceDB works outside the interpreter, and waits for the disk now and then."""

_SLICE = 512
"""Queries taken together."""


def rank(
    store: Store,
    queries: Sequence[tuple[str, Query]],
    encoders: Sequence[Encoder] = (),
    *,
    name: str = "picdesk",
    depth: int = 100,
    filters: Filters | None = None,
    words: bool = True,
    progress: Callable[[int], None] = lambda _: None,
) -> Run:
    """The best photos of an archive for each of many queries, by their words and texts.

    The same signals as in `search` (BM25, the cosine to each encoder), joined in the same way: by reciprocal rank
    fusion of 1,000 candidates a signal; a single signal orders by its own value. Equal scores are ordered by photo id.
    A name that several photos of one answer share is taken once, for the best of them.

    Args:
        store: the archive.
        queries: ids of articles, each once, and what is asked for them.
        encoders: loaded encoders of the archive; those without a text side are left out.
        name: of the run.
        depth: how many photos an article is given at most.
        filters: which photos may be in an answer.
        words: whether the word index is asked.
        progress: called with the number of articles done so far.

    Raises:
        EncoderMismatch: an encoder that did not fill the archive.
        FilterError: a filter that makes no sense.
        InputError: no signal is left to ask, or an article is there twice.
    """
    articles = [article for article, _ in queries]
    if len(set(articles)) < len(articles):
        twice = next(article for number, article in enumerate(articles) if article in articles[:number])
        raise InputError(f"article {twice!r} is there twice", "Leave one of the two out.")
    where = filters.sql() if filters else None
    store.count(where)  # what is wrong with a filter is said before anything is encoded
    candidates = max(DEPTH, depth)
    asked = [query for _, query in queries]
    signals = [_word_scores(store, asked, where, candidates)] if words else []
    signals += [_vector_scores(store, encoder, asked, where, candidates) for encoder in encoders if encoder.has_texts]
    if not signals:
        raise InputError("there is no signal to rank by", "Give an encoder with a text side, or let the words count.")
    return _run(name, articles, _joined(signals), _names(store), depth, progress)


def _word_scores(store: Store, queries: Sequence[Query], where: str | None, depth: int) -> Iterator[Scores]:
    def ask(query: Query) -> Scores:
        if not query.words.strip() and not query.names:
            return {}
        return search_words(store, query.words, where, depth, query.names)

    # A slice at a time: a pool would ask everything at once and hold what nobody has fetched yet.
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="words") as pool:
        for at in range(0, len(queries), _SLICE):
            yield from pool.map(ask, queries[at : at + _SLICE])


def _vector_scores(
    store: Store, encoder: Encoder, queries: Sequence[Query], where: str | None, depth: int
) -> Iterator[Scores]:
    entry = store.stored(StoredEncoder.of(encoder))
    asked = [query for query in queries if query.texts]
    vectors = [text_vectors(encoder, asked[at : at + _SLICE]) for at in range(0, len(asked), _SLICE)]
    rows = np.concatenate([np.empty((0, encoder.dimension), dtype=np.float32), *vectors])
    nearest = nearest_photos(store, entry, rows, depth, where)
    answers = zip(nearest.photos, nearest.cosines, strict=True)
    for query in queries:
        if not query.texts:
            yield {}
            continue
        photos, cosines = next(answers)
        found = zip(photos[photos >= 0].tolist(), cosines[photos >= 0].tolist(), strict=True)
        yield {nearest.ids[photo]: cosine for photo, cosine in found}


def _joined(signals: Sequence[Iterator[Scores]]) -> Iterator[Scores]:
    """Each query's scores, its signals joined."""
    for said in zip(*signals, strict=True):
        yield said[0] if len(said) == 1 else reciprocal_rank_fusion([in_order(scores) for scores in said])


def _names(store: Store) -> dict[str, str]:
    names: dict[str, str] = {}
    for batch in store.rows(["id", "name"]):
        names |= zip(batch.column("id").to_pylist(), batch.column("name").to_pylist(), strict=True)
    return names


def _run(
    name: str,
    articles: Sequence[str],
    answers: Iterator[Scores],
    names: dict[str, str],
    depth: int,
    progress: Callable[[int], None],
) -> Run:
    numbers: dict[str, int] = {}
    starts, photos = [0], list[int]()
    values = list[float]()
    for done, scores in enumerate(answers, start=1):
        best: Scores = {}
        for photo in in_order(scores):
            # A photo taken out meanwhile has no name any more.
            if photo in names:
                best.setdefault(names[photo], scores[photo])
            if len(best) == depth:
                break
        photos += [numbers.setdefault(called, len(numbers)) for called in best]
        values += best.values()
        starts.append(len(photos))
        progress(done)
    return Run(
        name=name,
        articles=tuple(articles),
        starts=np.asarray(starts, dtype=np.int64),
        photos=np.asarray(photos, dtype=np.int32),
        names=tuple(numbers),
        scores=np.asarray(values, dtype=np.float64),
    )
