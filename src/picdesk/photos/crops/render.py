"""A crop becomes a file: the pixels, the colours that were meant, and whose picture it is."""

from __future__ import annotations

import io
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.photos.crops.box import WHOLE, CropBox
from picdesk.photos.crops.label import jpeg_segment, label_of
from picdesk.photos.decode import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PIL.Image import Image

    from picdesk.photos.crops.label import Label
    from picdesk.photos.crops.slots import Slot
    from picdesk.records import Photo


@dataclass(frozen=True, slots=True)
class Rendered:
    """A crop as a file.

    Attributes:
        data: the file.
        kind: its media type.
        name: what to call it: the photo's name, the slot, the ending; letters, digits, ``-`` and ``_`` alone.
        width: pixels.
        height: pixels.
        enlarged: how many times larger than the photo's own pixels; 1 where it is not.
        note: what did not fit into the file; empty where all did.
    """

    data: bytes
    kind: str
    name: str
    width: int
    height: int
    enlarged: float = 1.0
    note: str = ""


def render(
    photo: Photo,
    data: bytes,
    box: CropBox = WHOLE,
    slot: Slot | None = None,
    *,
    format: str = "jpeg",
    enlarge: bool = False,
) -> Rendered:
    """Crop a photo, with credit, creator, rights and caption kept, and a word in the instructions that it is cropped.

    A slot with a size gives exactly its pixels, by Lanczos; any other crop keeps the photo's own pixels.

    Args:
        photo: of the archive; what is said about it goes into the file.
        data: its original, the whole file.
        box: what to keep.
        slot: what it is for.
        format: ``jpeg``, ``png`` or ``webp``.
        enlarge: whether a crop may have more pixels than there are.

    Raises:
        InputError: no such format, or the crop has too few pixels for its slot.
        PhotoError: the original cannot be read.
    """
    if format not in WRITERS:
        raise InputError(f"there is no format {format!r} of crops", f"There are: {', '.join(WRITERS)}.")
    kind, ending, write = WRITERS[format]
    size = slot.size if slot else None
    decoded = decode(data, smallest_side=_enough(size, box))
    enlarged = enlarged_by(box, slot, (decoded.width, decoded.height)) if slot else 1.0
    if enlarged > 1 and not enlarge:
        raise InputError(
            f"the crop has too few pixels for {slot.name if slot else ''}: it would be enlarged {enlarged:.2f} times",
            "Choose a larger part of the photo, or say that it may be enlarged.",
        )
    image = _cropped(decoded.image, box, slot)
    label = label_of(photo, "" if box == WHOLE else f"Cropped from the original of {decoded.width} x {decoded.height}")
    file = write(image, label, decoded.profile)
    name = f"{file_name(photo.name)}{f'-{file_name(slot.name)}' if slot else ''}.{ending}"
    return Rendered(file, kind, name, image.width, image.height, max(1.0, enlarged), label.left_out)


def enlarged_by(box: CropBox, slot: Slot, size: tuple[int, int]) -> float:
    """How many times larger a slot is than what a crop has of a photo's own pixels; 1 or less where there are enough.

    Args:
        box: the crop.
        slot: what it is for.
        size: of the photo, pixels.
    """
    if slot.size is None:
        return 1.0
    left, top, right, bottom = box.edges(size)
    return round(max(slot.size[0] / (right - left), slot.size[1] / (bottom - top)), 6)


def file_name(name: str) -> str:
    """A name that is safe as part of a file's: letters without accents, digits, ``-`` and ``_``, sixty at most.

    >>> file_name("Brückenfest 16:9"), file_name("../../etc/passwd"), file_name("北京")
    ('Bruckenfest-16-9', 'etc-passwd', 'photo')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_]+", "-", plain)[:60].strip("-") or "photo"


def _enough(size: tuple[int, int] | None, box: CropBox) -> int:
    """Pixels of the shorter side that a reduced copy may shrink to; those of the submission builder, for its crops."""
    if size is None:
        return 1 << 30
    return math.ceil(2 * max(size) / max(box.width, box.height))


def _cropped(image: Image, box: CropBox, slot: Slot | None) -> Image:
    from PIL.Image import Resampling

    if slot is not None and slot.size is not None:
        return image.resize(slot.size, Resampling.LANCZOS, box=box.edges(image.size))
    return image.crop(box.pixels(image.size, slot.shape if slot else None))


def _jpeg(image: Image, label: Label, profile: bytes | None) -> bytes:
    options: dict[str, Any] = {"quality": 92, "subsampling": 0, "optimize": True}
    return _saved(image, "JPEG", label, profile, **options, xmp=label.xmp, extra=jpeg_segment(label.iptc))


def _png(image: Image, label: Label, profile: bytes | None) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    text.add_itxt("XML:com.adobe.xmp", label.xmp.decode())
    return _saved(image, "PNG", label, profile, pnginfo=text)


def _webp(image: Image, label: Label, profile: bytes | None) -> bytes:
    return _saved(image, "WEBP", label, profile, quality=90, method=4, xmp=label.xmp)


def _saved(image: Image, kind: str, label: Label, profile: bytes | None, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, exif=label.exif, **options, **({"icc_profile": profile} if profile else {}))
    return buffer.getvalue()


WRITERS: Mapping[str, tuple[str, str, Callable[[Image, Label, bytes | None], bytes]]] = {
    "jpeg": ("image/jpeg", "jpg", _jpeg),
    "png": ("image/png", "png", _png),
    "webp": ("image/webp", "webp", _webp),
}
"""Format -> its media type, ending and writer."""
