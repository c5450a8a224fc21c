"""Which parameters learn, and how fast each does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.train.clip.layers import IMAGE, TEXT, depth, places

if TYPE_CHECKING:
    from collections.abc import Iterable

    import torch

TOWERS = {"text": (TEXT,), "image": (IMAGE,), "both": (TEXT, IMAGE)}
"""What ``--tower`` may be, and the towers that then learn."""

OPTIMISERS = {"adam": "Adam", "adamw": "AdamW"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiserSettings:
    """How fast what learns.

    Attributes:
        name: a key of ``OPTIMISERS``: ``adam`` (Kingma & Ba 2015) or ``adamw`` (Loshchilov & Hutter 2019).
        lr: rate of the last layers.
        betas: decay of both moments.
        eps: what keeps the division from nothing.
        weight_decay: of matrices; biases, gains and the temperature are left alone.
        layer_decay: each layer towards the input learns this much more slowly than the one above it (Clark et al.
            2020, *ELECTRA*; Bao et al. 2022, *BEiT*); 1 for all alike.
        freeze: how many layers of each tower stay as they are, counted from the input; embeddings are the first.
        scale: whether the loss's temperature (and bias) learns too.
    """

    name: str = "adam"
    lr: float = 1e-6
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    layer_decay: float = 1.0
    freeze: int = 0
    scale: bool = True


def let_learn(model: torch.nn.Module, tower: str, settings: OptimiserSettings) -> int:
    """Mark what of a model learns; all the rest stays as it is.

    Args:
        model: as ``Checkpoint`` has it; its parameters are marked in place.
        tower: a key of ``TOWERS``.
        settings: of these ``freeze``.

    Returns:
        How many numbers learn.

    Raises:
        InputError: no such tower, or so many layers are frozen that nothing of a tower is left.
    """
    if tower not in TOWERS:
        raise InputError(f"no tower called {tower!r}", f"Choose one of: {', '.join(TOWERS)}.")
    found = places(name for name, _ in model.named_parameters())
    for each in TOWERS[tower]:
        layers = depth(found.values(), each) + 1
        if not any(place.tower == each for place in found.values()):
            raise InputError(f"the model has no {each} tower of its own", "Choose another --tower.")
        if settings.freeze >= layers:
            raise InputError(
                f"the {each} tower has {layers} layers, embeddings and projection counted, and {settings.freeze} are "
                "to be frozen",
                "Freeze fewer layers.",
            )
    learning = 0
    for name, parameter in model.named_parameters():
        place = found[name]
        learns = place.tower in TOWERS[tower] and place.layer >= settings.freeze
        parameter.requires_grad_(learns)
        learning += parameter.numel() * learns
    return learning


def parameter_groups(
    model: torch.nn.Module, loss: torch.nn.Module, settings: OptimiserSettings
) -> list[dict[str, Any]]:
    """What learns, in groups of one rate and one weight decay, in a fixed order.

    Args:
        model: as ``let_learn`` has marked it.
        loss: its parameters learn at the full rate, without decay, where the settings say so.
        settings: rates.

    Returns:
        Groups as torch's optimisers take them; each also says its ``share`` of the full rate, for schedules.
    """
    found = places(name for name, _ in model.named_parameters())
    groups: dict[tuple[float, float], list[Any]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        place = found[name]
        share = settings.layer_decay ** (depth(found.values(), place.tower) - place.layer)
        # Gains, biases and lone vectors have no direction that could grow for nothing.
        decay = settings.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((share, decay), []).append(parameter)
    for parameter in loss.parameters():
        parameter.requires_grad_(settings.scale)
        if settings.scale:
            groups.setdefault((1.0, 0.0), []).append(parameter)
    return [
        {"params": each, "lr": settings.lr * share, "share": share, "weight_decay": decay}
        for (share, decay), each in groups.items()
    ]


def build_optimiser(groups: Iterable[dict[str, Any]], settings: OptimiserSettings) -> torch.optim.Optimizer:
    """An optimiser over groups of ``parameter_groups``.

    Raises:
        InputError: no such optimiser, or a number out of its bounds.
    """
    import torch

    if settings.name not in OPTIMISERS:
        raise InputError(f"no optimiser called {settings.name!r}", f"Choose one of: {', '.join(OPTIMISERS)}.")
    try:
        made: torch.optim.Optimizer = getattr(torch.optim, OPTIMISERS[settings.name])(
            list(groups), lr=settings.lr, betas=settings.betas, eps=settings.eps
        )
    except ValueError as error:
        raise InputError(f"the optimiser cannot be set like this: {error}", "Correct that number.") from error
    return made
