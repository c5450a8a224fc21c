"""How an archive's signals are joined: the defaults, what was fitted on pairs, what a search asks for."""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Protocol

from picdesk.errors import InputError
from picdesk.photos.whole_file import write_whole
from picdesk.search.fusion import fusion_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from picdesk.objects import Place

FILE = "fusion.toml"
"""In an archive's folder: what `picdesk tune` found."""


class Named(Protocol):
    """What has a weight: a signal of one query or of many."""

    @property
    def name(self) -> str:
        """Of the signal."""

    @property
    def kind(self) -> str:
        """Of signal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How signals are joined.

    Attributes:
        fusion: one of ``FUSIONS``.
        weights: name or kind of a signal -> weight, 0 or more; 0 leaves a signal out of the score.
        half_life: of the date signal, in days.
        fitted_on: articles that the weights were fitted on; 0 where they are the defaults.
    """

    fusion: str
    weights: Mapping[str, float] = field(default_factory=dict)
    half_life: float
    fitted_on: int = 0

    def of(self, signals: Sequence[Named]) -> dict[str, float]:
        """Name of each signal -> its weight.

        What is set for a name goes before what is set for its kind, which signals of that kind share.
        """
        shared = Counter(signal.kind for signal in signals if signal.name not in self.weights)
        kinds = default_weights(self.fusion)
        return {
            signal.name: self.weights[signal.name]
            if signal.name in self.weights
            else self.weights.get(signal.kind, kinds.get(signal.kind, 1.0)) / shared[signal.kind]
            for signal in signals
        }

    def asked(self, fusion: str | None, weights: Mapping[str, float]) -> Settings:
        """These settings with what one search asks for. Fitted weights hold for the fusion they were fitted for.

        Raises:
            InputError: no such fusion, or a weight that is no number of 0 or more.
        """
        changed = self
        if fusion is not None and fusion != self.fusion:
            fusion_named(fusion)
            changed = replace(self, fusion=fusion, weights={}, fitted_on=0)
        if weights:
            check_weights(weights)
            changed = replace(changed, weights={**changed.weights, **weights}, fitted_on=0)
        return changed


def settings_of(folder: Place) -> Settings:
    """What was fitted to an archive, else the defaults.

    Raises:
        InputError: its file makes no sense.
    """
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return _defaults()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{folder / FILE} cannot be read: {error}", "Delete it, or fit it again.") from None
    try:
        said = tomllib.loads(text)
        found = Settings(
            fusion=str(said["fusion"]),
            weights={str(name): float(weight) for name, weight in said["weights"].items()},
            half_life=float(said.get("half_life", _defaults().half_life)),
            fitted_on=int(said.get("fitted_on", 0)),
        )
        fusion_named(found.fusion)
        check_weights(found.weights)
        if not (0 < found.half_life < math.inf):
            raise InputError(f"a half-life of {found.half_life} days makes no sense")
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError, InputError) as error:
        raise InputError(
            f"{folder / FILE} makes no sense: {error}", "Delete it, or fit it again with: picdesk tune ARCHIVE ARTICLES"
        ) from None
    return found


def write_settings(settings: Settings, file: Place, lines: Sequence[str] = ()) -> None:
    """Write settings as TOML, so that a reader finds the old file or the new one.

    Args:
        settings: to keep.
        file: where.
        lines: remarks that are put at the top.

    Raises:
        InputError: the file cannot be written.
    """
    import json

    text = [f"# {line}" for line in lines]
    text += [f"fusion = {json.dumps(settings.fusion)}", f"half_life = {settings.half_life}"]
    text += [f"fitted_on = {settings.fitted_on}", "", "[weights]"]
    # A JSON string is a TOML string as long as it is kept to ASCII without surrogates, which json does by default.
    text += [f"{json.dumps(name)} = {float(weight)}" for name, weight in settings.weights.items()]
    write_whole(file, ("\n".join(text) + "\n").encode())


def check_weights(weights: Mapping[str, float]) -> None:
    """Make sure that weights are numbers of 0 or more.

    Raises:
        InputError: one is not.
    """
    for name, weight in weights.items():
        if not 0 <= weight < math.inf:
            raise InputError(f"the weight of '{name}' is {weight}", "Give a number of 0 or more.")


def default_weights(fusion: str) -> Mapping[str, float]:
    """Kind of signal -> its weight in a fusion, where nothing is fitted."""
    weights: Mapping[str, float] = _said()["weights"][fusion]
    return weights


def default_half_life() -> float:
    """Days after which a photo is worth half to the date signal."""
    return float(_said()["half_life"])


def _defaults() -> Settings:
    return Settings(fusion=_said()["fusion"], half_life=default_half_life())


@cache
def _said() -> dict[str, Any]:
    return tomllib.loads(resources.files("picdesk.search").joinpath("defaults.toml").read_text(encoding="utf-8"))


def named_weights(text: str) -> dict[str, float]:
    """Weights as they are typed.

    >>> named_weights("words=1,clip=0.5")
    {'words': 1.0, 'clip': 0.5}

    Raises:
        InputError: that is not how they are typed.
    """
    found = {}
    for part in text.split(","):
        name, _, value = part.rpartition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            name = ""
        if not name.strip():
            raise InputError(
                f"'{part.strip()}' is no weight", "Write name=number, separated by commas: words=1,clip=0.5"
            )
    check_weights(found)
    return found
