"""What an archive has already, small enough to hold for a hundred million photos (8 bytes a fact)."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store


FOLD = 1 << 16
"""Numbers that a set keeps as Python objects, 70 bytes each, before it folds them into its array."""


class NumberSet:
    """A set of 64-bit numbers in 8 bytes each: a sorted array, and a small set of those that came last."""

    def __init__(self, numbers: NDArray[np.int64]) -> None:
        self._sorted = np.unique(numbers)
        self._since: set[int] = set()

    def __contains__(self, number: int) -> bool:
        if number in self._since:
            return True
        known = self._sorted  # `add` may put another array here meanwhile
        place = bisect_left(known, number)  # numpy's own search lets go of the interpreter, and waits to get it back
        return place < len(known) and int(known[place]) == number

    def add(self, number: int) -> None:
        """Add one number."""
        self._since.add(number)
        if len(self._since) >= FOLD:
            self._sorted = np.union1d(self._sorted, np.fromiter(self._since, dtype=np.int64, count=len(self._since)))
            self._since = set()


def id_number(photo_id: str) -> int:
    """The first 64 bits of a photo's id, signed. Two of a hundred million agree with probability 0.0003."""
    return int.from_bytes(bytes.fromhex(photo_id[:16]), "big", signed=True)


def uri_number(uri: str) -> int:
    """A 64-bit number of a place; equal within this process only."""
    return hash(uri)


@dataclass(frozen=True, slots=True)
class Known:
    """What an archive has.

    Attributes:
        ids: photos that have a row.
        encoded: photos that have a vector, by vector column.
        stamps: places of photos that have every wanted vector, as they were when read.
        uris: places of photos.
        removed: photos taken out on request.
        forgive: whether these may come back in.
        refused: places that were refused.
        disputed: places that more than one photo claims.
    """

    ids: NumberSet
    encoded: Mapping[str, NumberSet]
    stamps: NumberSet
    uris: NumberSet
    removed: frozenset[str]
    forgive: bool
    refused: frozenset[str]
    disputed: set[str]

    @classmethod
    def load(cls, store: Store, encoders: Sequence[StoredEncoder], *, forgive: bool = False) -> Known:
        """Read it from an archive.

        Args:
            store: the archive.
            encoders: the ones that every photo shall have a vector of.
            forgive: let photos that were taken out on request back in.
        """
        whole = " AND ".join(f"{encoder.column} IS NOT NULL" for encoder in encoders) or None
        uris = _places(store)
        removed, refused = _refusals(store)
        return cls(
            ids=NumberSet(_ids(store, None)),
            encoded={encoder.column: NumberSet(_ids(store, f"{encoder.column} IS NOT NULL")) for encoder in encoders},
            stamps=NumberSet(_stamps(store, whole)),
            uris=NumberSet(uris),
            removed=removed,
            forgive=forgive,
            refused=refused,
            disputed=_disputed(store, uris),
        )

    def for_elsewhere(self) -> Known:
        """What another process has to know to read photos: what it need not read, what is kept out, what lacks.

        Numbers of places are left out, which mean nothing there.
        """
        nothing = NumberSet(np.empty(0, np.int64))
        return replace(self, ids=nothing, uris=nothing, refused=frozenset(), disputed=set())

    def has(self, photo_id: str) -> bool:
        """Whether a photo has a row."""
        return id_number(photo_id) in self.ids

    def lacks(self, photo_id: str) -> tuple[str, ...]:
        """The wanted vector columns that a photo has nothing in."""
        number = id_number(photo_id)
        return tuple(column for column, photos in self.encoded.items() if number not in photos)

    def keeps_out(self, photo_id: str) -> bool:
        """Whether a photo was taken out on request and shall stay out."""
        return photo_id in self.removed and not self.forgive

    def claim(self, uri: str) -> None:
        """Take note that a photo lies there; a place that had one already is disputed."""
        number = uri_number(uri)
        if number in self.uris:
            self.disputed.add(uri)
        else:
            self.uris.add(number)

    def learn(self, photo_ids: Iterable[str], vectors: Mapping[str, Iterable[str]]) -> None:
        """Take note of a commit: new photos, and the columns that photos were given vectors in."""
        for photo_id in photo_ids:
            self.ids.add(id_number(photo_id))
        for photo_id, columns in vectors.items():
            for column in columns:
                self.encoded[column].add(id_number(photo_id))


def _ids(store: Store, where: str | None) -> NDArray[np.int64]:
    return _gathered(map(id_number, batch.column("id").to_pylist()) for batch in store.rows(["id"], where))


def _places(store: Store) -> NDArray[np.int64]:
    return _gathered(map(uri_number, _uris(batch)) for batch in store.rows(["uri", "copy_uris"]))


def _stamps(store: Store, where: str | None) -> NDArray[np.int64]:
    return _gathered(batch.column("stamps").flatten().to_pylist() for batch in store.rows(["stamps"], where))


def _uris(batch: pa.RecordBatch) -> list[str]:
    return [*batch.column("uri").to_pylist(), *batch.column("copy_uris").flatten().to_pylist()]


def _refusals(store: Store) -> tuple[frozenset[str], frozenset[str]]:
    removed: set[str] = set()
    refused: set[str] = set()
    for row in store.refusals():
        if row["id"]:
            removed.add(row["id"])
        else:
            refused.add(row["uri"])
    return frozenset(removed), frozenset(refused)


def _disputed(store: Store, uris: NDArray[np.int64]) -> set[str]:
    """Places claimed twice: left behind where a run was killed after a file had changed."""
    numbers, counts = np.unique(uris, return_counts=True)
    twice = set(numbers[counts > 1].tolist())
    if not twice:
        return set()
    everywhere = (uri for batch in store.rows(["uri", "copy_uris"]) for uri in _uris(batch))
    return {uri for uri in everywhere if uri_number(uri) in twice}


def _gathered(parts: Iterable[Iterable[int]]) -> NDArray[np.int64]:
    arrays = [np.fromiter(part, dtype=np.int64) for part in parts]
    return np.concatenate([*arrays, np.empty(0, np.int64)])
