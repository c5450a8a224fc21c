"""Calibrate an archive: search it for articles whose photos are known, and keep what was learned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from picdesk.photos.ahead import ahead
from picdesk.search.chosen import chosen_groups
from picdesk.search.confidence.calibrate import HITS, Looked, fit_calibration, gather_examples
from picdesk.search.confidence.choose import FOLDS
from picdesk.search.confidence.of_search import evidence_of, fitted_for
from picdesk.search.gather import gather
from picdesk.search.memory import Memory
from picdesk.search.settings import settings_of
from picdesk.search.signals import signals_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np

    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder
    from picdesk.records import Query
    from picdesk.search.confidence.calibration import Calibration, FittedFor
    from picdesk.search.confidence.choose import Examples
    from picdesk.search.confidence.labels import Labels

DEPTH = 1000
"""Candidates of a signal, as in `picdesk.search.search`."""

_AT_ONCE, _REACH = 4, 64
"""Searches under way, and those that are begun before anybody has learned from them."""


def calibrate_archive(
    store: Store,
    queries: Sequence[tuple[str, Query]],
    encoders: Sequence[Encoder],
    labels: Labels,
    generator: np.random.Generator,
    *,
    reading: str = "",
    folds: int = FOLDS,
    progress: Callable[[int], None] = lambda _: None,
) -> Calibration:
    """Fit a calibration to an archive.

    Args:
        store: the archive.
        queries: ids of articles, and what is asked for them.
        encoders: loaded encoders of the archive.
        labels: which photos are known to fit.
        generator: deals articles out to folds.
        reading: how articles became queries.
        folds: of the cross-validation.
        progress: called with the number of articles searched so far.

    Raises:
        InputError: nothing is known of the photos found, too little to learn from, or no signal to ask.
    """
    examples, searched_by = examples_of(store, queries, encoders, labels, progress=progress)
    return fit_calibration(examples, replace(searched_by, reading=reading), labels.source, generator, folds)


def examples_of(
    store: Store,
    queries: Sequence[tuple[str, Query]],
    encoders: Sequence[Encoder],
    labels: Labels,
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[Examples, FittedFor]:
    """What searches of an archive say of photos of which it is known whether they fit, and how was searched.

    An article for which another set of signals speaks than for most (no words, no text) is left out.

    Raises:
        InputError: nothing is known of the photos found, or there is nothing to search for.
    """
    return gather_examples(_searches(store, queries, encoders), labels, progress)


def _searches(
    store: Store, queries: Sequence[tuple[str, Query]], encoders: Sequence[Encoder]
) -> Iterator[tuple[str, Looked | None]]:
    settings, memory = settings_of(store.folder), Memory(store)
    memory.refresh()  # twice: it reads what it keeps when nothing has changed since the first look
    memory.refresh()

    def looked(query: Query) -> Looked | None:
        signals, _ = signals_of(store, query, encoders, memory, settings=settings)
        if not signals:
            return None
        gathered = gather(signals, settings, depth=DEPTH)
        hits = chosen_groups(gathered, memory, HITS)
        return Looked(evidence_of(query, gathered), hits, gathered.values, fitted_for(gathered))

    found = ahead(looked, (query for _, query in queries), threads=_AT_ONCE, reach=_REACH)
    yield from zip((article for article, _ in queries), found, strict=True)
