"""Weights between weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import torch

    Weights = Mapping[str, torch.Tensor]


def interpolate(first: Weights, second: Weights, alpha: float) -> dict[str, torch.Tensor]:
    """``(1 - alpha) * first + alpha * second``, number by number; 0 and 1 are the two to the bit.

    Wortsman et al. 2022, *Robust fine-tuning of zero-shot models* (WiSE-FT).

    Args:
        first: the model as it came.
        second: its fine-tuning; the same names and shapes.
        alpha: from 0 to 1.

    Raises:
        InputError: alpha is out of its bounds.
    """
    if not 0 <= alpha <= 1:
        raise InputError(f"an alpha of {alpha} is not between two models", "Give a number from 0 to 1.")
    return average([first, second], [1 - alpha, alpha])


def average(every: Sequence[Weights], shares: Sequence[float] | None = None) -> dict[str, torch.Tensor]:
    """The mean of several models' weights (a uniform soup), or their weighted sum.

    Wortsman et al. 2022, *Model soups: averaging weights of multiple fine-tuned models improves accuracy without
    increasing inference time*. It is summed in float64; what is no float (counts of batches) is that of the first.

    Args:
        every: of the same names and shapes.
        shares: one a model; ``None`` for all alike.
    """
    import torch

    shares = shares or [1 / len(every)] * len(every)
    mixed = {}
    for name, own in every[0].items():
        if not own.is_floating_point():
            mixed[name] = own.clone()
            continue
        total = torch.zeros_like(own, dtype=torch.float64)
        for weights, share in zip(every, shares, strict=True):
            if share:
                total += share * weights[name].double()
        mixed[name] = total.to(own.dtype)
    return mixed
