"""How a CLIP is trained: every number of the papers, each with a name."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.train.clip.optimiser import OptimiserSettings
from picdesk.train.training import TrainingSettings

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSettings(TrainingSettings):
    """How a CLIP is trained; what it has in common with other trainings stands at ``TrainingSettings``.

    Attributes:
        tower: ``text``, ``image`` or ``both``: what learns. The other one's vectors are computed once.
        loss: ``infonce`` or ``sigmoid``; empty for the one that the model was made with.
        temperature: that cosines are divided by at the start; ``None`` for the model's own.
        learn_scale: whether the temperature (and SigLIP's bias) learns too.
        beta1: of the optimiser.
        beta2: of the optimiser.
        eps: of the optimiser.
    """

    tower: str = "text"
    loss: str = ""
    temperature: float | None = None
    learn_scale: bool = True
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    rate: float = 1e-5
    weight_decay: float = 0.1
    batch: int = 480
    piece: int = 60
    epochs: int = 10
    clip: float = 0.0
    patience: int = 3

    def __post_init__(self) -> None:
        TrainingSettings.__post_init__(self)  # super() does not know the class that slots make of this one
        if self.temperature is not None and not self.temperature > 0:
            raise InputError(f"a temperature of {self.temperature} divides by nothing", "Give a number over 0.")

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
