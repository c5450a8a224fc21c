"""Where in a model a parameter stands: in which tower, and how deep."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TEXT, IMAGE = "text", "image"

_TOWERS = {
    TEXT: re.compile(r"(inner\.)?(text_model|text_projection|text)\b"),
    IMAGE: re.compile(r"(inner\.)?(vision_model|visual_projection|visual)\b"),
}
# Blocks of transformers, open_clip and timm; the first number is the block's.
_BLOCK = re.compile(r"\.(?:layers|layer|resblocks|blocks|block|stages)\.(\d+)\.")
_BEFORE_BLOCKS = re.compile(r"embed|conv1|stem|pre_?la?y?e?r?_?norm|ln_pre|norm_pre|\bshared\b")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a parameter stands.

    Attributes:
        tower: ``text``, ``image``, or empty for what belongs to neither (the temperature).
        layer: 0 for embeddings, then the blocks from 1, then what comes after the last block.
    """

    tower: str
    layer: int


def places(names: Iterable[str]) -> dict[str, Place]:
    """The place of every parameter of a model of the CLIP family.

    Args:
        names: as ``named_parameters`` gives them, all of one model.

    Returns:
        Name -> place, in the order of the names.
    """
    names = list(names)
    towers = {name: next((tower for tower, begins in _TOWERS.items() if begins.match(name)), "") for name in names}
    blocks = {name: int(found[1]) + 1 for name in names if (found := _BLOCK.search(name))}
    last = {
        tower: max((blocks[name] for name in blocks if towers[name] == tower), default=0) for tower in (*_TOWERS, "")
    }

    def layer(name: str) -> int:
        if name in blocks:
            return blocks[name]
        return 0 if _BEFORE_BLOCKS.search(name) else last[towers[name]] + 1

    return {name: Place(towers[name], layer(name)) for name in names}


def depth(places: Iterable[Place], tower: str) -> int:
    """Number of the last layer of a tower."""
    return max((place.layer for place in places if place.tower == tower), default=0)
