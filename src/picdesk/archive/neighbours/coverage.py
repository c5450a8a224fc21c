"""Which photos of an archive an index knows, as the archive is now: those that moved, left or came since are found.

An address says it all where nothing moved: rows behind known addresses are known, others came later, and what is no
longer there was taken out. Compacting moves rows: these are known again by their id and the bits of their vector. The
first, the middle and the last row of a fragment are compared likewise when the index is opened, so that an archive
restored from an older copy, which gives its addresses anew, is not taken for the one that was indexed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.neighbours.addresses import NOWHERE, addresses_where, id_texts, prefixes, vectors_at
from picdesk.archive.neighbours.measure import bitmap_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.archive.neighbours.addresses import Addresses
    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

MOST_FRESH = 200_000
"""Photos newer than the index that are compared one by one beside it; with more, the index is not used."""

MOST_CHECKED = 100
"""Fragments whose rows are compared when an index is opened: the newest, and as many others."""

TRIES = 5


@dataclass(frozen=True, slots=True, eq=False)
class Fresh:
    """Photos that are not in the index.

    Attributes:
        addresses: ``(f,)``, rising.
        ids: of them.
        halves: ``(f, d)`` float16.
    """

    addresses: Addresses
    ids: tuple[str, ...]
    halves: NDArray[np.float16]

    def __len__(self) -> int:
        return len(self.addresses)


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """What an index knows of an archive at one version.

    Attributes:
        version: of the table of photos; -1 before the first look.
        placed: ``(n,)`` the address of each row of the index; `NOWHERE` for a photo that is not there any more.
        by_address: the same, rising.
        order: ``(n,)`` the rows of these; ``None`` where rows lie in the order of their addresses.
        gone: rows whose photo is not there any more.
        silent: ``(m,)`` addresses of photos without a vector, rising.
        fresh: photos that the index does not have; ``None`` where they are more than `MOST_FRESH`.
        highest: the highest address that was met.
        count: photos in the archive.
        allowed: a bit a row: whether its photo is there; ``None`` where all are.
    """

    version: int
    placed: Addresses
    by_address: Addresses
    order: NDArray[np.int32] | NDArray[np.int64] | None
    gone: int
    silent: Addresses
    fresh: Fresh | None
    highest: int
    count: int
    allowed: NDArray[np.uint8] | None = None

    def rows_at(self, addresses: Addresses) -> NDArray[np.int64]:
        """The row behind each address; -1 where it is no row of the index."""
        if not len(self.by_address):
            return np.full(len(addresses), -1, dtype=np.int64)
        found = np.minimum(np.searchsorted(self.by_address, addresses), len(self.by_address) - 1)
        rows = found if self.order is None else self.order[found]
        return np.where(self.by_address[found] == addresses, rows, -1)


def as_written(placed: Addresses, silent: Addresses, dimension: int) -> Coverage:
    """What an index knew when it was written."""
    here = placed != NOWHERE
    highest = max(int(part.max(where=where, initial=0)) for part, where in ((placed, here), (silent, True)))
    count = int(np.count_nonzero(here)) + len(silent)
    return _coverage(
        Coverage(
            version=-1,
            placed=placed,
            by_address=placed,
            order=None,
            gone=0,
            silent=np.sort(silent),
            fresh=_none(dimension),
            highest=highest if count else -1,
            count=count,
        )
    )


def covered_now(
    store: Store, entry: StoredEncoder, last: Coverage, ids: NDArray[np.uint8], halves: NDArray[np.float16]
) -> Coverage:
    """The same for the archive as it is now; the archive is read once where nothing was taken out or moved.

    Args:
        store: the archive.
        entry: the encoder.
        last: what was known before.
        ids: ``(n, 32)`` of the index's rows.
        halves: ``(n, d)`` of the index's rows.
    """
    if last.version < 0:
        last = _without_strangers(store, entry, last, ids, halves)
    for _ in range(TRIES):
        version, count = int(store.photos.version), store.count()
        if last.fresh is not None:
            came = addresses_where(store, f"_rowid > {last.highest}") if last.highest >= 0 else addresses_where(store)
            if count != last.count + len(came):
                found = _anew(store, entry, last, ids, halves)
            else:
                found = _with_fresh(store, entry, last, came)
        else:
            found = _anew(store, entry, last, ids, halves)
        if int(store.photos.version) == version:
            break
    return replace(found, version=version)


def _without_strangers(
    store: Store, entry: StoredEncoder, last: Coverage, ids: NDArray[np.uint8], halves: NDArray[np.float16]
) -> Coverage:
    """Addresses in fragments that hold other rows than the index has there are forgotten."""
    rows = _to_check(last)
    there = last.rows_at(last.placed[rows])
    checked = dict(zip(last.placed[rows].tolist(), there.tolist(), strict=True))
    strange = set()
    for addresses, names, vectors, usable in vectors_at(store, entry, last.placed[rows]):
        at = np.array([checked[address] for address in addresses.tolist()], dtype=np.int64)
        same = usable & (ids[at] == names).all(axis=1) & same_bits(halves[at], vectors)
        strange |= set((addresses[~same] >> np.uint64(32)).tolist())
    for addresses, _, _, usable in vectors_at(store, entry, last.silent[_ends(last.silent)]):
        strange |= set((addresses[usable] >> np.uint64(32)).tolist())
    if not strange:
        return last
    foreign = np.array(sorted(strange), dtype=np.uint64)
    placed = np.where(np.isin(last.placed >> np.uint64(32), foreign), NOWHERE, last.placed)
    silent = last.silent[~np.isin(last.silent >> np.uint64(32), foreign)]
    # Counted as never met, so that all is looked at anew.
    return _coverage(replace(last, placed=placed, silent=silent, highest=-1, count=-1))


def _to_check(last: Coverage) -> NDArray[np.int64]:
    """The first, the middle and the last row of each fragment."""
    there = len(last.placed) - last.gone  # those that are nowhere come last by address
    ends = _ends(last.by_address[:there])
    return ends if last.order is None else last.order[ends].astype(np.int64)


def _ends(addresses: Addresses) -> NDArray[np.int64]:
    """Places of the first, middle and last address of each fragment; ``addresses`` rise."""
    starts = _starts(addresses)
    ends = np.append(starts, len(addresses))[1:]
    if len(starts) > 2 * MOST_CHECKED:
        spread = np.linspace(0, len(starts) - 1, MOST_CHECKED).astype(np.int64)
        chosen = np.unique(np.concatenate([spread, np.arange(len(starts) - MOST_CHECKED, len(starts))]))
        starts, ends = starts[chosen], ends[chosen]
    return np.unique(np.concatenate([starts, (starts + ends) // 2, ends - 1])).astype(np.int64)


def _starts(addresses: Addresses) -> NDArray[np.int64]:
    """Where each fragment begins; found by halving, for an array as long as the archive would stay in memory."""
    starts, place = [], 0
    while place < len(addresses):
        starts.append(place)
        after = (int(addresses[place]) >> 32) + 1 << 32
        place = int(np.searchsorted(addresses, np.uint64(after))) if after < 2**64 else len(addresses)
    return np.array(starts, dtype=np.int64)


def _anew(
    store: Store, entry: StoredEncoder, last: Coverage, ids: NDArray[np.uint8], halves: NDArray[np.float16]
) -> Coverage:
    """Every address of the archive is looked at."""
    now = addresses_where(store)
    placed = np.where(_among(last.placed, now), last.placed, NOWHERE)
    silent = last.silent[_among(last.silent, now)]
    fresh = last.fresh or _none(entry.dimension)
    kept = _among(fresh.addresses, now)
    known = np.concatenate([placed[placed != NOWHERE], silent, fresh.addresses[kept]])
    unknown = np.setdiff1d(now, known, assume_unique=True)
    unplaced = np.flatnonzero(placed == NOWHERE)
    found = replace(
        last,
        placed=placed,
        silent=silent,
        fresh=Fresh(
            fresh.addresses[kept],
            tuple(photo for photo, stays in zip(fresh.ids, kept.tolist(), strict=True) if stays),
            fresh.halves[kept],
        ),
        highest=int(now[-1]) if len(now) else -1,
        count=len(now),
    )
    if len(unknown) > len(unplaced) + MOST_FRESH:
        return _coverage(replace(found, fresh=None))
    return _settled(store, entry, found, unknown, unplaced, ids, halves)


def _settled(
    store: Store,
    entry: StoredEncoder,
    found: Coverage,
    unknown: Addresses,
    unplaced: NDArray[np.int64],
    ids: NDArray[np.uint8],
    halves: NDArray[np.float16],
) -> Coverage:
    """Rows at unknown addresses are rows of the index that moved, or photos that it does not have."""
    by_id = prefixes(ids[unplaced])
    order = np.argsort(by_id, kind="stable")
    by_id, rows = by_id[order], unplaced[order]
    placed = np.array(found.placed)
    came: list[Addresses] = []
    silent = [found.silent]
    for addresses, names, vectors, usable in vectors_at(store, entry, unknown):
        same = np.zeros(len(addresses), dtype=bool)
        if len(rows):
            at = rows[np.minimum(np.searchsorted(by_id, prefixes(names)), len(rows) - 1)]
            same = usable & (ids[at] == names).all(axis=1) & same_bits(halves[at], vectors)
            matches = np.flatnonzero(same & (placed[at] == NOWHERE))
            _, firsts = np.unique(at[matches], return_index=True)
            same[:] = False
            same[matches[firsts]] = True  # an id that is there twice is placed once
            placed[at[same]] = addresses[same]
        silent.append(addresses[~usable])
        came.append(addresses[usable & ~same])
        if sum(map(len, came)) > MOST_FRESH:
            return _coverage(replace(found, placed=placed, fresh=None))
    found = _coverage(replace(found, placed=placed, silent=np.sort(np.concatenate(silent))))
    return _with_fresh(store, entry, found, np.sort(np.concatenate(came)) if came else unknown[:0], counted=True)


def _with_fresh(
    store: Store, entry: StoredEncoder, last: Coverage, came: Addresses, *, counted: bool = False
) -> Coverage:
    """Photos that came since are read, to be compared one by one; ``counted`` where they are in the count already."""
    if not len(came):
        return last
    fresh = last.fresh or _none(entry.dimension)
    highest = max(last.highest, int(came[-1]))
    count = last.count + (0 if counted else len(came))
    if len(fresh) + len(came) > MOST_FRESH:
        return replace(last, fresh=None, highest=highest, count=count)
    addresses, ids, halves, silent = [fresh.addresses], [*fresh.ids], [fresh.halves], [last.silent]
    for places, names, vectors, usable in vectors_at(store, entry, came):
        addresses.append(places[usable])
        ids += id_texts(names[usable])
        halves.append(vectors[usable])
        silent.append(places[~usable])
    return replace(
        last,
        fresh=Fresh(np.concatenate(addresses), tuple(ids), np.concatenate(halves)),
        silent=np.sort(np.concatenate(silent)),
        highest=highest,
        count=count,
    )


def _coverage(found: Coverage) -> Coverage:
    """With what follows from where rows are."""
    placed, gone = found.placed, int((found.placed == NOWHERE).sum())
    order: NDArray[np.int32] | NDArray[np.int64] | None = None
    if not (placed[1:] > placed[:-1]).all():
        order = np.argsort(placed, kind="stable")
        if len(order) < 2**31:
            order = order.astype(np.int32)
    return replace(
        found,
        order=order,
        by_address=placed if order is None else placed[order],
        gone=gone,
        allowed=bitmap_of(np.flatnonzero(placed != NOWHERE), len(placed)) if gone else None,
    )


def _none(dimension: int) -> Fresh:
    return Fresh(np.empty(0, dtype=np.uint64), (), np.empty((0, dimension), dtype=np.float16))


def _among(these: Addresses, those: Addresses) -> NDArray[np.bool_]:
    """Which of some addresses are among others, which rise."""
    if not len(those):
        return np.zeros(len(these), dtype=bool)
    return np.asarray(those[np.minimum(np.searchsorted(those, these), len(those) - 1)] == these)


def same_bits(one: NDArray[np.float16], two: NDArray[np.float16]) -> NDArray[np.bool_]:
    """Which rows of two sets of vectors ``(n, d)`` are the same, bit by bit."""
    return np.asarray((np.ascontiguousarray(one).view(np.uint16) == two.view(np.uint16)).all(axis=1))
