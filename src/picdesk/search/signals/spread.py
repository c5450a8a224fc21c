"""How the cosines of a query lie over an archive, from a sample of it: what makes encoders comparable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.sample import SAMPLE, bound_of, vectors_below

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

    Floats = NDArray[np.float32]

_FEW = 64  # queries
_NONE = 1e-6  # a deviation of rounding errors


def sample_vectors(store: Store, entry: StoredEncoder, size: int = SAMPLE) -> Floats:
    """Unit rows ``(m, d)`` of about ``size`` photos of an archive, or of all where there are at most twice as many."""
    return vectors_below(store, entry, bound_of(store.count(), size))


def spread(sample: Floats, queries: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation ``(n,)`` of each query's cosines; a deviation is 1 where there is none.

    Args:
        sample: ``(m, d)`` unit rows.
        queries: ``(n, d)`` unit rows.
    """
    if len(sample) < 2:
        return np.zeros(len(queries)), np.ones(len(queries))
    if len(queries) <= _FEW:
        cosines = queries @ sample.T
        means, deviations = cosines.mean(axis=1, dtype=np.float64), cosines.std(axis=1, dtype=np.float64)
    else:
        # For many queries by the vectors' second moments: the work does not grow with the sample then.
        centre = sample.mean(axis=0, dtype=np.float64)
        rest = sample - centre
        means = queries @ centre
        deviations = np.sqrt(np.maximum(((queries @ (rest.T @ rest / len(sample))) * queries).sum(axis=1), 0.0))
    return means, np.where(deviations > _NONE, deviations, 1.0)
