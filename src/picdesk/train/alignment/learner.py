"""What the training loop asks of an alignment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from picdesk.train.clip.gradient_cache import cached_backward
from picdesk.train.measure import figures, mean_reciprocal_rank, ranks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from picdesk.train.alignment.losses import AlignmentLoss
    from picdesk.train.alignment.module import Alignment
    from picdesk.train.clip.learner import Paired
    from picdesk.train.team import Team


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Pairs with the category of each text.

    Attributes:
        paired: texts and photos; photos are kept vectors.
        frozen: ``(n, d)`` float32 unit rows, each text by the model as it came.
        labels: ``(n,)`` int64, -1 where the category is not known.
    """

    paired: Paired
    frozen: NDArray[np.float32]
    labels: NDArray[np.int64]


class Learned(torch.nn.Module):
    """Everything that learns: the module, and what of the text tower is marked to.

    Args:
        alignment: the module.
        model: its parameters that are marked to learn are shared, under their own names.
    """

    def __init__(self, alignment: Alignment, model: torch.nn.Module) -> None:
        super().__init__()
        self.alignment = alignment
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                self.register_parameter(name.replace(".", "/"), parameter)


class AlignmentLearner:
    """Learning of an alignment, with or without the text tower behind it.

    Args:
        alignment: on its device.
        model: the model whose texts it aligns.
        loss: what it learns from.
        train: what is learned from.
        validation: what it is measured on; ``None`` for nothing.
        piece: texts that go through the tower at once.
        team: the processes that work on one batch.
    """

    def __init__(
        self,
        alignment: Alignment,
        model: torch.nn.Module,
        loss: AlignmentLoss,
        train: Labelled,
        validation: Labelled | None,
        piece: int,
        team: Team,
    ) -> None:
        self.module: torch.nn.Module = Learned(alignment, model)
        self.rows = len(train.labels)
        self._alignment, self._loss, self._piece, self._team = alignment, loss, piece, team
        self._train, self._validation = train, validation
        self._shared = [parameter for parameter in model.parameters() if parameter.requires_grad]

    def backward(self, batch: NDArray[np.int64]) -> float:
        """Add the gradient of a batch's loss; the loss.

        Args:
            batch: ``(n,)`` numbers of texts.
        """
        paired = self._train.paired
        photos = paired.photo[batch]
        device = self._alignment.share.device
        same = torch.from_numpy(photos[:, None] == photos[None, :]).to(device)
        before = torch.from_numpy(self._train.frozen[batch]).to(device)
        labels = torch.from_numpy(self._train.labels[batch]).to(device)

        def loss(texts: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
            aligned, logits = self._alignment(texts)
            return self._loss(aligned @ seen.T, before @ seen.T, logits, labels, same)

        self._alignment.train()
        sides = [paired.texts.side(batch, self._piece, self._team), paired.photos.side(photos, self._piece, self._team)]
        value = cached_backward(sides, loss, lambda own: self._team.gather(own, len(batch)))
        if torch.isfinite(value):
            self._team.add_up(self._shared, self._alignment.parameters())
        return float(value)

    def measure(self) -> float | None:
        """MRR@100 on the validation pairs."""
        found = self.places()
        return None if found is None else mean_reciprocal_rank(found[0])

    def figures(self) -> Mapping[str, float]:
        """What a model card says of the validation pairs; empty where there are none."""
        found = self.places()
        if found is None or self._validation is None:
            return {}
        places, categories = found
        known = self._validation.labels >= 0
        right = (
            {"category accuracy": float((categories == self._validation.labels)[known].mean())} if known.any() else {}
        )
        return {**figures(places), **right}

    def places(self) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """At which place each validation text finds its photo among all, and the category predicted for it."""
        if self._validation is None:
            return None
        found: Any = None
        if self._team.leads:
            texts, categories = self.aligned(self._validation)
            paired = self._validation.paired
            found = ranks(texts, paired.photos.vectors(self._piece), paired.photo).tolist(), categories.tolist()
        places, categories = self._team.agree(found)
        return np.array(places, np.int64), np.array(categories, np.int64)

    def aligned(self, told: Labelled) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Aligned vectors ``(n, d)`` and predicted categories ``(n,)`` of texts, as the module is now."""
        self._alignment.eval()
        with torch.no_grad():
            rows = torch.from_numpy(told.paired.texts.vectors(self._piece)).to(self._alignment.share.device)
            texts, logits = self._alignment(rows)
        return texts.cpu().numpy(), logits.argmax(dim=1).cpu().numpy()
