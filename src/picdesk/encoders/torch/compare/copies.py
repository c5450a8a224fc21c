"""Blocks of vectors on their way to a device, while it works on the block before."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from picdesk.errors import MissingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

_ROOMS = 2
"""Blocks under way at a time: one is filled while the other is copied."""


class Copies:
    """Copies blocks to a device; to a card beside its work, on a stream of their own and from pinned memory.

    Memory: pinned, twice the bytes of the largest block.

    Args:
        device: torch's name.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._card = device.startswith("cuda")
        self._cuda: Any = torch.cuda  # its own annotations lack half
        self._stream = self._cuda.Stream(device) if self._card else None
        self._rooms: list[tuple[torch.Tensor, Any] | None] = [None] * _ROOMS
        self._turn = 0

    def start(self, halves: NDArray[np.float16]) -> Coming:
        """Begin to copy a block ``(c, d)``; may be called from another thread than the one that uses it."""
        rows = torch.from_numpy(halves)
        if not self._card:
            return Coming(rows)
        room = self._room(rows)
        room.copy_(rows)
        with self._cuda.stream(self._stream):
            there = room.to(self._device, non_blocking=True)
            done = self._cuda.Event()
            done.record(self._stream)
        self._rooms[self._turn] = room, done
        self._turn = (self._turn + 1) % _ROOMS
        return Coming(there, done)

    def _room(self, rows: torch.Tensor) -> torch.Tensor:
        """Pinned memory for a block, that nothing is copied from any more."""
        known = self._rooms[self._turn]
        if known is None or len(known[0]) < len(rows):
            return torch.empty(rows.shape, dtype=rows.dtype, pin_memory=True)
        known[1].synchronize()
        return known[0][: len(rows)]


class Coming:
    """A block on its way."""

    def __init__(self, there: torch.Tensor, done: Any = None) -> None:
        self._there, self._done = there, done

    def arrived(self) -> torch.Tensor:
        """The block, for whatever the device is told to do with it from now on."""
        if self._done is not None:
            stream = torch.cuda.current_stream(self._there.device)
            stream.wait_event(self._done)
            self._there.record_stream(stream)  # it was allocated on the stream of the copies
        return self._there


@contextmanager
def enough_memory(device: str) -> Iterator[None]:
    """What a device has no memory for is said as everything else is.

    Raises:
        MissingError: inside, the device ran out of memory.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise MissingError(
            f"the card {device} has too little memory free", "Free some, or compute on the processor: --device cpu"
        ) from error
