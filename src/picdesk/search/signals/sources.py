"""Which signals a search asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.archive.schema import StoredEncoder
from picdesk.articles.fit import fit_query, tokens_read
from picdesk.errors import EncoderMissing
from picdesk.search.signals.banked import BankedSignal
from picdesk.search.signals.date import DateSignal
from picdesk.search.signals.meaning import meaning_signal
from picdesk.search.signals.two_hop import TwoHopSignal
from picdesk.search.signals.vectors import VectorSignal
from picdesk.search.signals.words import WordSignal
from picdesk.search.vectors import query_vector, vectors_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from picdesk.encoders import Encoder
    from picdesk.encoders.long_text import Fitted
    from picdesk.search.signals.asked import Asked
    from picdesk.search.signals.protocol import Signal

    Source = Callable[[Asked], tuple[Sequence[Signal], Sequence[str]]]


def words_asked(asked: Asked) -> tuple[Sequence[Signal], Sequence[str]]:
    """The word signal, where the query has words."""
    query = asked.query
    if not (query.words.strip() or query.names):
        return [], []
    return [WordSignal(asked.store, query, asked.memory)], []


def vectors_asked(asked: Asked) -> tuple[Sequence[Signal], Sequence[str]]:
    """One signal for each encoder that has the side the query needs, and what the reader should know.

    Raises:
        EncoderMismatch: an encoder that did not fill the archive.
        EncoderMissing: a query by image, and no encoder that can look at it.
    """
    store, query = asked.store, asked.query
    notes: list[str] = []
    entries = {encoder.fingerprint: store.stored(StoredEncoder.of(encoder)) for encoder in asked.encoders}
    able = [encoder for encoder in asked.encoders if _can(encoder, asked)]
    if (query.image is not None and not any(encoder.has_images for encoder in able)) or (query.like and not able):
        raise EncoderMissing(
            "no encoder of this archive can look at a picture",
            "Add the photos with one: picdesk add ... --encoder NAME",
        )
    if query.texts and not any(encoder.has_texts for encoder in able):
        notes.append("no encoder with a text side in this archive: searched what is said about the photos alone")
    signals: list[Signal] = []
    for encoder in able:
        entry = entries[encoder.fingerprint]
        fitted = fit_query(query, encoder) if query.texts and encoder.has_texts else []
        like = vectors_of(asked.memory, entry, query.like)
        vector = query_vector(encoder, query, fitted, like)
        signal = (BankedSignal if asked.bank else VectorSignal)(store, entry, vector, asked.memory, exact=asked.exact)
        signals.append(signal)
        if isinstance(signal, BankedSignal):
            notes.append(_about_bank(signal))
        notes += asked.memory.about_index(entry)
        notes += _cut_texts(encoder, fitted)
        lacking = asked.memory.lacking(entry, asked.where)
        if lacking:
            instead = "could be found by words alone" if query.words.strip() else "were not compared"
            notes.append(f"{lacking:,} photos have no vector of '{encoder.name}' and {instead}")
    return signals, notes


def date_asked(asked: Asked) -> tuple[Sequence[Signal], Sequence[str]]:
    """The date signal, where a day is given or the date has a weight that was set."""
    day = asked.near or (asked.query.date if asked.settings.weights.get("date") else None)
    return ([] if day is None else [DateSignal(day, asked.memory, asked.settings.half_life)]), []


def two_hop_asked(asked: Asked) -> tuple[Sequence[Signal], Sequence[str]]:
    """The two-hop signal, where published articles are given."""
    return ([] if asked.published is None else [TwoHopSignal(asked.store, asked.query, asked.published)]), []


def meaning_asked(asked: Asked) -> tuple[Sequence[Signal], Sequence[str]]:
    """The meaning of captions, where there are any and the query has text."""
    signal, notes = meaning_signal(asked.store, asked.query, asked.memory, exact=asked.exact)
    return ([] if signal is None else [signal]), notes


SOURCES: Sequence[Source] = (words_asked, vectors_asked, meaning_asked, date_asked, two_hop_asked)
"""Asked in this order, which is the order that an answer shows its signals in."""


def _can(encoder: Encoder, asked: Asked) -> bool:
    query = asked.query
    sees = query.image is not None and encoder.has_images
    return bool((query.texts and encoder.has_texts) or sees or query.like)


def _about_bank(signal: BankedSignal) -> str:
    if not signal.past:
        return f"no past queries of '{signal.name}' are kept yet; keep some: picdesk rank ARCHIVE ARTICLES --keep-bank"
    return (
        f"'{signal.name}' was weighed beside {signal.past:,} past queries, at a temperature of {signal.temperature:.3g}"
    )


def _cut_texts(encoder: Encoder, fitted: Sequence[Fitted]) -> list[str]:
    """What is to be said of the longest text that was cut."""
    cut = max((text for text in fitted if text.cut), key=lambda text: text.tokens, default=None)
    if cut is None:
        return []
    return [f"'{encoder.name}' read the first {tokens_read(cut, encoder)} of {cut.tokens} tokens"]
