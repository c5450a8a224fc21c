"""What the training loop asks of a CLIP: the gradient of a batch, and how good it is by now."""

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

    from picdesk.train.clip.rows import Rows
    from picdesk.train.team import Team


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """Texts and the photos that belong to them.

    Attributes:
        texts: one a pair.
        photos: each photo once.
        photo: ``(n,)`` int64, the number of each text's photo.
    """

    texts: Rows
    photos: Rows
    photo: NDArray[np.int64]


class Learned(torch.nn.Module):
    """Everything that learns and nothing else: what checkpoints hold.

    Args:
        model: its parameters that are marked to learn are shared, under their own names.
        loss: its parameters likewise, whether they learn or not.
    """

    def __init__(self, model: torch.nn.Module, loss: torch.nn.Module) -> None:
        super().__init__()
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                self.register_parameter(name.replace(".", "/"), parameter)
        self.loss = loss


class ClipLearner:
    """Contrastive learning of one tower or both.

    Args:
        model: as ``let_learn`` has marked it, on its device.
        loss: called with scores and which of them are of one photo.
        train: what is learned from.
        validation: what it is measured on; ``None`` for nothing.
        piece: texts or photos that go through a tower at once.
        team: the processes that work on one batch.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        loss: torch.nn.Module,
        train: Paired,
        validation: Paired | None,
        piece: int,
        team: Team,
    ) -> None:
        self.module: torch.nn.Module = Learned(model, loss)
        self.rows = len(train.texts)
        self._loss, self._piece, self._team = loss, piece, team
        self._train, self._validation = train, validation
        self._shared = [parameter for name, parameter in model.named_parameters() if parameter.requires_grad]

    def backward(self, batch: NDArray[np.int64]) -> float:
        """Add the gradient of a batch's loss, over all its texts with all its photos; the loss.

        Args:
            batch: ``(n,)`` numbers of pairs.
        """
        photos = self._train.photo[batch]
        device = next(self.module.parameters()).device
        same = torch.from_numpy(photos[:, None] == photos[None, :]).to(device)
        sides = [
            self._train.texts.side(batch, self._piece, self._team),
            self._train.photos.side(photos, self._piece, self._team),
        ]
        value = cached_backward(
            sides, lambda texts, seen: self._loss(texts @ seen.T, same), lambda own: self._team.gather(own, len(batch))
        )
        if torch.isfinite(value):
            self._team.add_up(self._shared, self._loss.parameters())
        return float(value)

    def measure(self) -> float | None:
        """MRR@100 on the validation pairs."""
        places = self.places()
        return None if places is None else mean_reciprocal_rank(places)

    def places(self) -> NDArray[np.int64] | None:
        """At which place each validation text finds its photo among all validation photos."""
        if self._validation is None:
            return None
        found: Any = None
        if self._team.leads:
            texts, photos = (side.vectors(self._piece) for side in (self._validation.texts, self._validation.photos))
            found = ranks(texts, photos, self._validation.photo).tolist()
        return np.array(self._team.agree(found), np.int64)

    def figures(self) -> Mapping[str, float]:
        """What a model card says of the validation pairs; empty where there are none."""
        places = self.places()
        return {} if places is None else figures(places)
