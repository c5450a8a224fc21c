"""Several processes, each with a card or a share of the processor, that train one model together.

They are started by ``torchrun --nproc-per-node N --no-python picdesk train clip ...``. Every process knows the whole
batch and computes the vectors of its own share; the vectors are laid together, so that the loss is that of the whole
batch, and each process sends the gradient of its own rows back. Summed up, that is the gradient of one process alone.
"""

from __future__ import annotations

import datetime as dt
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import torch
    from numpy.typing import NDArray


Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Team:
    """This process among those that train together.

    Attributes:
        rank: its number, from 0; the first one writes and speaks.
        size: how many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes and speaks for all."""
        return self.rank == 0

    def share(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of a batch that this process computes; those of all processes, in order, are the batch."""
        return np.array_split(rows, self.size)[self.rank]

    def gather(self, own: torch.Tensor, count: int) -> torch.Tensor:
        """The rows of all processes in order; the gradient flows back to the own ones alone.

        Args:
            own: ``(m, d)`` float32, of this process's share.
            count: rows of the whole batch.

        Returns:
            ``(count, d)``.
        """
        import torch
        import torch.distributed as dist

        if self.size == 1:
            return own
        sizes = [len(share) for share in np.array_split(np.arange(count), self.size)]
        full = torch.zeros(max(sizes), own.shape[1], dtype=own.dtype, device=own.device)
        full[: len(own)] = own.detach()
        every = [torch.empty_like(full) for _ in sizes]
        dist.all_gather(every, full)
        rows = [piece[:size] for piece, size in zip(every, sizes, strict=True)]
        rows[self.rank] = own
        return torch.cat(rows)

    def add_up(self, shared: Iterable[torch.Tensor], whole: Iterable[torch.Tensor] = ()) -> None:
        """Make every process's gradients those of the whole batch.

        Args:
            shared: parameters whose gradient each process has a share of.
            whole: parameters of the loss, of which each process has computed the whole gradient.
        """
        import torch
        import torch.distributed as dist

        if self.size == 1:
            return
        for parameters, parts in ((shared, 1), (whole, self.size)):
            for parameter in parameters:
                if not parameter.requires_grad:
                    continue
                if parameter.grad is None:  # no row of the batch fell to this process
                    parameter.grad = torch.zeros_like(parameter)
                parameter.grad /= parts
                dist.all_reduce(parameter.grad)

    def first_leads(self, work: Callable[[], Answer]) -> Answer:
        """Do something that leaves files behind: the first process alone, then the others, who find them there."""
        done = work() if self.leads else None
        self.agree(None)
        return work() if done is None else done

    def agree(self, value: Any) -> Any:
        """What the first process says, whatever this one would say."""
        import torch.distributed as dist

        if self.size == 1:
            return value
        said = [value]
        dist.broadcast_object_list(said, src=0)
        return said[0]


@contextmanager
def joined(device: str) -> Iterator[Team]:
    """The team that ``torchrun`` has started this process in; one process where it has not.

    Args:
        device: torch's name; cards talk through NCCL, processors through Gloo.

    Raises:
        InputError: the processes cannot find each other.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Team()
        return
    import torch
    import torch.distributed as dist

    card = device.startswith("cuda")
    if card:
        torch.cuda.set_device(device)
    try:
        # The others wait while the first one prepares photos, which may take hours.
        dist.init_process_group("nccl" if card else "gloo", timeout=dt.timedelta(days=1))
    except (RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"the processes cannot find each other: {reason}",
            "Start them with: torchrun --nproc-per-node N --no-python picdesk train ...",
        ) from error
    try:
        yield Team(dist.get_rank(), size)
    finally:
        dist.destroy_process_group()


def card_of(device: str | None) -> str | None:
    """The card that is this process's own, where ``torchrun`` has started several; else what was asked for."""
    number = os.environ.get("LOCAL_RANK")
    return f"cuda:{number}" if number is not None and device == "cuda" else device
