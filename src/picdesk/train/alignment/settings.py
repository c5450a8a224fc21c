"""How an alignment is trained."""

from __future__ import annotations

from dataclasses import dataclass

from picdesk.errors import InputError
from picdesk.train.alignment.losses import AlignmentLoss
from picdesk.train.clip.optimiser import OptimiserSettings
from picdesk.train.training import TrainingSettings

STARTS = ("model", "random")
TOWERS = ("none", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignmentSettings(TrainingSettings):
    """How an alignment is trained; what it has in common with other trainings stands at ``TrainingSettings``.

    The image tower never learns. ``rate`` is that of the module; layers are those of the text tower.

    Attributes:
        tower: ``none``: the module alone learns, over vectors that are computed once; ``text``: the text tower learns
            with it.
        start: ``model``: the projection begins as one that changes nothing and a category as the mean of its texts;
            ``random``: both as torch begins them.
        hidden: width of the MLP; 0 for half the vectors' length.
        dropout: inside the MLP.
        temperature: that cosines are divided by.
        category_weight: of the category's cross-entropy.
        keep_weight: of the divergence from the frozen model.
        keep_temperature: of that divergence.
        tower_rate: of the text tower.
    """

    tower: str = "none"
    start: str = "model"
    hidden: int = 0
    dropout: float = 0.1
    temperature: float = 0.07
    category_weight: float = 1.0
    keep_weight: float = 1.0
    keep_temperature: float = 0.5
    tower_rate: float = 1e-5
    rate: float = 1e-3
    weight_decay: float = 0.01
    batch: int = 256
    piece: int = 64
    epochs: int = 20
    clip: float = 1.0
    patience: int = 5

    def __post_init__(self) -> None:
        TrainingSettings.__post_init__(self)  # super() does not know the class that slots make of this one
        for name, values in (("tower", TOWERS), ("start", STARTS)):
            if getattr(self, name) not in values:
                raise InputError(f"no {name} called {getattr(self, name)!r}", f"Choose one of: {', '.join(values)}.")
        if self.hidden < 0:
            raise InputError(f"{self.hidden} hidden numbers", "Give --hidden 0 or more.")
        if not self.tower_rate > 0:
            raise InputError(f"a rate of {self.tower_rate} for the text tower", "Give a number over 0.")

    def of_loss(self) -> AlignmentLoss:
        """What concerns the losses.

        Raises:
            InputError: a temperature or a weight makes no sense.
        """
        return AlignmentLoss(
            temperature=self.temperature,
            category_weight=self.category_weight,
            keep_weight=self.keep_weight,
            keep_temperature=self.keep_temperature,
        )

    def of_optimiser(self) -> OptimiserSettings:
        """What concerns the text tower's part of the optimiser; the module's own rate is ``rate``."""
        return OptimiserSettings(
            name=self.optimiser,
            lr=self.tower_rate,
            weight_decay=self.weight_decay,
            layer_decay=self.layer_decay,
            freeze=self.freeze,
        )
