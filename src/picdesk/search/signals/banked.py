"""The vector signal beside past queries: a photo that suits everything that was ever asked suits this query less."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from picdesk.search.bank import QueryBank
from picdesk.search.dual_softmax import log_means
from picdesk.search.signals.vectors import VectorSignal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store
    from picdesk.search.memory import Memory

PAST = 2000
"""Past queries, the latest, that one query is weighed beside: 35 ms for its 1,000 candidates, on two cores."""

STANDARD = 512
"""Photos that say how much past queries take off on the average."""


class BankedSignal(VectorSignal):
    """Cosines to a query's vector, its candidates revised by dual softmax beside past queries (`QueryBank`).

    Dual softmax gives ln Z* = 2 t z - ln of the mean of exp(t z) over all queries, up to what is the same for all
    photos of one query. Here it is divided by 2 t and moved so that an average photo keeps its cosine: what is joined
    with other signals lies on the scale of the cosines. Photos that are no candidates by their cosine stay none. The
    cosines themselves are what is shown.

    Args:
        store: the archive.
        entry: the encoder.
        vector: ``(d,)`` unit vector of the query.
        memory: what is kept of the archive.
        exact: compare every photo, whatever index there is.
    """

    def __init__(
        self, store: Store, entry: StoredEncoder, vector: NDArray[np.float32], memory: Memory, *, exact: bool = False
    ) -> None:
        super().__init__(store, entry, vector, memory, exact=exact)
        self._past = QueryBank(store, entry).beside(vector[None])[-PAST:]

    @property
    def past(self) -> int:
        """How many past queries take part."""
        return len(self._past)

    @cached_property
    def temperature(self) -> float:
        """What cosines are multiplied by: 1 over their standard deviation."""
        return 1 / self.scale().deviation

    def candidates(self, where: str | None, depth: int) -> dict[str, float]:
        """The photos nearest to the query, each with its revised cosine."""
        from picdesk.search.chosen import photo_vectors

        raw = super().candidates(where, depth)
        if not self.past or not raw:
            return raw
        taken = self._taken_off(photo_vectors(self._memory, self, list(raw)))
        standard = self._taken_off(self._memory.sample(self.entry)[:STANDARD])
        revised = taken - standard.mean()
        return {photo: value - off for (photo, value), off in zip(raw.items(), revised.tolist(), strict=True)}

    def _taken_off(self, photos: NDArray[np.float32]) -> NDArray[np.float64]:
        """``(n,)`` of photos ``(n, d)``, what dual softmax takes off their cosines."""
        cosines = np.concatenate([self.vector[None], self._past]) @ photos.T
        return log_means(cosines, self.temperature) / (2 * self.temperature)
