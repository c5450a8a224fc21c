"""Fusion: several signals become one order. A new way is one new file and one line of ``FUSIONS``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from picdesk.errors import InputError
from picdesk.search.fusion.convex import convex
from picdesk.search.fusion.evidence import evidence
from picdesk.search.fusion.min_max import min_max
from picdesk.search.fusion.order import in_order
from picdesk.search.fusion.reciprocal_rank import reciprocal_rank
from picdesk.search.fusion.scale import Scale
from picdesk.search.fusion.standardised import standardised

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FUSIONS", "Fusion", "Scale", "fusion_named", "in_order"]


class Fusion(Protocol):
    """Joins signals: each photo that any of them named is given one score."""

    def __call__(
        self,
        signals: Mapping[str, Mapping[str, float]],
        weights: Mapping[str, float],
        scales: Mapping[str, Scale],
        /,
    ) -> dict[str, float]:
        """Given signal's name -> photo id -> raw value, and each signal's weight and scale."""


FUSIONS: Mapping[str, Fusion] = {
    "evidence": evidence,
    "convex": convex,
    "zscore": standardised,
    "minmax": min_max,
    "rrf": reciprocal_rank,
}


def fusion_named(name: str) -> Fusion:
    """The fusion of that name.

    Raises:
        InputError: there is none.
    """
    if name not in FUSIONS:
        raise InputError(f"no fusion is called '{name}'", f"Use one of: {', '.join(FUSIONS)}.")
    return FUSIONS[name]
