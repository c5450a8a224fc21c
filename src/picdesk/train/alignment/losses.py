"""What the alignment module learns from: three losses, weighed and added."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from picdesk.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignmentLoss:
    """``contrastive + category_weight * cross-entropy + keep_weight * KL``.

    Song et al. 2025 add the three with equal weights; their released code has 0.3 and 0.3.

    Attributes:
        temperature: that cosines are divided by.
        category_weight: of the cross-entropy of the category.
        keep_weight: of the divergence from the frozen model.
        keep_temperature: that both models' logits (cosines over ``temperature``) are divided by for the divergence.
    """

    temperature: float = 0.07
    category_weight: float = 1.0
    keep_weight: float = 1.0
    keep_temperature: float = 0.5

    def __post_init__(self) -> None:
        if not (self.temperature > 0 and self.keep_temperature > 0):
            raise InputError("a temperature is not over 0", "Give a number over 0, such as 0.07.")
        if self.category_weight < 0 or self.keep_weight < 0:
            raise InputError("a weight of a loss is below 0", "Give 0 or more.")

    def __call__(
        self,
        scores: torch.Tensor,
        frozen: torch.Tensor,
        logits: torch.Tensor,
        labels: torch.Tensor,
        same: torch.Tensor,
    ) -> torch.Tensor:
        """The loss of a batch.

        Args:
            scores: ``(n, n)`` cosine of aligned text i and photo j; pairs stand on the diagonal.
            frozen: ``(n, n)`` the same of the model as it was.
            logits: ``(n, C)`` of the categories.
            labels: ``(n,)`` int64, -1 where the category is not known.
            same: ``(n, n)`` bool, whether photo j is text i's.
        """
        loss = text_to_photo(scores / self.temperature, same)
        if self.category_weight:
            loss = loss + self.category_weight * category_entropy(logits, labels)
        if self.keep_weight:
            cooler = self.temperature * self.keep_temperature
            loss = loss + self.keep_weight * divergence(scores / cooler, frozen / cooler)
        return loss


def text_to_photo(logits: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of each text's own photo among the batch's; copies of it are no candidates."""
    copies = same & ~torch.eye(len(logits), dtype=torch.bool, device=logits.device)
    return -torch.log_softmax(logits.masked_fill(copies, -torch.inf), dim=1).diagonal().mean()


def category_entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of the category over the stories that have one; 0 where none has."""
    known = labels >= 0
    if not known.any():
        return logits.sum() * 0
    return torch.nn.functional.cross_entropy(logits[known], labels[known])


def divergence(logits: torch.Tensor, frozen: torch.Tensor) -> torch.Tensor:
    """Mean over texts of the Kullback-Leibler divergence of the photos' probabilities from the frozen model's."""
    return torch.nn.functional.kl_div(
        torch.log_softmax(logits, dim=1), torch.log_softmax(frozen, dim=1), reduction="batchmean", log_target=True
    )
