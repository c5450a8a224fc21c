"""What training pulls together and pushes apart: one file a loss, each a line in the registry.

A loss is a module that is called with the scores of a batch and says how wrong they are:

* ``scores``: ``(n, n)`` float, text i against photo j; pairs stand on the diagonal.
* ``same``: ``(n, n)`` bool, whether photo j is the photo of text i: the diagonal, and every further copy of one photo
  in the batch. Copies are not negatives of each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

NAMES = ("infonce", "margin", "sigmoid")
"""Every loss."""


def build_loss(name: str, settings: Mapping[str, float] | None = None) -> torch.nn.Module:
    """A loss by its name.

    Args:
        name: one of ``NAMES``.
        settings: of that loss, by the names of its arguments.

    Raises:
        InputError: no such loss, or it has no such setting.
    """
    from picdesk.train.losses.infonce import InfoNCE
    from picdesk.train.losses.margin import Margin
    from picdesk.train.losses.sigmoid import Sigmoid

    known = {"infonce": InfoNCE, "margin": Margin, "sigmoid": Sigmoid}
    if name not in known:
        raise InputError(f"no loss called {name!r}", f"Choose one of: {', '.join(NAMES)}.")
    try:
        loss: torch.nn.Module = known[name](**(settings or {}))
    except TypeError as error:
        raise InputError(f"the loss {name} has no such setting: {error}", "See the docs of training.") from error
    return loss


__all__ = ["NAMES", "build_loss"]
