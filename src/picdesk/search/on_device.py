"""Exact ranking on a card: blocks are read and copied beside its work, and only the best come back.

What a card computes is in `picdesk.encoders.torch.compare`; here the archive's photos are led past it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.search.best import Nearest, in_order
from picdesk.search.kept_ids import KeptIds
from picdesk.search.streamed import half_blocks, one_ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.encoders.torch.compare.best import Exact
    from picdesk.search.shards import Rows

    Tensor = Any  # torch's; this room does not know it

PAIRS_ON_DEVICE = 1 << 28
"""Cosines that a card holds at a time: 1.1 GB, and up to 0.6 GB that says which of them are high enough."""

ROUNDED_SHIFT = 3e-7
"""Rounding of a float32 score: its cosine is in [-1, 1], what is taken off in [-0.5, 0.5]."""


def block_on_device(queries: int) -> int:
    """Photos compared at a time with so many queries: at least 1,024, over 262,144 queries memory grows with them."""
    return min(max(PAIRS_ON_DEVICE // max(queries, 1), 1024), 65_536)


def nearest_on_device(
    store: Rows,
    entry: StoredEncoder,
    queries: NDArray[np.float32],
    k: int,
    where: str | None,
    device: str,
    *,
    block: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Nearest:
    """The nearest photos of many queries, every photo compared, on a device of torch's.

    All pairs are compared in TF32 with a proven bound of the error, those that may be in an answer again in float64, so
    that scores are those of the archive's float16 vectors to 1e-7 of a float32 product, and twins score the same.

    Args:
        store: the archive.
        entry: the encoder whose vectors are compared.
        queries: ``(n, d)`` float32, unit rows.
        k: how many photos a query is given.
        where: SQL over the archive's columns.
        device: torch's name.
        block: photos compared at a time; by default as many as `PAIRS_ON_DEVICE` has room for.
        progress: called with the number of photos compared so far.

    Raises:
        FilterError: the filter makes no sense.
        MissingError: the card has too little memory.
    """
    from picdesk.encoders.torch.compare.copies import enough_memory
    from picdesk.encoders.torch.compare.products import Products

    with enough_memory(device):
        products = Products(queries, device)
        found = _Found(len(queries), k, device)
        for ids, halves in _blocks(store, entry, where, block or block_on_device(len(queries)), device):
            compared = products.meet(halves)
            found.meet(ids, compared.cosines, compared.exact, compared.blur)
            progress(found.met)
        return found.nearest()


def dual_softmax_on_device(
    store: Rows,
    entry: StoredEncoder,
    queries: NDArray[np.float32],
    others: NDArray[np.float32],
    k: int,
    where: str | None,
    temperature: float,
    device: str,
    *,
    block: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[Nearest, NDArray[np.float64]]:
    """Dual softmax over every photo that a filter leaves, on a device of torch's.

    As `picdesk.search.dual_softmax.dual_softmax_photos`, whose arguments these are. Every cosine counts in its sums, so
    that all are float32 products: seven times the work of TF32 for a card, and still seconds.

    Returns:
        The best photos by ``ln Z* / 2 t``, up to what is the same for all photos of a query; and for each query ln of
        the sum of exp(t Z) over photos.

    Raises:
        FilterError: the filter makes no sense.
        MissingError: the card has too little memory.
    """
    from picdesk.encoders.torch.compare.copies import enough_memory
    from picdesk.encoders.torch.compare.products import Products
    from picdesk.encoders.torch.compare.softmax import PhotoSums, log_means

    rows = np.concatenate([queries, others])
    with enough_memory(device):
        products = Products(rows, device, rounded=False)
        sums = PhotoSums(len(queries), temperature, device)
        found = _Found(len(queries), k, device)
        for ids, halves in _blocks(store, entry, where, block or block_on_device(len(rows)), device):
            compared = products.meet(halves)
            asked = compared.cosines[: len(queries)]
            sums.meet(asked)
            shift = log_means(compared.cosines, temperature) / (2 * temperature)
            asked -= shift.float()
            blur = compared.blur[: len(queries)] + ROUNDED_SHIFT
            found.meet(ids, asked, lambda *pairs: compared.exact(*pairs) - shift[pairs[1]], blur)  # noqa: B023
            progress(found.met)
        return found.nearest(), sums.logs()


def _blocks(
    store: Rows, entry: StoredEncoder, where: str | None, size: int, device: str
) -> Iterator[tuple[pa.Array, Tensor]]:
    """Ids, and vectors on the device: read and copied while the block before is compared."""
    from picdesk.encoders.torch.compare.copies import Copies

    copies = Copies(device)
    started = ((block.ids, copies.start(block.halves)) for block in half_blocks(store, entry, where, size))
    for ids, coming in one_ahead(started):
        yield ids, coming.arrived()


class _Found:
    """The best photos so far and their ids."""

    def __init__(self, queries: int, k: int, device: str) -> None:
        from picdesk.encoders.torch.compare.best import BestOnDevice

        self._best = BestOnDevice(queries, k, device)
        self._ids = KeptIds()
        self.met = 0

    def meet(self, ids: pa.Array, scores: Tensor, exact: Exact, blur: Tensor) -> None:
        self._best.meet(scores, exact, blur)
        self.met += len(ids)
        if self._ids.add(ids):
            self._ids.keep(self._best.photos())

    def nearest(self) -> Nearest:
        self._ids.keep(self._best.photos())
        photos, scores = self._best.nearest()
        places, ids = self._ids.answers(photos)
        return in_order(places, scores, ids)
