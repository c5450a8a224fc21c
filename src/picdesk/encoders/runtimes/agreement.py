"""Whether faster arithmetic gives the vectors that float32 gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.encoders.runtimes.session import Feeds, Session

CLOSE_ENOUGH = 0.999
"""The smallest cosine to float32 that a runtime may have which nobody asked for by name."""


def smallest_cosine(rows: NDArray[Any], reference: NDArray[Any]) -> float:
    """The smallest cosine between rows of the same place; NaN where a row has no direction.

    Args:
        rows: ``(n, d)``, any float type, n > 0.
        reference: ``(n, d)``.
    """
    ours, theirs = rows.astype(np.float64), reference.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
        return float(((ours * theirs).sum(axis=1) / lengths).min())


def agreement(session: Session, judge: Session, feeds: Feeds, batch: int) -> float:
    """The smallest cosine between what two sessions give for the same items.

    Args:
        session: the faster one.
        judge: the one that computes in float32.
        feeds: items.
        batch: items a call, where the graph has that fixed; else 1.
    """
    count = len(next(iter(feeds.values()))) // batch * batch
    pieces = [{name: values[at : at + batch] for name, values in feeds.items()} for at in range(0, count, batch)]
    ours, theirs = (
        np.concatenate([output.reshape(batch, -1) for output in each.run(pieces)]) for each in (session, judge)
    )
    return smallest_cosine(ours, theirs)
