"""Many queries at once, every photo compared: what a run file is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.schema import StoredEncoder
from picdesk.errors import InputError
from picdesk.photos.ahead import ahead
from picdesk.search.answers import answers_as_run
from picdesk.search.dual_softmax import dual_softmax_ranking
from picdesk.search.duplicates import fold_answers, looks_of_archive
from picdesk.search.exact import nearest_photos
from picdesk.search.fusion import Scale, fusion_named
from picdesk.search.search import DEPTH
from picdesk.search.settings import settings_of
from picdesk.search.signals.meaning import NAME as MEANING
from picdesk.search.signals.meaning import meaning_vectors
from picdesk.search.signals.spread import sample_vectors, spread
from picdesk.search.vectors import text_vectors
from picdesk.search.words import search_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder
    from picdesk.records import Query, Run
    from picdesk.search.dual_softmax import DualSoftmax
    from picdesk.search.filters import Filters
    from picdesk.search.settings import Settings

    Scores = dict[str, float]

_AT_ONCE = 8
"""Word searches under way: LanceDB works outside the interpreter, and waits for the disk now and then."""

_SLICE = 512
"""Queries taken together."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """What one signal says to each of many queries.

    Attributes:
        name: of the signal.
        kind: of signal.
        answers: for each query, its candidates and their raw values, and the scale of these.
    """

    name: str
    kind: str
    answers: Iterator[tuple[Scores, Scale]]


def rank(
    store: Store,
    queries: Sequence[tuple[str, Query]],
    encoders: Sequence[Encoder] = (),
    *,
    name: str = "picdesk",
    depth: int = 100,
    filters: Filters | None = None,
    words: bool = True,
    dual_softmax: DualSoftmax | None = None,
    one_to_one: bool = False,
    no_repeats: bool = False,
    duplicates: bool = True,
    settings: Settings | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Run:
    """The best photos of an archive for each of many queries, by their words and texts.

    The same signals as in `search` (BM25, the cosine to each encoder, the meaning of captions), joined in the same way,
    1,000 candidates a signal; a single signal orders by its own value. Equal scores are ordered by photo id.
    A name that several photos of one answer share is taken once, for the best of them.

    Args:
        store: the archive.
        queries: ids of articles, each once, and what is asked for them.
        encoders: loaded encoders of the archive; those without a text side are left out.
        name: of the run.
        depth: how many photos an article is given at most.
        filters: which photos may be in an answer.
        words: whether the word index is asked.
        dual_softmax: how each encoder's cosines are revised before they are joined with anything; BM25 is not, for its
            scale differs from query to query.
        one_to_one: every article's first photo is its own alone, so that the sum of the scores is the largest.
        no_repeats: no photo is given to two articles.
        duplicates: whether photos of one answer that show the same picture all stay; else the best of them alone does.
        settings: how signals are joined; without them, what was fitted to the archive, else the defaults.
        progress: called with the number of articles done so far.

    Raises:
        EncoderMismatch: an encoder that did not fill the archive.
        FilterError: a filter that makes no sense.
        InputError: no signal is left to ask, an article is there twice, or dual softmax without an encoder that reads.
    """
    articles = [article for article, _ in queries]
    if len(set(articles)) < len(articles):
        twice = next(article for number, article in enumerate(articles) if article in articles[:number])
        raise InputError(f"article {twice!r} is there twice", "Leave one of the two out.")
    where = filters.sql() if filters else None
    store.count(where)  # what is wrong with a filter is said before anything is encoded
    candidates = max(DEPTH, depth)
    sources = sources_of(
        store, [query for _, query in queries], encoders, where, candidates, words=words, dual=dual_softmax
    )
    answers = _joined(sources, settings or settings_of(store.folder))
    if not duplicates:
        # Where photos are given out, an article may get one from far below the depth; and names may be shared.
        kept = candidates if one_to_one or no_repeats else 2 * depth
        answers = fold_answers(answers, looks_of_archive(store), kept)
    return answers_as_run(
        name,
        articles,
        answers,
        _names(store),
        depth,
        candidates=candidates,
        assign=one_to_one,
        repeats=not no_repeats,
        progress=progress,
    )


def sources_of(
    store: Store,
    queries: Sequence[Query],
    encoders: Sequence[Encoder],
    where: str | None,
    depth: int,
    *,
    words: bool = True,
    dual: DualSoftmax | None = None,
) -> list[Source]:
    """The signals of many queries: words, every encoder that reads, and the meaning of captions where there are any.

    Raises:
        EncoderMismatch: an encoder that did not fill the archive.
        InputError: no signal is left to ask, or dual softmax without an encoder that reads.
    """
    readers = [encoder for encoder in encoders if encoder.has_texts]
    if dual and not readers:
        raise InputError(
            "dual softmax revises cosines, and there is no encoder with a text side",
            "Add the photos with one, or leave --dual-softmax out.",
        )
    sources = [_words(store, queries, where, depth)] if words else []
    sources += [_vectors(store, encoder, queries, where, depth, dual) for encoder in readers]
    if words:
        entry, rows = meaning_vectors(store, queries)
        if entry is not None:
            nearest = _nearest(store, entry, rows, where, depth, None)
            sources.append(Source(name=MEANING, kind=MEANING, answers=nearest))
    if not sources:
        raise InputError("there is no signal to rank by", "Give an encoder with a text side, or let the words count.")
    return sources


def _words(store: Store, queries: Sequence[Query], where: str | None, depth: int) -> Source:
    def ask(query: Query) -> tuple[Scores, Scale]:
        return search_words(store, query.words, where, depth, query.names, without=query.without), Scale()

    return Source(name="words", kind="words", answers=ahead(ask, queries, threads=_AT_ONCE, reach=_SLICE))


def _vectors(
    store: Store, encoder: Encoder, queries: Sequence[Query], where: str | None, depth: int, dual: DualSoftmax | None
) -> Source:
    entry = store.stored(StoredEncoder.of(encoder))
    rows = np.full((len(queries), encoder.dimension), np.nan, dtype=np.float32)
    asked = [number for number, query in enumerate(queries) if query.texts]
    for at in range(0, len(asked), _SLICE):
        numbers = asked[at : at + _SLICE]
        rows[numbers] = text_vectors(encoder, [queries[number] for number in numbers])
    return Source(name=entry.name, kind="vectors", answers=_nearest(store, entry, rows, where, depth, dual))


def _nearest(
    store: Store,
    entry: StoredEncoder,
    rows: NDArray[np.float32],
    where: str | None,
    depth: int,
    dual: DualSoftmax | None,
) -> Iterator[tuple[Scores, Scale]]:
    """The nearest photos of each query that has a vector; a row that is NaN has none."""
    there = np.asarray(np.isfinite(rows).all(axis=1))
    nearest = (
        dual_softmax_ranking(store, entry, rows[there], depth, where, dual)
        if dual
        else nearest_photos(store, entry, rows[there], depth, where)
    )
    means, deviations = spread(sample_vectors(store, entry), rows[there])
    asked = iter(range(int(there.sum())))
    for has_vector in there.tolist():
        if not has_vector:
            yield {}, Scale()
            continue
        number = next(asked)
        scores = nearest.of(number)
        cosines = Scale(least=-1.0, mean=float(means[number]), deviation=float(deviations[number]), dense=True)
        yield scores, _revised(cosines, scores, dual) if dual else cosines


def _revised(cosines: Scale, scores: Scores, dual: DualSoftmax) -> Scale:
    """The scale of cosines after dual softmax, which takes them times twice the temperature and moves them."""
    least = min(scores.values(), default=0.0)
    return Scale(least=least, mean=least, deviation=2 * dual.temperature * cosines.deviation, dense=True)


def _joined(sources: Sequence[Source], settings: Settings) -> Iterator[Scores]:
    """Each query's scores, its signals joined."""
    weights, join = settings.of(sources), fusion_named(settings.fusion)
    names = [source.name for source in sources]
    for said in zip(*(source.answers for source in sources), strict=True):
        if len(said) == 1:
            yield said[0][0]
            continue
        scores = {name: scores for name, (scores, _) in zip(names, said, strict=True)}
        yield join(scores, weights, {name: scale for name, (_, scale) in zip(names, said, strict=True)})


def _names(store: Store) -> dict[str, str]:
    names: dict[str, str] = {}
    for batch in store.rows(["id", "name"]):
        names |= zip(batch.column("id").to_pylist(), batch.column("name").to_pylist(), strict=True)
    return names
