"""LanceDB is asked for the nearest photos: all are compared, or candidates of its index."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.neighbours.addresses import ADDRESS
from picdesk.archive.neighbours.protocol import Found
from picdesk.archive.schema import matrix_of
from picdesk.errors import ArchiveDamaged, FilterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

    Setting = tuple[int, int]


def ask_lance(
    store: Store,
    entry: StoredEncoder,
    vector: NDArray[np.float32],
    depth: int,
    setting: Setting | None = None,
    where: str | None = None,
) -> Found:
    """The best ``depth`` photos of those that a filter leaves.

    Args:
        store: the archive.
        entry: the encoder that made the vectors.
        vector: ``(d,)`` unit vector.
        depth: how many.
        setting: lists that are looked at, and candidates that are compared exactly; ``None`` to compare every photo.
        where: SQL over the archive's columns.

    Raises:
        ArchiveDamaged: LanceDB cannot read its files.
        FilterError: the filter makes no sense.
        StorageUnavailable: the store does not answer.
    """
    search = store.photos.search(vector, vector_column_name=entry.column).distance_type("dot")
    if setting is None:
        search = search.bypass_vector_index()
    else:
        probes, candidates = setting
        search = search.minimum_nprobes(probes).maximum_nprobes(probes).refine_factor(math.ceil(candidates / depth))
    if where:
        search = search.where(where, prefilter=True)
    asked = search.limit(depth).with_row_id(True).select(["id", entry.column, "_distance"])
    try:
        found = store.asked(asked.to_arrow)
    except FilterError as error:
        if where:
            store.count(where)  # says what is wrong with the filter, if it is that
        raise ArchiveDamaged(
            f"the vectors of {store.folder} cannot be searched: {str(error.__cause__).splitlines()[0][:200]}",
            "See what is broken with: picdesk verify ARCHIVE",
        ) from error
    vectors = matrix_of(found[entry.column], entry.dimension)
    # float16 moves a unit vector's length by up to 0.0005; dividing it out keeps identical photos at 1.
    cosines = vectors @ vector / np.linalg.norm(vectors, axis=1)
    ids, addresses = found["id"].to_pylist(), found[ADDRESS].to_pylist()
    best = np.argsort(-cosines, kind="stable").tolist()
    return Found(
        scores={ids[place]: float(cosines[place]) for place in best},
        exact=setting is None,
        addresses=dict(zip(ids, addresses, strict=True)),
    )
