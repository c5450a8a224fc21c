"""What every training through a tower can be told, whatever it teaches."""

from __future__ import annotations

from dataclasses import dataclass

from picdesk.errors import InputError
from picdesk.train.loop import LoopSettings
from picdesk.train.schedule import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How something is trained over pairs. A number that is not given is 0 where a command line has no other word.

    Attributes:
        optimiser: ``adam`` or ``adamw``.
        rate: full learning rate.
        weight_decay: of matrices.
        layer_decay: factor of the rate from each layer to the one before it; 1 for none.
        freeze: layers that stay as they are, counted from the input; embeddings are the first.
        batch: pairs a step, all in one softmax.
        piece: texts or photos that go through a tower at once; less memory, the same gradient.
        epochs: how often each pair is seen, at most.
        warm_up: share of all steps over which the rate rises.
        cosine: whether it falls as half a cosine afterwards.
        clip: largest norm of the gradient; 0 for no bound.
        patience: measurements without a better MRR after which training ends; 0 for never.
        measure_every: steps between measurements; 0 for once an epoch.
        save_every: steps between checkpoints beside those of measurements; 0 for none.
        paraphrases: whether further texts of a story are learned from as pairs of their own.
        seed: of the start, of order and of chance.
        device: ``cpu``, ``cuda``, ``cuda:N``; empty for a card where there is one.
        precision: ``float32`` or ``bf16``.
    """

    optimiser: str = "adamw"
    rate: float
    weight_decay: float
    layer_decay: float = 1.0
    freeze: int = 0
    batch: int
    piece: int
    epochs: int
    warm_up: float = 0.1
    cosine: bool = True
    clip: float
    patience: int
    measure_every: int = 0
    save_every: int = 0
    paraphrases: bool = True
    seed: int = 0
    device: str = ""
    precision: str = "float32"

    def __post_init__(self) -> None:
        if self.piece < 1:
            raise InputError(f"pieces of {self.piece}", "Give --piece 1 or more.")
        if not 0 < self.layer_decay <= 1:
            raise InputError(f"a layer decay of {self.layer_decay}", "Give a factor over 0 and up to 1.")
        if self.freeze < 0:
            raise InputError(f"{self.freeze} frozen layers", "Give 0 or more.")

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
