"""What the signals say to many queries at once, which is much quicker than one query after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.schema import StoredEncoder
from picdesk.errors import InputError
from picdesk.photos.ahead import ahead
from picdesk.search.bank import QueryBank
from picdesk.search.dual_softmax import dual_softmax_ranking
from picdesk.search.exact import nearest_photos
from picdesk.search.fusion import Scale, in_order
from picdesk.search.memory import Memory
from picdesk.search.signals.date import DateSignal
from picdesk.search.signals.meaning import NAME as MEANING
from picdesk.search.signals.meaning import meaning_vectors
from picdesk.search.signals.spread import sample_vectors, spread
from picdesk.search.signals.two_hop import TwoHopSignal, photos_of_similar
from picdesk.search.vectors import text_vectors
from picdesk.search.words import search_words, terms_of_each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder
    from picdesk.records import Query
    from picdesk.search.dual_softmax import DualSoftmax
    from picdesk.search.published import Published
    from picdesk.search.shards import Shards

    Scores = dict[str, float]
    Compared = Callable[[int, int], None]

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
        answers: for each query, its candidates and their raw values, and the scale of these; ``None`` for a query that
            the signal is not asked for.
    """

    name: str
    kind: str
    answers: Iterator[tuple[Scores, Scale] | None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weigher(Source):
    """A signal that names no candidates of its own, but weighs those of the others.

    Attributes:
        answers: nothing.
        weigh: given the number of a query and its candidates by the others, their values and the scale of these.
    """

    weigh: Callable[[int, Sequence[str]], tuple[Scores, Scale] | None]


def answers_of(sources: Sequence[Source]) -> Iterator[dict[str, tuple[Scores, Scale]]]:
    """For each query, name of each signal that was asked for it -> its candidates and their raw values, and the scale.

    Args:
        sources: the signals, one of them at least no weigher.
    """
    naming = [source for source in sources if not isinstance(source, Weigher)]
    for number, named in enumerate(zip(*(source.answers for source in naming), strict=True)):
        said = {source.name: answer for source, answer in zip(naming, named, strict=True) if answer is not None}
        everyone = list(dict.fromkeys(photo for scores, _ in said.values() for photo in scores))
        for source in sources:
            if isinstance(source, Weigher) and (answer := source.weigh(number, everyone)) is not None:
                said[source.name] = answer
        yield said


def sources_of(
    store: Store,
    queries: Sequence[Query],
    encoders: Sequence[Encoder],
    where: str | None,
    depth: int,
    *,
    words: bool = True,
    dual: DualSoftmax | None = None,
    keep: bool = False,
    near: bool = False,
    half_life: float,
    published: Published | None = None,
    device: str | None = None,
    shards: Shards | None = None,
    compared: Compared = lambda _, __: None,
) -> list[Source]:
    """The signals of many queries: words, encoders, the meaning of captions, and those that are asked for besides.

    Args:
        store: the archive.
        queries: what is asked.
        encoders: loaded encoders of the archive; those without a text side are left out.
        where: SQL over the archive's columns.
        depth: candidates of a signal.
        words: whether the word index and the captions are asked.
        dual: how each encoder's cosines are revised.
        keep: whether the queries are kept in the archive's bank of each encoder.
        near: whether photos taken near the day of a query are put higher.
        half_life: of that, in days.
        published: articles that have their photos already.
        device: where vectors are compared, as for `nearest_photos`.
        shards: workers who compare them in parts.
        compared: called with the number of photos compared so far, by all encoders, and of how many.

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
    captions, rows = meaning_vectors(store, queries) if words else (None, np.empty((0, 0), dtype=np.float32))
    counts = _Counts(store.count(where), len(readers) + (captions is not None), compared)
    sources = [_words(store, queries, where, depth)] if words else []
    for encoder in readers:
        entry, asked = store.stored(StoredEncoder.of(encoder)), _query_rows(encoder, queries)
        if keep:
            QueryBank(store, entry).keep(asked[np.isfinite(asked).all(axis=1)])
        nearest = _nearest(store, entry, asked, where, depth, dual, device, shards, counts)
        sources.append(Source(name=entry.name, kind="vectors", answers=nearest))
    if captions is not None:
        nearest = _nearest(store, captions, rows, where, depth, None, device, shards, counts)
        sources.append(Source(name=MEANING, kind=MEANING, answers=nearest))
    if published is not None:
        sources.append(_two_hop(store, queries, where, depth, published))
    if not sources:
        raise InputError("there is no signal to rank by", "Give an encoder with a text side, or let the words count.")
    if near:
        sources.append(_date(store, queries, half_life))
    return sources


class _Counts:
    """Photos compared, by one encoder after the other."""

    def __init__(self, photos: int, encoders: int, say: Compared) -> None:
        self._photos, self._total, self._say = photos, photos * encoders, say
        self._done = 0

    def begun(self) -> Callable[[int], None]:
        """What the next encoder tells how many photos it has compared."""
        before = self._done
        self._done += self._photos
        return lambda done: self._say(before + done, self._total)


def _words(store: Store, queries: Sequence[Query], where: str | None, depth: int) -> Source:
    def ask(query: Query) -> tuple[Scores, Scale]:
        return search_words(store, query.words, where, depth, query.names, without=query.without), Scale()

    return Source(name="words", kind="words", answers=ahead(ask, queries, threads=_AT_ONCE, reach=_SLICE))


def _query_rows(encoder: Encoder, queries: Sequence[Query]) -> NDArray[np.float32]:
    """Unit rows ``(n, d)`` of queries; NaN for one without a text."""
    rows = np.full((len(queries), encoder.dimension), np.nan, dtype=np.float32)
    asked = [number for number, query in enumerate(queries) if query.texts]
    for at in range(0, len(asked), _SLICE):
        numbers = asked[at : at + _SLICE]
        rows[numbers] = text_vectors(encoder, [queries[number] for number in numbers])
    return rows


def _nearest(
    store: Store,
    entry: StoredEncoder,
    rows: NDArray[np.float32],
    where: str | None,
    depth: int,
    dual: DualSoftmax | None,
    device: str | None,
    shards: Shards | None,
    counts: _Counts,
) -> Iterator[tuple[Scores, Scale]]:
    """The nearest photos of each query that has a vector; a row that is NaN has none."""
    there = np.asarray(np.isfinite(rows).all(axis=1))
    progress = counts.begun()
    nearest = (
        dual_softmax_ranking(
            store, entry, rows[there], depth, where, dual, device=device, shards=shards, progress=progress
        )
        if dual
        else nearest_photos(store, entry, rows[there], depth, where, device=device, shards=shards, progress=progress)
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


def _two_hop(store: Store, queries: Sequence[Query], where: str | None, depth: int, published: Published) -> Source:
    def answers() -> Iterator[tuple[Scores, Scale]]:
        left = None
        if where is not None:
            left = {photo for batch in store.rows(["id"], where) for photo in batch.column("id").to_pylist()}
        for at in range(0, len(queries), _SLICE):
            part = queries[at : at + _SLICE]
            for query, terms in zip(part, terms_of_each(store, [query.words for query in part]), strict=True):
                found = photos_of_similar(published, query, terms)
                kept = found if left is None else {photo: value for photo, value in found.items() if photo in left}
                yield {photo: kept[photo] for photo in in_order(kept)[:depth]}, Scale()

    return Source(name=TwoHopSignal.name, kind=TwoHopSignal.kind, answers=answers())


def _date(store: Store, queries: Sequence[Query], half_life: float) -> Weigher:
    memory = Memory(store)
    memory.refresh()  # twice: it reads what it keeps when nothing has changed since the first look
    memory.refresh()

    def weigh(number: int, photos: Sequence[str]) -> tuple[Scores, Scale] | None:
        day = queries[number].date
        if day is None:
            return None
        signal = DateSignal(day, memory, half_life)
        said = signal.values(photos)
        return {photo: value for photo, value in said.items() if value is not None}, signal.scale()

    return Weigher(name=DateSignal.name, kind=DateSignal.kind, answers=iter(()), weigh=weigh)
