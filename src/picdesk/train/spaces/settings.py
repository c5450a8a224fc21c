"""How spaces are made."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.train.loop import LoopSettings
from picdesk.train.schedule import Schedule
from picdesk.train.spaces.memory import MemorySettings

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADS = ("memory", "perceptron")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpacesSettings:
    """Of ``train_spaces``.

    Attributes:
        heads: kinds of space that each text feature has with each photo feature: ``memory`` is solved, ``perceptron``
            is the published one and is trained.
        memory: how spaces are solved; what is best on the held-back pairs, where ``tune`` says so.
        tune: whether the solved spaces' settings are chosen on the held-back pairs.
        directions: length of a trained space's vectors.
        activation: of trained spaces.
        dropout: of trained spaces.
        loss: of trained spaces.
        loss_settings: of that loss.
        loop: how they are trained.
        share: of the pairs that is held back to measure on.
        split: ``auto``, ``chronological`` or ``random``.
        refit: whether the spaces are then made again from all pairs, for as many steps as were best.
    """

    heads: tuple[str, ...] = ("memory",)
    memory: MemorySettings = field(default_factory=MemorySettings)
    tune: bool = True
    directions: int = 512
    activation: str = "relu"
    dropout: float = 0.2
    loss: str = "margin"
    loss_settings: Mapping[str, float] = field(default_factory=dict)
    loop: LoopSettings = field(default_factory=lambda: published_loop())
    share: float = 0.2
    split: str = "auto"
    refit: bool = True

    def __post_init__(self) -> None:
        if not self.heads or len(set(self.heads)) < len(self.heads) or not set(self.heads) <= set(HEADS):
            raise InputError(f"no such kinds of space: {', '.join(self.heads)}", f"Choose of: {', '.join(HEADS)}.")
        if self.directions < 1:
            raise InputError(f"a space of {self.directions} directions", "Give 1 or more.")


def published_loop(seed: int = 0) -> LoopSettings:
    """Adam at 1e-4, decay 0.99 an epoch, halved after three epochs without a better MRR, gradients clipped at 2.

    The values of dual encoding (Dong et al.), on which T x V builds.
    """
    return LoopSettings(
        epochs=30, batch=128, rate=1e-4, schedule=Schedule(decay=0.99, halve_after=3), clip=2.0, patience=10, seed=seed
    )


def with_settings(settings: SpacesSettings, named: Mapping[str, str]) -> SpacesSettings:
    """The same with some settings changed, by their names.

    Names are those of `SpacesSettings`, its loop, its loop's schedule, its memory, and its loss; ``-`` and ``_`` are
    the same. ``none`` stands for no bound.

    Args:
        settings: to begin with.
        named: name -> value as text.

    Raises:
        InputError: no such setting, or a value that is none of it.
    """
    loss = _loss_settings(settings.loss)
    for name, text in named.items():
        plain = name.replace("-", "_")
        if plain in loss:
            value = _value(plain, text, loss[plain])
            settings = replace(settings, loss_settings={**settings.loss_settings, plain: value})
        elif plain in _OWN:
            settings = _changed(settings, plain, text)
        elif plain in _names(settings.memory):
            settings = replace(settings, memory=_changed(settings.memory, plain, text))
        elif plain in _names(settings.loop.schedule):
            schedule = _changed(settings.loop.schedule, plain, text)
            settings = replace(settings, loop=replace(settings.loop, schedule=schedule))
        elif plain in _names(settings.loop) - {"schedule"}:
            settings = replace(settings, loop=_changed(settings.loop, plain, text))
        else:
            parts = (settings.memory, settings.loop.schedule, settings.loop)
            known = sorted({*_OWN, *loss, *(each for part in parts for each in _names(part))} - {"schedule"})
            raise InputError(f"there is no setting {name!r}", f"There are: {', '.join(known).replace('_', '-')}.")
    return settings


_OWN = ("directions", "activation", "dropout", "share", "split", "tune", "refit")
_OPTIONAL = ("clip", "patience", "measure_every", "save_every", "halve_after")


def _names(part: Any) -> set[str]:
    return {each.name for each in fields(part)}


def _changed(part: Any, name: str, text: str) -> Any:
    if name in _OPTIONAL and text.lower() == "none":
        return replace(part, **{name: None})
    like = {"clip": 1.0, "patience": 1, "measure_every": 1, "save_every": 1, "halve_after": 1}.get(name)
    return replace(part, **{name: _value(name, text, getattr(part, name) if like is None else like)})


def _value(name: str, text: str, like: Any) -> Any:
    try:
        if isinstance(like, bool):
            return {"true": True, "yes": True, "false": False, "no": False}[text.lower()]
        return type(like)(text)
    except (ValueError, KeyError) as error:
        kind = {bool: "yes or no", int: "a whole number", float: "a number"}.get(type(like), "a text")
        raise InputError(f"{name.replace('_', '-')} is {text!r}", f"It takes {kind}, such as {like}.") from error


def _loss_settings(loss: str) -> dict[str, Any]:
    """Settings of a loss with their defaults."""
    import inspect

    from picdesk.train.losses import build_loss

    arguments = inspect.signature(type(build_loss(loss)).__init__).parameters
    return {name: each.default for name, each in arguments.items() if name != "self"}
