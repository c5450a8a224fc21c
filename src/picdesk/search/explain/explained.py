"""Every hit of an answer is given its warnings and, where it is asked for, its reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from picdesk.search.chosen import photo_vectors
from picdesk.search.explain.contributions import contributions
from picdesk.search.explain.parts import speaking_parts
from picdesk.search.explain.reasons import reasons_of
from picdesk.search.explain.warnings import warnings_of
from picdesk.search.gather import SINGLE
from picdesk.search.signals.meaning import MeaningSignal, reader_of
from picdesk.search.signals.vectors import VectorSignal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder
    from picdesk.records import Hit, Query
    from picdesk.search.explain.parts import Part
    from picdesk.search.gather import Gathered
    from picdesk.search.memory import Memory


def with_warnings(query: Query, hits: Sequence[Hit]) -> list[Hit]:
    """The hits, each with what is to be looked at before it is used."""
    return [replace(hit, warnings=warnings_of(query, hit.photo)) for hit in hits]


def with_reasons(
    store: Store,
    query: Query,
    encoders: Sequence[Encoder],
    gathered: Gathered,
    memory: Memory,
    hits: Sequence[Hit],
) -> list[Hit]:
    """The hits, each with what speaks for it; texts without a part of them are encoded once for all hits.

    Args:
        store: the archive.
        query: what was asked.
        encoders: those that were asked.
        gathered: what was found.
        memory: what is kept of the archive.
        hits: of the answer.
    """
    ids = [hit.photo.id for hit in hits]
    parts: list[dict[str, Sequence[Part]]] = [{} for _ in hits]
    if hits:
        for signal, encoder, asked in _readers(store, query, encoders, gathered):
            found = speaking_parts(encoder, asked, photo_vectors(memory, signal, ids))
            for known, said in zip(parts, found, strict=True):
                known[signal.name] = said
    added = _added(gathered, ids)
    return [
        replace(hit, why=reasons_of(query, hit, adds, says)) for hit, adds, says in zip(hits, added, parts, strict=True)
    ]


def _added(gathered: Gathered, ids: Sequence[str]) -> list[dict[str, float]]:
    if gathered.fusion == SINGLE:
        return [{signal.name: 1.0 for signal in gathered.signals} for _ in ids]
    return contributions(gathered.fusion, gathered.said, gathered.weights, gathered.scales, ids)


def _readers(
    store: Store, query: Query, encoders: Sequence[Encoder], gathered: Gathered
) -> Iterator[tuple[VectorSignal, Encoder, Query]]:
    """The signals that read text, what reads for them, and the text alone."""
    by_fingerprint = {encoder.fingerprint: encoder for encoder in encoders if encoder.has_texts}
    texts = replace(query, image=None, like=(), without=())
    if not any(text.strip() for text in texts.texts):
        texts = replace(texts, texts=(query.words,) if query.words.strip() else (), weights=())
    for signal in gathered.signals:
        if not isinstance(signal, VectorSignal) or not texts.texts:
            continue
        if isinstance(signal, MeaningSignal):
            _, model, _ = reader_of(store)
            if model is not None:
                yield signal, model, texts
        elif signal.entry.fingerprint in by_fingerprint and query.texts:
            yield signal, by_fingerprint[signal.entry.fingerprint], texts
