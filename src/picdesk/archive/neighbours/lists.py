"""The inverted lists of an index, made where that is quickest: on a card, in bfloat16, or by FAISS itself.

Dealing the photos out to lists is nearly all of the work: each is compared with every centre, when the centres are
trained and when it is added. FAISS does it in float32; the codes are made by FAISS in any case. Its graph of centres,
which saves a processor time from 32,768 lists on and finds the right one for 85 of 100 photos, is asked by FAISS alone.
"""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from picdesk.archive.neighbours.widen import widened
from picdesk.encoders.runtimes.bfloat16 import multiplies_bfloat16

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import numpy as np
    from numpy.typing import NDArray


class Centres(Protocol):
    """Centres of lists, where vectors are dealt out."""

    def nearest(self, halves: NDArray[np.float16]) -> NDArray[np.int64]:
        """The list of each vector ``(n, d)``."""


def fill_index(
    index: Any,
    halves: NDArray[np.float16],
    sample: NDArray[np.float16],
    generator: np.random.Generator,
    block: int,
    device: str,
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Train a FAISS index of inverted lists (`IndexIVF`) and add vectors, whose ids are their rows.

    Args:
        index: not trained yet.
        halves: ``(n, d)`` float16, on disk or in memory.
        sample: ``(s, d)`` float16, that it is trained on.
        generator: draws the vectors that centres begin with.
        block: vectors at a time.
        device: torch's name; ``cpu`` for bfloat16 or FAISS.
        progress: called with the vectors added so far.

    Raises:
        MissingError: the card has too little memory.
    """
    with _memory_of(device):
        centres = _trained(index, sample, generator, device)
        if centres is None:
            for start in range(0, len(halves), block):
                index.add(widened(halves[start : start + block]))
                progress(min(start + block, len(halves)))
        else:
            _deal(index, centres, halves, block, progress)


def _trained(index: Any, sample: NDArray[np.float16], generator: np.random.Generator, device: str) -> Centres | None:
    """The centres of its lists; ``None`` where FAISS finds the list of a vector itself."""
    centres: Centres | None = None
    if device != "cpu" or multiplies_bfloat16():
        train, made = _on_card(device) if device != "cpu" else _in_bfloat16()
        rows = train(sample, index.nlist, index.cp.niter, generator)
        index.quantizer.add(rows)  # one that has all its centres is left alone by the training of the rest
        centres = made(rows)
    index.train(widened(sample))
    return centres


def _deal(
    index: Any, centres: Centres, halves: NDArray[np.float16], block: int, progress: Callable[[int], None]
) -> None:
    """The lists of a block are found while FAISS makes the codes of the one before."""
    import faiss

    from picdesk.photos.ahead import ahead

    def dealt(start: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        part = halves[start : start + block]
        return widened(part), centres.nearest(part)

    done = 0
    for rows, lists in ahead(dealt, range(0, len(halves), block), threads=1, reach=1):
        index.add_core(len(rows), faiss.swig_ptr(rows), None, faiss.swig_ptr(lists))
        done += len(rows)
        progress(done)


def _on_card(device: str) -> tuple[Callable[..., NDArray[np.float32]], Callable[..., Centres]]:
    from picdesk.encoders.torch.compare.centres import Centres as CentresOnDevice
    from picdesk.encoders.torch.compare.centres import train_centres

    return partial(train_centres, device=device), partial(CentresOnDevice, device=device)


def _in_bfloat16() -> tuple[Callable[..., NDArray[np.float32]], Callable[..., Centres]]:
    from picdesk.archive.neighbours.centres import RoundedCentres, train_centres

    return train_centres, RoundedCentres


def _memory_of(device: str) -> AbstractContextManager[None]:
    if device == "cpu":
        return nullcontext()
    from picdesk.encoders.torch.compare.copies import enough_memory

    return enough_memory(device)
