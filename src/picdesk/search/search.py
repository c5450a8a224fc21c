"""From a query to a ranking: candidates by each signal, joined, with everything that was measured left visible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.records import Hit, Ranking
from picdesk.search.chosen import chosen_groups
from picdesk.search.confidence.of_search import with_confidence
from picdesk.search.explain.explained import with_reasons, with_warnings
from picdesk.search.explain.uses import with_uses
from picdesk.search.gather import gather
from picdesk.search.memory import Memory
from picdesk.search.settings import FILE, settings_of
from picdesk.search.sheet import as_table
from picdesk.search.shown import Shown
from picdesk.search.signals import signals_of
from picdesk.search.signals.vectors import how_found
from picdesk.search.words import matched_words, photos_saying, terms_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder
    from picdesk.records import Photo, Query
    from picdesk.search.filters import Filters
    from picdesk.search.gather import Gathered
    from picdesk.search.published import Published
    from picdesk.search.settings import Settings

DEPTH = 1000
"""Candidates a signal hands to the fusion, where more hits than that are not asked for."""


def search(
    store: Store,
    query: Query,
    encoders: Sequence[Encoder] = (),
    *,
    k: int = 10,
    filters: Filters | None = None,
    notes: Sequence[str] = (),
    settings: Settings | None = None,
    near: dt.date | None = None,
    published: Published | None = None,
    memory: Memory | None = None,
    shown: Shown | None = None,
    exact: bool = False,
    bank: bool = False,
) -> Ranking:
    """The ``k`` photos of an archive that fit a query best.

    Words (BM25) and every encoder that has the side the query needs are asked, the date and published articles where
    they are given; two signals or more are joined, a single one orders by its own value. Equal scores are ordered by
    id.

    Args:
        store: the archive.
        query: what is asked.
        encoders: loaded encoders of the archive.
        k: how many hits.
        filters: which photos may be in the answer.
        notes: what the reader should know already.
        settings: how signals are joined; without them, what was fitted to the archive, else the defaults.
        near: photos taken near this day are put higher.
        published: articles that have their photos already.
        memory: what is kept of the archive between searches.
        shown: duplicates, variety, reasons and the accepted risk; by default duplicates are joined, and no more.
        exact: compare every photo, whatever index there is.
        bank: weigh encoders' cosines beside the archive's past queries, as dual softmax does.

    Raises:
        ArchiveDamaged: the archive's calibration cannot be read.
        EncoderMismatch: an encoder that did not fill the archive.
        EncoderMissing: a query by image, and no encoder that can look at it.
        FilterError: a filter that makes no sense.
        InputError: an empty query, or settings that make no sense.
        MissingError: a risk is given, and there is no calibration for this search.
    """
    shown = shown or Shown()
    memory = (memory or Memory(store)).now()
    settings = settings or settings_of(store.folder)
    where = filters.sql(store.uses.photos_used) if filters else None
    searched = store.count(where)
    signals, more = signals_of(
        store,
        query,
        encoders,
        memory,
        settings=settings,
        near=near,
        published=published,
        where=where,
        exact=exact,
        bank=bank,
    )
    if not signals:
        raise InputError("there is nothing to search for", "Give a text, an article or --image FILE.")
    without = frozenset(query.like) | photos_saying(store, query.without)
    gathered = gather(signals, settings, where=where, depth=max(DEPTH, k), without=without)
    compared_all, how = how_found(signals)
    groups = chosen_groups(gathered, memory, k, duplicates=shown.duplicates, variety=shown.variety)
    hits = with_uses(store, with_warnings(query, _hits(store, query, gathered, groups)))
    if shown.explain:
        hits = with_reasons(store, query, encoders, gathered, memory, hits)
    sure = with_confidence(store, query, gathered, hits, reading=shown.reading, risk=shown.risk)
    if settings.fitted_on and gathered.weights:
        more.append(_fitted(settings, gathered))
    return Ranking(
        query=query,
        hits=sure.hits,
        exact=compared_all,
        fusion=gathered.fusion,
        weights=gathered.weights,
        searched=searched,
        notes=(*notes, *(step.note for step in query.steps if step.note), *more, *how, *sure.notes),
        fits_well=sure.fits_well,
        view=as_table,
    )


def _hits(store: Store, query: Query, gathered: Gathered, groups: Sequence[tuple[Photo, ...]]) -> list[Hit]:
    """Hits of the pictures given, in their order; the first photo of a group stands for it."""
    photos = [group[0] for group in groups]
    values = gathered.values([photo.id for photo in photos])
    matched = _matched(store, query, gathered, photos)
    return [
        Hit(
            rank=rank,
            photo=photo,
            score=gathered.scores[photo.id],
            signals={name: value[photo.id] for name, value in values.items()},
            matched=matched.get(photo.id, ()),
            siblings=tuple(siblings),
        )
        for rank, (photo, *siblings) in enumerate(groups, start=1)
    ]


def _matched(store: Store, query: Query, gathered: Gathered, photos: Sequence[Photo]) -> dict[str, tuple[str, ...]]:
    """Photo id -> the words of the query that it has."""
    named = gathered.said.get("words", {})
    there = [photo for photo in photos if photo.id in named]
    # An archive killed while it was made has no word index until the next `add`; BM25 then reads every row.
    if not there or not store.has_word_index():
        return {}
    written = terms_of(store, asked_words(query))
    return dict(zip((photo.id for photo in there), matched_words(store, written, there), strict=True))


def asked_words(query: Query) -> str:
    """All words that the word index is asked for."""
    return "\n".join([query.words, *(name.text for name in query.names)]).strip()


def _fitted(settings: Settings, gathered: Gathered) -> str:
    weights = ", ".join(f"{name} {weight:.3g}" for name, weight in gathered.weights.items())
    return f"joined by {settings.fusion} ({weights}), fitted on {settings.fitted_on:,} articles: {FILE}"
