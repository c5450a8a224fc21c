"""Which photos of everything that was found are shown: each picture once, and not the same scene ten times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.schema import PHOTO_COLUMNS, photo_of
from picdesk.search.duplicates import first_groups
from picdesk.search.fusion import in_order
from picdesk.search.memory import unit_rows
from picdesk.search.signals.vectors import VectorSignal
from picdesk.search.variety import likeness_of_photos, likeness_of_vectors, pool_of, vary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from picdesk.records import Photo
    from picdesk.search.gather import Gathered
    from picdesk.search.memory import Memory

    Group = tuple[Photo, ...]


def chosen_groups(
    gathered: Gathered, memory: Memory, k: int, *, duplicates: bool = False, variety: float = 0.0
) -> list[Group]:
    """The first ``k`` pictures of an answer, each with its siblings.

    Args:
        gathered: what was found.
        memory: what is kept of the archive.
        k: how many.
        duplicates: whether photos of one picture are shown apart.
        variety: 0 to 1, see `picdesk.search.variety`.

    Raises:
        InputError: a variety that makes no sense.
    """

    def photos_of(ids: Sequence[str]) -> dict[str, Photo]:
        return {photo: photo_of(row) for photo, row in memory.by_ids(ids, PHOTO_COLUMNS).items()}

    count = pool_of(k) if variety else k
    groups = first_groups(in_order(gathered.scores), count, photos_of, fold=not duplicates)
    if not variety:
        return groups
    first = [group[0] for group in groups]
    scores = [gathered.scores[photo.id] for photo in first]
    return [groups[place] for place in vary(scores, _likeness(gathered, memory, first), variety, k)]


def _likeness(gathered: Gathered, memory: Memory, photos: Sequence[Photo]) -> NDArray[np.float64]:
    """By the encoders that were asked, on average; by words and hashes where there was none."""
    ids = [photo.id for photo in photos]
    seen = [
        likeness_of_vectors(photo_vectors(memory, signal, ids))
        for signal in gathered.signals
        if isinstance(signal, VectorSignal) and signal.kind == "vectors"
    ]
    return np.mean(seen, axis=0) if seen else likeness_of_photos(photos)


def photo_vectors(memory: Memory, signal: VectorSignal, ids: Sequence[str]) -> NDArray[np.float32]:
    """The vectors ``(n, d)`` of photos that a signal compares, unit rows; NaN for a photo without one."""
    kept, vectors = memory.kept, memory.vectors(signal.entry)
    if kept is not None and vectors is not None and all(photo in kept.rows for photo in ids):
        return vectors[[kept.rows[photo] for photo in ids]]
    rows = memory.by_ids(ids, ["id", signal.entry.column]) if ids else {}
    found = np.full((len(ids), signal.entry.dimension), np.nan, dtype=np.float32)
    for place, photo in enumerate(ids):
        stored = rows[photo][signal.entry.column] if photo in rows else None
        if stored is not None:
            found[place] = stored
    return unit_rows(found)
