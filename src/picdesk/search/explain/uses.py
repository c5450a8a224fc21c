"""A photo that was used before says so with every answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.archive.store import Store
    from picdesk.archive.uses import Use
    from picdesk.records import Hit


def with_uses(store: Store, hits: Sequence[Hit]) -> list[Hit]:
    """The hits, each with a warning where it, or a photo that shows the same picture, was used before.

    Args:
        store: the archive.
        hits: of an answer.
    """
    shown = {hit.photo.id: [hit.photo.id, *(photo.id for photo in hit.siblings)] for hit in hits}
    uses = store.uses.of([photo for photos in shown.values() for photo in photos])
    found = []
    for hit in hits:
        own = [use for photo in shown[hit.photo.id] for use in uses.get(photo, ())]
        found.append(replace(hit, warnings=(*hit.warnings, used(own))) if own else hit)
    return found


def used(uses: Sequence[Use]) -> str:
    """The last of some uses in words, and how many there were: "used on 12 Nov 2026 for 'Fire' (and once before)"."""
    last = max(uses, key=lambda use: use.when)
    before = len(uses) - 1
    times = {0: "", 1: " (and once before)"}.get(before, f" (and {before} times before)")
    return f"{last.said()}{times}"
