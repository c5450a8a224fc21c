"""What a search asks of a whole column, kept beside the tables, so that it need not fetch the column.

How many photos have no vector, and the vectors of the photos that stand for all: true of one version of the table, and
read from the table itself where that has gone on.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.sample import bound_of, vectors_below
from picdesk.photos.whole_file import write_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store
    from picdesk.objects import Place


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """What is known of a column at a version of the table.

    Attributes:
        version: of the table of photos.
        silent: photos without a vector.
        bound: see `picdesk.archive.sample`; empty for all photos.
        sample: ``(m, d)`` float32, unit rows of the photos whose id is below the bound.
    """

    version: int
    silent: int
    bound: str
    sample: NDArray[np.float32]


def standing_of(store: Store, entry: StoredEncoder) -> Place:
    """The file that says it."""
    return store.folder / f"lance-{entry.column}.npz"


def read_standing(store: Store, entry: StoredEncoder) -> Standing | None:
    """What is kept of a column; ``None`` where nothing is, or nothing that can be read: the table has it all.

    Raises:
        StorageUnavailable: the store does not answer.
    """
    try:
        with np.load(io.BytesIO(standing_of(store, entry).read_bytes()), allow_pickle=False) as said:
            return Standing(
                version=int(said["version"]),
                silent=int(said["silent"]),
                bound=str(said["bound"]),
                sample=np.asarray(said["sample"], dtype=np.float32).reshape(-1, entry.dimension),
            )
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return None


def stand(store: Store, entry: StoredEncoder) -> Standing:
    """What the table says of the column now."""
    version, bound = int(store.photos.version), bound_of(store.count())
    return Standing(
        version=version,
        silent=store.count(f"{entry.column} IS NULL"),
        bound=bound,
        sample=vectors_below(store, entry, bound) if bound else np.empty((0, entry.dimension), dtype=np.float32),
    )


def keep_standing(store: Store, entry: StoredEncoder) -> Standing:
    """Read the column and keep what is known of it, unless the table goes on meanwhile."""
    known = stand(store, entry)
    if int(store.photos.version) == known.version:
        held = io.BytesIO()
        silent, bound = np.asarray(known.silent), np.asarray(known.bound)
        np.savez(held, version=np.asarray(known.version), silent=silent, bound=bound, sample=known.sample)
        write_whole(standing_of(store, entry), held.getvalue())
    return known
