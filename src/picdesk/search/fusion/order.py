"""The one order of the house."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def in_order(scores: Mapping[str, float]) -> list[str]:
    """Ids by score, equal scores by id.

    >>> in_order({"b": 1.0, "a": 1.0, "c": 2.0})
    ['c', 'a', 'b']
    """
    return sorted(scores, key=lambda photo: (-scores[photo], photo))
