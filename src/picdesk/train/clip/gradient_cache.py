"""Large batches on small memory: the exact gradient of a loss over all pairs, computed piece by piece.

After Gao, Zhang, Han & Callan 2021, *Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup*
(GradCache). A contrastive loss needs every vector of the batch at once; but once the loss's gradient by each vector is
known, a tower can be run again a piece at a time, and each piece passes its own share back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch

    Piece = Callable[[], torch.Tensor]
    Gather = Callable[[torch.Tensor], torch.Tensor]
    Loss = Callable[..., torch.Tensor]


@dataclass(frozen=True, slots=True)
class Side:
    """The texts or the photos of a batch.

    Attributes:
        pieces: in the order of the rows; each computes its vectors ``(m, d)`` when it is called.
        learns: whether the gradient goes back through them; not so for a frozen tower, or vectors that were kept.
    """

    pieces: Sequence[Piece]
    learns: bool


def cached_backward(sides: Sequence[Side], loss: Loss, gather: Gather | None = None) -> torch.Tensor:
    """Compute a loss over the vectors of several sides, and add its gradient to every parameter behind them.

    Memory holds the graph of one piece at a time; the price is a second pass over the sides that learn. A side of a
    single piece is run once and keeps its graph, as without any caching. Chance inside a piece (dropout) falls the same
    way both times.

    Args:
        sides: in the order in which the loss takes them.
        loss: takes one tensor of vectors ``(n, d)`` a side, and gives a single number. Its own parameters (a
            temperature) get their gradients too.
        gather: lays this process's rows of a side that learns among those of others that work on the same batch; the
            gradient comes back for the own rows only. ``None`` for one process.

    Returns:
        The loss, without a graph. Where it is no finite number, nothing is sent back.
    """
    import torch

    runs = [_Run(side) for side in sides]
    whole = [gather(run.leaf) if gather and run.leaf.requires_grad else run.leaf for run in runs]
    value = loss(*whole)
    if torch.isfinite(value):
        value.backward()  # type: ignore[no-untyped-call]
        for run in runs:
            run.send_back()
    return value.detach()


class _Run:
    """A side's vectors, and how their gradient finds its way back.

    Attributes:
        leaf: ``(n, d)`` all vectors, where the loss's graph ends.
    """

    def __init__(self, side: Side) -> None:
        import torch

        self._side = side
        self._chances: list[_Chance] = []
        at_once = len(side.pieces) == 1
        rows = []
        for piece in side.pieces:
            self._chances.append(_Chance())
            with torch.set_grad_enabled(side.learns and at_once):
                rows.append(piece())
        self._sizes = [len(piece) for piece in rows]
        self._graph = rows[0] if side.learns and at_once else None
        self.leaf = torch.cat(rows).detach().requires_grad_(side.learns)

    def send_back(self) -> None:
        """Pass the gradient of the vectors on to the parameters."""
        if self.leaf.grad is None:
            return
        import torch

        if self._graph is not None:
            self._graph.backward(self.leaf.grad)  # type: ignore[no-untyped-call]
            return
        after = _Chance()
        shares = torch.split(self.leaf.grad, self._sizes)
        for piece, chance, share in zip(self._side.pieces, self._chances, shares, strict=True):
            chance.restore()
            piece().backward(share)  # type: ignore[no-untyped-call]
        after.restore()


class _Chance:
    """Where the generators of random numbers stand."""

    def __init__(self) -> None:
        import torch

        self._processor = torch.get_rng_state()
        self._cards = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []

    def restore(self) -> None:
        """Put them back there."""
        import torch

        torch.set_rng_state(self._processor)
        if self._cards:
            torch.cuda.set_rng_state_all(self._cards)
