"""From a query to a ranking: candidates by each signal, joined, with everything that was measured left visible."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from picdesk.archive.schema import PHOTO_COLUMNS, StoredEncoder, photo_of
from picdesk.articles.fit import fit_query, tokens_read
from picdesk.errors import EncoderMissing, InputError
from picdesk.records import Hit, Query, Ranking
from picdesk.search.fuse import in_order, reciprocal_rank_fusion
from picdesk.search.sheet import as_table
from picdesk.search.vectors import cosine, query_vector, search_vectors
from picdesk.search.words import matched_words, search_words, terms_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder
    from picdesk.encoders.long_text import Fitted
    from picdesk.search.filters import Filters

DEPTH = 1000
"""Candidates a signal hands to the fusion, where more hits than that are not asked for."""


@dataclass(frozen=True, slots=True)
class _VectorSignal:
    entry: StoredEncoder
    vector: NDArray[np.float32]


def search(
    store: Store,
    query: Query,
    encoders: Sequence[Encoder] = (),
    *,
    k: int = 10,
    filters: Filters | None = None,
    notes: Sequence[str] = (),
) -> Ranking:
    """The ``k`` photos of an archive that fit a query best.

    Words (BM25) and every encoder that has the side the query needs are asked; two signals or more are joined by
    reciprocal rank fusion, a single one orders by its own value. Equal scores are ordered by id.

    Args:
        store: the archive.
        query: what is asked.
        encoders: loaded encoders of the archive.
        k: how many hits.
        filters: which photos may be in the answer.
        notes: what the reader should know already.

    Raises:
        EncoderMismatch: an encoder that did not fill the archive.
        EncoderMissing: a query by image, and no encoder that can look at it.
        FilterError: a filter that makes no sense.
        InputError: an empty query.
    """
    where = filters.sql() if filters else None
    searched = store.count(where)
    depth = max(DEPTH, k)
    asked_words = "\n".join([query.words, *(name.text for name in query.names)])
    signals, more = _vector_signals(store, query, encoders, where)
    words = search_words(store, query.words, where, depth, query.names) if asked_words.strip() else None
    rankings = [] if words is None else [in_order(words)]
    rankings += [search_vectors(store, signal.entry, signal.vector, where, depth) for signal in signals]
    if not rankings:
        raise InputError("there is nothing to search for", "Give a text, an article or --image FILE.")
    fused = reciprocal_rank_fusion(rankings)
    chosen = in_order(fused)[:k]
    rows = store.by_ids(chosen, [*PHOTO_COLUMNS, *(signal.entry.column for signal in signals)])
    # An archive killed while it was made has no word index until the next `add`; BM25 then reads every row.
    written = terms_of(store, asked_words) if words and store.has_word_index() else {}
    hits = [_hit(store, rows[photo], fused[photo], words, written, signals) for photo in chosen if photo in rows]
    if len(rankings) == 1:
        hits = _by_raw_signal(hits)
    return Ranking(
        query=query,
        hits=tuple(_ranked(hits)),
        exact=True,
        fusion="rrf" if len(rankings) > 1 else "none",
        searched=searched,
        notes=(*notes, *(step.note for step in query.steps if step.note), *more),
        view=as_table,
    )


def _vector_signals(
    store: Store, query: Query, encoders: Sequence[Encoder], where: str | None
) -> tuple[list[_VectorSignal], list[str]]:
    """The encoders that can be asked, their query vectors, and what the reader should know."""
    notes: list[str] = []
    entries = {encoder.fingerprint: store.stored(StoredEncoder.of(encoder)) for encoder in encoders}
    able = [
        encoder
        for encoder in encoders
        if (query.texts and encoder.has_texts) or (query.image is not None and encoder.has_images)
    ]
    if query.image is not None and not any(encoder.has_images for encoder in able):
        raise EncoderMissing(
            "no encoder of this archive can look at a picture",
            "Add the photos with one: picdesk add ... --encoder NAME",
        )
    if query.texts and not any(encoder.has_texts for encoder in able):
        notes.append("no encoder with a text side in this archive: searched words only")
    signals = []
    for encoder in able:
        entry = entries[encoder.fingerprint]
        fitted = fit_query(query, encoder) if query.texts and encoder.has_texts else []
        signals.append(_VectorSignal(entry, query_vector(encoder, query, fitted)))
        notes += _cut_texts(encoder, fitted)
        lacking = store.count(f"{entry.column} IS NULL" + (f" AND ({where})" if where else ""))
        if lacking:
            instead = "could be found by words alone" if query.words.strip() else "were not compared"
            notes.append(f"{lacking:,} photos have no vector of '{encoder.name}' and {instead}")
    return signals, notes


def _cut_texts(encoder: Encoder, fitted: Sequence[Fitted]) -> list[str]:
    """What is to be said of the longest text that was cut."""
    cut = max((text for text in fitted if text.cut), key=lambda text: text.tokens, default=None)
    if cut is None:
        return []
    return [f"'{encoder.name}' read the first {tokens_read(cut, encoder)} of {cut.tokens} tokens"]


def _hit(
    store: Store,
    row: dict[str, Any],
    score: float,
    words: Mapping[str, float] | None,
    written: Mapping[str, str],
    signals: Sequence[_VectorSignal],
) -> Hit:
    photo = photo_of(row)
    values: dict[str, float | None] = {} if words is None else {"words": words.get(photo.id)}
    values |= {signal.entry.name: cosine(signal.vector, row, signal.entry) for signal in signals}
    matched = matched_words(store, written, photo) if written and words and photo.id in words else ()
    return Hit(rank=0, photo=photo, score=score, signals=values, matched=matched)


def _by_raw_signal(hits: Sequence[Hit]) -> list[Hit]:
    """Where one signal was asked, its own value is the score."""
    return [replace(hit, score=next(iter(hit.signals.values())) or 0.0) for hit in hits]


def _ranked(hits: Sequence[Hit]) -> list[Hit]:
    ordered = sorted(hits, key=lambda hit: (-hit.score, hit.photo.id))
    return [replace(hit, rank=rank) for rank, hit in enumerate(ordered, start=1)]
