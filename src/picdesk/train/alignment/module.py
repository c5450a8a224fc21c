"""The learnable alignment module (LAM).

After Song et al. 2025 and Bakker & Wang 2025, both of MediaEval NewsImages 2025: a text's vector is projected, an MLP
says of which category the story is, and what comes out lies between the projected text and the embedding of that
category.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from picdesk.encoders.torch.towers import features
from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

PROBABILITIES = "category_probabilities"
"""Name of the step whose output is the probability of each category; graphs are searched for it."""


class Alignment(torch.nn.Module):
    """``a * text + (1 - a) * softmax-weighted category embedding``, of unit length; ``a`` is 0.5 at the start.

    Args:
        dimension: numbers in a vector.
        categories: how many there are, at least two.
        hidden: width of the MLP; ``None`` for half the dimension.
        dropout: share of the MLP's middle that is left out while it learns.

    Raises:
        InputError: there are fewer than two categories, or a number makes no sense.
    """

    def __init__(self, dimension: int, categories: int, hidden: int | None = None, dropout: float = 0.1) -> None:
        super().__init__()
        if categories < 2:
            raise InputError(
                f"{categories} category leaves nothing to tell apart",
                "Give pairs of two categories or more, or use picdesk train clip, which needs none.",
            )
        if not 0 <= dropout < 1 or (hidden is not None and hidden < 1):
            raise InputError(f"a hidden layer of {hidden} with dropout {dropout}", "Give 1 or more, and 0 to under 1.")
        width = hidden or max(1, dimension // 2)
        self.projection = torch.nn.Linear(dimension, dimension)
        self.categories = torch.nn.Parameter(torch.randn(categories, dimension) / dimension**0.5)
        self.classifier = torch.nn.Sequential(
            torch.nn.Linear(dimension, width),
            torch.nn.ReLU(),
            torch.nn.Dropout(dropout),
            torch.nn.Linear(width, categories),
        )
        self.share = torch.nn.Parameter(torch.tensor(0.5))
        self.add_module(PROBABILITIES, torch.nn.Softmax(dim=1))

    @torch.no_grad()
    def begin_as_model(self, texts: torch.Tensor, labels: torch.Tensor) -> None:
        """Start where the model is: the projection changes nothing, and a category is the mean of its texts.

        Args:
            texts: ``(n, d)`` unit rows.
            labels: ``(n,)`` int64 category of each text, -1 where it is not known. Each category occurs.
        """
        torch.nn.init.eye_(self.projection.weight)
        torch.nn.init.zeros_(self.projection.bias)
        for number in range(len(self.categories)):
            self.categories[number] = torch.nn.functional.normalize(texts[labels == number].mean(0), dim=0)

    def forward(self, texts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """``(n, d)`` unit rows to ``(n, d)`` unit rows and ``(n, C)`` logits of the categories."""
        projected = self.projection(texts)
        logits = self.classifier(projected)
        kind = getattr(self, PROBABILITIES)(logits) @ self.categories
        share = self.share.clamp(0, 1)
        return torch.nn.functional.normalize(share * projected + (1 - share) * kind, dim=1), logits


class AlignedTowers(torch.nn.Module):
    """A model of the CLIP family whose texts go through an alignment; asked as transformers' models are.

    Args:
        inner: the model.
        alignment: what its texts go through.
    """

    def __init__(self, inner: Any, alignment: Alignment) -> None:
        super().__init__()
        self.inner, self.alignment = inner, alignment
        self.pad = int(getattr(inner, "pad", 0))

    def get_image_features(self, pixel_values: torch.Tensor) -> torch.Tensor:
        """``(n, 3, height, width)`` float32 to ``(n, d)``."""
        return features(self.inner.get_image_features(pixel_values=pixel_values))

    def get_text_features(self, input_ids: torch.Tensor) -> torch.Tensor:
        """Tokens ``(n, length)`` to ``(n, d)``, unit rows."""
        texts = features(self.inner.get_text_features(input_ids=input_ids))
        aligned: torch.Tensor = self.alignment(torch.nn.functional.normalize(texts, dim=1))[0]
        return aligned

    def fused(self) -> AlignedTowers:
        """The same function of images in fewer steps, where the model has one."""
        return AlignedTowers(self.inner.fused(), self.alignment).eval() if hasattr(self.inner, "fused") else self


def labelled(labels: Sequence[str | None]) -> tuple[tuple[str, ...], torch.Tensor]:
    """The categories by name in order of the alphabet, and each story's number among them, -1 where it has none."""
    names = tuple(sorted({label for label in labels if label}))
    number = {name: place for place, name in enumerate(names)}
    return names, torch.tensor([number.get(label or "", -1) for label in labels], dtype=torch.int64)
