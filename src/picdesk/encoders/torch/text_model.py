"""A text model alone: a transformer, one vector for all its tokens, and maybe matrices after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _mean(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    weights = mask[:, :, None].to(states.dtype)
    return (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1e-9)


def _first(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    del mask
    return states[:, 0]


def _largest(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return states.masked_fill(mask[:, :, None] == 0, -1e9).max(dim=1).values


POOLINGS: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "cls": _first,
    "max": _largest,
    "mean": _mean,
}
"""From states ``(n, length, d)`` and mask ``(n, length)`` to ``(n, d)``; names of sentence-transformers."""


class TextModel(torch.nn.Module):
    """A text encoder with the face of transformers' two-sided models.

    Args:
        transformer: gives ``last_hidden_state``.
        pooling: a key of ``POOLINGS``.
        after: what its vector goes through.
        pad: the token that the transformer looks away from.
    """

    def __init__(self, transformer: Any, pooling: str, after: Sequence[torch.nn.Module], pad: int) -> None:
        super().__init__()
        self.transformer = transformer
        self.after = torch.nn.Sequential(*after)
        self.pad = pad
        self._pool = POOLINGS[pooling]

    def get_text_features(self, input_ids: torch.Tensor) -> torch.Tensor:
        """Tokens ``(n, length)`` to ``(n, d)``."""
        mask = (input_ids != self.pad).long()
        states = self.transformer(input_ids=input_ids, attention_mask=mask).last_hidden_state
        vectors: torch.Tensor = self.after(self._pool(states, mask))
        return vectors
