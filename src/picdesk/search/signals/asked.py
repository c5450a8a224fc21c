"""All that a signal can be made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder
    from picdesk.records import Query
    from picdesk.search.memory import Memory
    from picdesk.search.published import Published
    from picdesk.search.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """What a search knows before it asks any signal.

    Attributes:
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
    """

    store: Store
    query: Query
    encoders: tuple[Encoder, ...]
    memory: Memory
    settings: Settings
    near: dt.date | None = None
    published: Published | None = None
    where: str | None = None
    exact: bool = False
    bank: bool = False
