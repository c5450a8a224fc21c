"""How a CLIP is trained: every number of the papers, each with a name."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.train.clip.optimiser import OptimiserSettings
from picdesk.train.loop import LoopSettings
from picdesk.train.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSettings:
    """How a CLIP is trained.

    Attributes:
        tower: ``text``, ``image`` or ``both``: what learns. The other one's vectors are computed once.
        loss: ``infonce`` or ``sigmoid``; empty for the one that the model was made with.
        temperature: that cosines are divided by at the start; ``None`` for the model's own.
        learn_scale: whether the temperature (and SigLIP's bias) learns too.
        optimiser: ``adam`` or ``adamw``.
        rate: full learning rate.
        beta1: of the optimiser.
        beta2: of the optimiser.
        eps: of the optimiser.
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
        seed: of order and chance.
        device: ``cpu``, ``cuda``, ``cuda:N``; empty for a card where there is one.
        precision: ``float32`` or ``bf16``.
    """

    tower: str = "text"
    loss: str = ""
    temperature: float | None = None
    learn_scale: bool = True
    optimiser: str = "adamw"
    rate: float = 1e-5
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.1
    layer_decay: float = 1.0
    freeze: int = 0
    batch: int = 480
    piece: int = 60
    epochs: int = 10
    warm_up: float = 0.1
    cosine: bool = True
    clip: float = 0.0
    patience: int = 3
    measure_every: int = 0
    save_every: int = 0
    paraphrases: bool = True
    seed: int = 0
    device: str = ""
    precision: str = "float32"

    def __post_init__(self) -> None:
        if self.piece < 1:
            raise InputError(f"pieces of {self.piece}", "Give --piece 1 or more.")
        if self.temperature is not None and not self.temperature > 0:
            raise InputError(f"a temperature of {self.temperature} divides by nothing", "Give a number over 0.")
        if not 0 < self.layer_decay <= 1:
            raise InputError(f"a layer decay of {self.layer_decay}", "Give a factor over 0 and up to 1.")
        if self.freeze < 0:
            raise InputError(f"{self.freeze} frozen layers", "Give 0 or more.")

    def of_optimiser(self) -> OptimiserSettings:
        """What concerns the optimiser."""
        return OptimiserSettings(
            name=self.optimiser,
            lr=self.rate,
            betas=(self.beta1, self.beta2),
            eps=self.eps,
            weight_decay=self.weight_decay,
            layer_decay=self.layer_decay,
            freeze=self.freeze,
            scale=self.learn_scale,
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


def recipes(package: str = "picdesk.train.clip") -> dict[str, dict[str, Any]]:
    """The recipes of a room by their names, each with its ``about``."""
    return tomllib.loads(files(package).joinpath("recipes.toml").read_text(encoding="utf-8"))


def with_recipe(
    recipe: str | None, given: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]], kind: type
) -> dict[str, Any]:
    """What is asked for: the recipe's values, and over them what was given.

    Args:
        recipe: its name; ``None`` for none.
        given: field -> value; ``None`` for what was not given.
        known: the recipes.
        kind: the settings' class.

    Raises:
        InputError: no such recipe, or it sets what the class has not.
    """
    if recipe is not None and recipe not in known:
        raise InputError(f"no recipe called {recipe!r}", f"There are: {', '.join(known)}.")
    chosen = {key: value for key, value in (known[recipe] if recipe else {}).items() if key != "about"}
    names = {field.name for field in fields(kind)}
    unknown = next((key for key in chosen if key not in names), None)
    if unknown is not None:
        raise InputError(f"the recipe {recipe} sets {unknown!r}, which there is not", f"There are: {sorted(names)}.")
    return chosen | {key: value for key, value in given.items() if value is not None}


def from_text(kind: type, named: Mapping[str, str]) -> dict[str, Any]:
    """Settings as text, by their names, as values.

    Args:
        kind: the settings' class, whose defaults say of which type each is; a default of ``None`` stands for a number.
        named: name -> value; ``-`` and ``_`` are the same.

    Raises:
        InputError: no such setting, or a value that is none of it.
    """
    defaults = {field.name: field.default for field in fields(kind)}
    values: dict[str, Any] = {}
    for name, text in named.items():
        plain = name.replace("-", "_")
        if plain not in defaults:
            known = ", ".join(sorted(defaults)).replace("_", "-")
            raise InputError(f"there is no setting {name!r}", f"There are: {known}.")
        values[plain] = _value(name, text, defaults[plain])
    return values


def _value(name: str, text: str, default: Any) -> Any:
    try:
        if isinstance(default, bool):
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]
        if isinstance(default, str):
            return text
        return int(text) if isinstance(default, int) else float(text)
    except (KeyError, ValueError):
        wanted = "yes or no" if isinstance(default, bool) else "a number"
        raise InputError(f"{name} is {text!r}, which is not {wanted}", f"Write {name}=VALUE with {wanted}.") from None
