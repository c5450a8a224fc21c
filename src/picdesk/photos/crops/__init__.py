"""Parts of photos for places on a page: slots, a suggestion that keeps faces whole, and files that keep the credit."""

from picdesk.photos.crops.box import WHOLE, CropBox, around
from picdesk.photos.crops.render import Rendered, render
from picdesk.photos.crops.slots import SLOTS, Slot, slot_of, slots_of
from picdesk.photos.crops.suggest import Seen, look_at, suggest_box

__all__ = [
    "SLOTS",
    "WHOLE",
    "CropBox",
    "Rendered",
    "Seen",
    "Slot",
    "around",
    "look_at",
    "render",
    "slot_of",
    "slots_of",
    "suggest_box",
]
