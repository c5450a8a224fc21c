"""Signals: each one opinion on how well photos fit a query. A new one is one new file and one line of ``SOURCES``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.search.signals.asked import Asked
from picdesk.search.signals.sources import SOURCES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder
    from picdesk.records import Query
    from picdesk.search.memory import Memory
    from picdesk.search.published import Published
    from picdesk.search.settings import Settings
    from picdesk.search.signals.protocol import Signal

__all__ = ["SOURCES", "Asked", "signals_of"]


def signals_of(
    store: Store,
    query: Query,
    encoders: Sequence[Encoder],
    memory: Memory,
    *,
    settings: Settings,
    near: dt.date | None = None,
    published: Published | None = None,
    where: str | None = None,
    exact: bool = False,
    bank: bool = False,
) -> tuple[list[Signal], list[str]]:
    """The signals that have something to say to a query, and what the reader of the answer should know.

    Args:
        store: the archive.
        query: what is asked.
        encoders: loaded encoders of the archive.
        memory: what is kept of the archive.
        settings: weights, and the half-life of the date.
        near: the day that photos shall be near to.
        published: articles that have their photos already.
        where: SQL over the archive's columns.
        exact: whether every photo is compared, whatever index there is.
        bank: whether encoders' cosines are weighed beside the archive's past queries.

    Raises:
        EncoderMismatch: an encoder that did not fill the archive.
        EncoderMissing: a query by image, and no encoder that can look at it.
    """
    asked = Asked(
        store=store,
        query=query,
        encoders=tuple(encoders),
        memory=memory,
        settings=settings,
        near=near,
        published=published,
        where=where,
        exact=exact,
        bank=bank,
    )
    signals: list[Signal] = []
    notes: list[str] = []
    for source in SOURCES:
        found, more = source(asked)
        signals += found
        notes += more
    return signals, notes
