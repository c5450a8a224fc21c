"""Where to crop a photo when nobody has looked yet: what draws the eye, and whole faces with room around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.photos.crops.box import CropBox
from picdesk.photos.crops.faces import find_faces
from picdesk.photos.crops.saliency import saliency, salient_box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    Face = tuple[float, float, float, float]

ABOVE, BESIDE, BELOW = 0.6, 0.35, 0.4
"""Room around a face, in parts of its height and width: hair and headgear above, ears beside, chin and collar below."""

_WORTH_KEEPING = 0.5
"""Faces less than this part as wide as the largest are bystanders: they are kept where there is room."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found in a photo, once for all slots.

    Attributes:
        focus: the point that a crop should hold, as shares of width and height.
        faces: left, top, right, bottom of each face, as shares, largest first.
    """

    focus: tuple[float, float]
    faces: tuple[Face, ...]


def look_at(image: Image) -> Seen:
    """Find the faces and the focal point: the middle of the main faces, else the centre of what draws the eye.

    Args:
        image: RGB, upright, of any size.
    """
    faces = tuple(find_faces(image))
    if faces:
        main = _main(faces)
        return Seen(((main[0] + main[2]) / 2, (main[1] + main[3]) / 2), faces)
    weights = saliency(image)
    # The square keeps a wide, faint background from drawing the point into the middle of every photo.
    weights = weights**2 / (weights**2).sum()
    places = (np.arange(len(weights)) + 0.5) / len(weights)
    return Seen((float(weights.sum(axis=0) @ places), float(weights.sum(axis=1) @ places)), ())


def suggest_box(image: Image, shape: tuple[int, int], seen: Seen | None = None) -> CropBox:
    """The largest crop of a shape, laid where it keeps most.

    It begins where `salient_box` would cut, as the submission builder does, and moves just so far that the faces are
    whole with room around them: the largest face first, further ones as long as all fit.

    Args:
        image: RGB, upright.
        shape: width to height.
        seen: what `look_at` found, where somebody has looked already.
    """
    left, top, right, bottom = salient_box(image, shape)
    width, height = image.size
    box = [left / width, top / height, right / width, bottom / height]
    faces = find_faces(image) if seen is None else seen.faces
    for axis in (0, 1):
        room = box[axis + 2] - box[axis]
        if kept := _kept(faces, axis, room):
            start = min(max(box[axis], kept[1] - room), kept[0])
            start = min(max(start, 0.0), 1 - room)
            box[axis], box[axis + 2] = start, start + room
    return CropBox(*box)


def with_room(face: Face) -> Face:
    """A face with what belongs to it, inside the photo."""
    left, top, right, bottom = face
    width, height = right - left, bottom - top
    return (
        max(0.0, left - BESIDE * width),
        max(0.0, top - ABOVE * height),
        min(1.0, right + BESIDE * width),
        min(1.0, bottom + BELOW * height),
    )


def _kept(faces: Sequence[Face], axis: int, room: float) -> tuple[float, float] | None:
    """From where to where along an axis the faces reach that fit together, each with its room.

    Where there is no room around the largest one, it is put into the middle.
    """
    if not faces:
        return None
    low, high = with_room(faces[0])[axis], with_room(faces[0])[axis + 2]
    if high - low > room:
        middle = (faces[0][axis] + faces[0][axis + 2]) / 2
        return middle - room / 2, middle + room / 2
    for face in faces[1:]:
        wider = min(low, with_room(face)[axis]), max(high, with_room(face)[axis + 2])
        if wider[1] - wider[0] <= room:
            low, high = wider
    return low, high


def _main(faces: Sequence[Face]) -> Face:
    largest = faces[0][2] - faces[0][0]
    main = [face for face in faces if face[2] - face[0] >= _WORTH_KEEPING * largest]
    return (
        min(face[0] for face in main),
        min(face[1] for face in main),
        max(face[2] for face in main),
        max(face[3] for face in main),
    )
