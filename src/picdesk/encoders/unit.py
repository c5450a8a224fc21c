"""Rows of length one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def unit_rows(rows: NDArray[Any], encoder: str, kind: str) -> NDArray[np.float32]:
    """Divide each row by its Euclidean length.

    Args:
        rows: ``(n, d)``, any float type.
        encoder: name for the message.
        kind: what a row stands for (``image``, ``text``), for the message.

    Returns:
        ``(n, d)`` float32.

    Raises:
        InputError: a row has no direction: it holds NaN or infinity, or is zero. Names the first such row.
    """
    exact = rows.astype(np.float64)  # float32 squares overflow from 1e19 on
    lengths = np.linalg.norm(exact, axis=1, keepdims=True)
    bad = np.flatnonzero(~np.isfinite(lengths[:, 0]) | (lengths[:, 0] == 0))
    if bad.size:
        what = "a zero vector" if lengths[bad[0], 0] == 0 else "a vector that is not finite"
        raise InputError(
            f"encoder {encoder!r} gave {what} for {kind} {bad[0]} of {len(rows)}",
            "Leave that item out; if every item fails, the model's files are damaged.",
        )
    return np.asarray(exact / lengths, dtype=np.float32)
