"""What was seen in a photo, kept: faces are looked for once, however often a slot is changed."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from picdesk.desk.originals import original_of
from picdesk.photos.crops import Seen, look_at, suggest_box
from picdesk.photos.decode import decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from picdesk.photos.crops import CropBox, Slot
    from picdesk.records import Photo

_KEPT = 500
_SIDE = 640


class Looked:
    """Remembers the last photos that were looked at; safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, tuple[tuple[int, int], ...]], tuple[Seen, Mapping[str, CropBox]]] = (
            OrderedDict()
        )
        self._lock = Lock()

    def at(self, photo: Photo, slots: Sequence[Slot]) -> tuple[Seen, Mapping[str, CropBox]]:
        """What is in a photo, and the crop that is suggested for each slot, by its name.

        Raises:
            NothingFound: the original is gone.
            PhotoError: it cannot be read any more.
        """
        key = photo.id, tuple(slot.shape for slot in slots)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        image = decode(original_of(photo), smallest_side=_SIDE).image
        seen = look_at(image)
        found = seen, {slot.name: suggest_box(image, slot.shape, seen) for slot in slots}
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found


LOOKED = Looked()
"""One for the process: what is in a photo is in its bytes, whichever desk asks."""
