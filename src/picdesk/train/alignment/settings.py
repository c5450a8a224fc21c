"""How an alignment is trained."""

from __future__ import annotations

from dataclasses import dataclass

from picdesk.errors import InputError
from picdesk.train.alignment.losses import AlignmentLoss
from picdesk.train.clip.optimiser import OptimiserSettings
from picdesk.train.loop import LoopSettings
from picdesk.train.schedule import Schedule

STARTS = ("model", "random")
TOWERS = ("none", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignmentSettings:
    """How an alignment is trained. The image tower never learns.

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
        optimiser: ``adam`` or ``adamw``.
        rate: full learning rate of the module.
        tower_rate: of the text tower.
        weight_decay: of matrices.
        layer_decay: in the text tower, as for ``train clip``.
        freeze: layers of the text tower that stay as they are.
        batch: pairs a step.
        piece: texts or photos that go through a tower at once.
        epochs: how often each pair is seen, at most.
        warm_up: share of all steps over which the rate rises.
        cosine: whether it falls as half a cosine afterwards.
        clip: largest norm of the gradient; 0 for no bound.
        patience: measurements without a better MRR after which training ends; 0 for never.
        measure_every: steps between measurements; 0 for once an epoch.
        save_every: steps between checkpoints beside those of measurements; 0 for none.
        paraphrases: whether further texts of a story are learned from.
        seed: of the start, of order and of chance.
        device: ``cpu``, ``cuda``, ``cuda:N``; empty for a card where there is one.
        precision: ``float32`` or ``bf16``.
    """

    tower: str = "none"
    start: str = "model"
    hidden: int = 0
    dropout: float = 0.1
    temperature: float = 0.07
    category_weight: float = 1.0
    keep_weight: float = 1.0
    keep_temperature: float = 0.5
    optimiser: str = "adamw"
    rate: float = 1e-3
    tower_rate: float = 1e-5
    weight_decay: float = 0.01
    layer_decay: float = 1.0
    freeze: int = 0
    batch: int = 256
    piece: int = 64
    epochs: int = 20
    warm_up: float = 0.1
    cosine: bool = True
    clip: float = 1.0
    patience: int = 5
    measure_every: int = 0
    save_every: int = 0
    paraphrases: bool = True
    seed: int = 0
    device: str = ""
    precision: str = "float32"

    def __post_init__(self) -> None:
        for name, values in (("tower", TOWERS), ("start", STARTS)):
            if getattr(self, name) not in values:
                raise InputError(f"no {name} called {getattr(self, name)!r}", f"Choose one of: {', '.join(values)}.")
        if self.piece < 1 or self.hidden < 0 or self.freeze < 0:
            raise InputError("a number is below its least", "Give --piece 1 or more, --hidden and --freeze 0 or more.")
        if not self.tower_rate > 0 or not 0 < self.layer_decay <= 1:
            raise InputError("a rate of the text tower is not over 0", "Give numbers over 0; a layer decay up to 1.")

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

    def of_loop(self) -> LoopSettings:
        """What concerns the loop.

        Raises:
            InputError: a number makes no sense.
        """
        return LoopSettings(
            epochs=self.epochs,
            batch=self.batch,
            rate=self.rate,
            schedule=Schedule(warm_up=self.warm_up, cosine=self.cosine),
            clip=self.clip or None,
            patience=self.patience or None,
            measure_every=self.measure_every or None,
            save_every=self.save_every or None,
            seed=self.seed,
        )
