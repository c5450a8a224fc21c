"""Queries that were asked before, kept so that a single new one can be weighed against them.

Dual softmax asks how many articles want a photo, which one article alone cannot say. Bogolin et al.: Cross Modal
Retrieval with Querybank Normalisation (2022) show that a bank of other queries can; theirs comes from training data,
this one from the desk's own past. It holds unit vectors and no text, and only where it was asked for.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.locks import keeping_queries
from picdesk.errors import ArchiveDamaged
from picdesk.photos.whole_file import whole_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store
    from picdesk.objects import Place

MOST = 10_000
"""Queries that a bank holds; the oldest go first. 10 MB for 512 numbers each."""

SAME = 0.9999
"""Cosine from which two queries are the same one: float16 and the batch a text was encoded in move it by less."""


class QueryBank:
    """Past queries of an archive, by one encoder: ``queries/<fingerprint>.npy``, float16, oldest first.

    Args:
        store: the archive.
        entry: the encoder that made the vectors.
    """

    def __init__(self, store: Store, entry: StoredEncoder) -> None:
        self._folder = store.folder
        self._path = store.folder / "queries" / f"{entry.fingerprint[:12]}.npy"
        self._dimension = entry.dimension

    def vectors(self) -> NDArray[np.float32]:
        """``(m, d)`` float32, unit rows; none where nothing was kept yet.

        Raises:
            ArchiveDamaged: the file is not what `keep` writes.
        """
        if not self._path.exists():
            return np.empty((0, self._dimension), dtype=np.float32)
        try:
            kept = np.load(BytesIO(self._path.read_bytes()), allow_pickle=False)
        except (ValueError, OSError, EOFError) as error:
            raise _damaged(self._path, str(error)) from error
        if kept.dtype != np.float16 or kept.ndim != 2 or kept.shape[1] != self._dimension:
            raise _damaged(self._path, f"it holds {kept.dtype} of shape {kept.shape}")
        rows = kept.astype(np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or (lengths == 0).any():
            raise _damaged(self._path, "it holds rows that are no unit vectors")
        return np.asarray(rows / lengths, dtype=np.float32)

    def beside(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """The kept queries that are none of these: asked again, a query must not compete with itself."""
        kept = self.vectors()
        if not len(kept) or not len(queries):
            return kept
        return np.asarray(kept[(kept @ queries.T).max(axis=1) < SAME])

    def keep(self, queries: NDArray[np.float32], most: int = MOST) -> int:
        """Add queries, newest last, each once; the oldest over ``most`` go.

        Args:
            queries: ``(n, d)`` float32, unit rows.
            most: how many the bank may hold.

        Returns:
            How many it holds now.

        Raises:
            ArchiveBusy: another process has been writing to it for a minute.
        """
        self._path.parent.mkdir(exist_ok=True)
        with keeping_queries(self._folder):
            fresh = _apart(queries[-most:])
            kept = np.concatenate([self.beside(fresh), fresh])[-most:]
            with whole_file(self._path) as file:
                np.save(file, kept.astype(np.float16))
        return len(kept)


def _apart(queries: NDArray[np.float32]) -> NDArray[np.float32]:
    """These queries, of the same ones the last alone."""
    kept = np.ones(len(queries), dtype=bool)
    for at in range(0, len(queries), 1024):
        alike = queries[at : at + 1024] @ queries[at:].T >= SAME
        kept[at : at + 1024] = ~np.triu(alike, k=1).any(axis=1)
    return queries[kept]


def _damaged(path: Place, what: str) -> ArchiveDamaged:
    return ArchiveDamaged(
        f"the bank of past queries {path} cannot be read: {what}", "Delete the file; it fills again by itself."
    )
