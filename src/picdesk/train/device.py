"""Where training runs, and in which precision."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from picdesk.encoders.torch.machine import device_named
from picdesk.errors import InputError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

PRECISIONS = ("float32", "bf16")


@dataclass(frozen=True, slots=True)
class Place:
    """A processor or card, and the arithmetic on it.

    Attributes:
        device: torch's name: ``cpu``, ``cuda``, ``cuda:1``.
        precision: ``float32`` or ``bf16``. Weights stay float32 in both.
    """

    device: str = "cpu"
    precision: str = "float32"

    def arithmetic(self) -> AbstractContextManager[Any]:
        """Inside it, matrix products are computed in the place's precision."""
        import torch

        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.partition(":")[0], dtype=torch.bfloat16)


def choose_place(device: str | None = None, precision: str = "float32") -> Place:
    """The place that is asked for.

    Args:
        device: ``cpu``, ``cuda``, ``cuda:N``; ``None`` for a card where there is one, else the processor.
        precision: one of ``PRECISIONS``.

    Raises:
        InputError: no such device or precision.
        MissingError: there is no such card here.
    """
    if precision not in PRECISIONS:
        raise InputError(f"no precision called {precision!r}", f"Choose one of: {', '.join(PRECISIONS)}.")
    return Place(device_named(device), precision)
