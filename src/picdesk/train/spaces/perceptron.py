"""The published joint space: each side linear, batch norm, activation, dropout, unit length (T x V)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from picdesk.errors import InputError
from picdesk.train.spaces.memory import unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.float32]

ACTIVATIONS = ("relu", "tanh", "gelu", "none")


class Side(torch.nn.Module):
    """One side of one space.

    Args:
        features: length of a feature.
        directions: length of the vector.
        activation: one of ``ACTIVATIONS``.
        dropout: share of the vector that is set to nothing while training.

    Raises:
        InputError: no such activation, or no share.
    """

    def __init__(self, features: int, directions: int, activation: str, dropout: float) -> None:
        super().__init__()
        if activation not in ACTIVATIONS:
            raise InputError(f"no activation called {activation!r}", f"Choose one of: {', '.join(ACTIVATIONS)}.")
        if not 0 <= dropout < 1:
            raise InputError(f"a dropout of {dropout}", "Give a share from 0 to under 1.")
        self.activation = activation
        self.linear = torch.nn.Linear(features, directions)
        self.norm = torch.nn.BatchNorm1d(directions)
        self.dropout = torch.nn.Dropout(dropout)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """``(n, d)`` to ``(n, k)``, unit rows."""
        normed = self.norm(self.linear(features))
        active = normed if self.activation == "none" else getattr(torch.nn.functional, self.activation)(normed)
        return torch.nn.functional.normalize(self.dropout(active), dim=1)


@dataclass(frozen=True, slots=True, eq=False)
class PerceptronHead:
    """A trained side.

    Attributes:
        weight: ``(d, k)``.
        bias: ``(k,)``.
        activation: one of ``ACTIVATIONS``.
    """

    weight: Rows
    bias: Rows
    activation: str

    def __call__(self, features: Rows) -> Rows:
        """``(m, d)`` features to ``(m, k)`` unit rows: what the exported graph computes."""
        linear = features @ self.weight + self.bias
        if self.activation == "none":
            return unit(linear)
        function = getattr(torch.nn.functional, self.activation)
        return unit(function(torch.from_numpy(linear)).numpy())

    def tensors(self) -> dict[str, Rows]:
        """Every number, by name."""
        return {"weight": self.weight, "bias": self.bias}


def side_head(side: Any) -> PerceptronHead:
    """What a `Side` does when it is not training: the norm's numbers are folded into the linear layer's."""
    norm, linear = side.norm, side.linear
    with torch.no_grad():
        scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
        weight = (linear.weight.double() * scale[:, None]).T
        bias = (linear.bias.double() - norm.running_mean.double()) * scale + norm.bias.double()
    return PerceptronHead(
        weight=weight.cpu().numpy().astype(np.float32),
        bias=bias.cpu().numpy().astype(np.float32),
        activation=side.activation,
    )
