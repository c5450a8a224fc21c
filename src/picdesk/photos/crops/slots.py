"""The places that a photo is cropped for: a shape, or a size in pixels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

_WRITTEN = re.compile(r"(?:(?P<name>[^=]+)=)?(?P<width>[0-9]{1,5})(?P<between>[:xX×])(?P<height>[0-9]{1,5})")
_LARGEST = 20_000
_NARROWEST = 20
"""How many times longer than the other a side may be."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a photo.

    Attributes:
        name: what the desk calls it.
        shape: width to height.
        size: pixels that the picture has there; None where every size will do.
    """

    name: str
    shape: tuple[int, int]
    size: tuple[int, int] | None = None


SLOTS = (
    Slot("16:9", (16, 9)),
    Slot("3:2", (3, 2)),
    Slot("1:1", (1, 1)),
    Slot("460x260", (460, 260), (460, 260)),
)
"""Those that are there by themselves; the last is the size of the NewsImages benchmark."""


def slot_of(text: str) -> Slot:
    """A slot as people write it.

    >>> slot_of("16:9")
    Slot(name='16:9', shape=(16, 9), size=None)
    >>> slot_of("teaser=640x360")
    Slot(name='teaser', shape=(640, 360), size=(640, 360))

    Raises:
        InputError: it is none.
    """
    match = _WRITTEN.fullmatch(text.strip())
    hint = "Write NAME=W:H for a shape or NAME=WxH for pixels, such as teaser=4:3 or 460x260."
    if match is None:
        raise InputError(f"{printable(text)[:80]!r} is no slot", hint)
    width, height = int(match["width"]), int(match["height"])
    if not 0 < width <= _LARGEST or not 0 < height <= _LARGEST or max(width, height) > _NARROWEST * min(width, height):
        raise InputError(f"no photo has the shape of the slot {printable(text)[:80]!r}", hint)
    exact = match["between"] != ":"
    plain = f"{width}{'x' if exact else ':'}{height}"
    name = (match["name"] or plain).strip()
    if not name or len(name) > 40 or not name.isprintable():
        raise InputError(f"{printable(text)[:80]!r} is no name of a slot", hint)
    return Slot(name, (width, height), (width, height) if exact else None)


def slots_of(texts: Iterable[str]) -> tuple[Slot, ...]:
    """The slots of a desk: those written, or `SLOTS` where none is.

    Raises:
        InputError: one is none, or two have one name.
    """
    slots = tuple(map(slot_of, texts)) or SLOTS
    names = [slot.name for slot in slots]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"two slots are called {printable(twice)!r}", "Give each its own name: NAME=W:H.")
    return slots
