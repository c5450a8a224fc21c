"""A photo's bytes become an upright RGB picture, its full size, and what it says about itself."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import IO, TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError, PhotoError
from picdesk.photos.metadata import read_metadata
from picdesk.photos.metadata.exif import orientation
from picdesk.photos.metadata.pillow_warnings import quiet_pillow

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

    from picdesk.records import PhotoMetadata

PIXEL_LIMIT = 178_956_970
"""Pixels of the largest picture that is opened, the bound at which Pillow itself sees an attack: about 0.7 GB."""

# Every format here is told by its first bytes and decoded inside this process; PostScript and its like start programs.
_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP", "JPEG2000", "PSD", "PPM", "QOI")

_FETCH_AGAIN = "Fetch the file again, or open it in an image editor and save it anew."
_SMALLER = "Add a smaller copy of it."


@dataclass(frozen=True, slots=True)
class Decoded:
    """A photo that was read.

    Attributes:
        image: RGB, upright, without the file's metadata; smaller than the photo where a reduced copy sufficed.
        width: pixels of the photo at full size, as displayed.
        height: pixels of the photo at full size, as displayed.
        format: Pillow's name for the file format, such as ``JPEG``.
        metadata: what the photo says about itself.
        profile: the ICC profile that the picture's colours are meant in; None where there is none, or one of other
            than RGB pixels.
    """

    image: Image
    width: int
    height: int
    format: str
    metadata: PhotoMetadata
    profile: bytes | None = None


def decode(data: bytes, *, smallest_side: int = 448) -> Decoded:
    """Decode a photo.

    Of an animation or a file of several pages the first is taken. What is transparent is laid on white, 16-bit grey is
    scaled to 8 bits, and grey without an agreed white (32-bit, floating point) is stretched. Colour profiles are not
    applied. Safe to call from several threads at once.

    Args:
        data: the whole file.
        smallest_side: pixels that the shorter side of the picture may shrink to; a JPEG that is at least twice as
            large is decoded at a half, a quarter or an eighth of its size, some ten times faster.

    Returns:
        The picture and what is known about it.

    Raises:
        PhotoError: the bytes are no picture that can be read, or a picture too large or too small to take. Its
            message is one line.
        InputError: ``smallest_side`` is below 1.
    """
    if smallest_side < 1:
        raise InputError(f"smallest_side is {smallest_side}, below 1 pixel")
    if not data:
        raise PhotoError("empty file", "Fetch the file again.")
    quiet_pillow()
    with _opened(data) as image:
        full, reduced = image.size, image.size
        _check_size(*full)
        if image.format == "JPEG":
            image.draft(None, (smallest_side, smallest_side))
            reduced = image.size
        try:
            image.load()
            if image.size != reduced:
                full = image.size  # a TIFF is turned upright while it loads
            metadata = read_metadata(image)
            profile = _rgb_profile(image)
            picture, turned = _upright(_rgb(image), orientation(image))
        except Exception as error:  # see _opened
            raise _damaged(image.format, error) from error
    width, height = full[::-1] if turned else full
    return Decoded(picture, width, height, image.format or "", metadata, profile)


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height in pixels as a photo's header says them, before it is turned upright; nothing is decoded.

    Raises:
        PhotoError: as `decode`.
    """
    if not data:
        raise PhotoError("empty file", "Fetch the file again.")
    quiet_pillow()
    with _opened(data) as image:
        width, height = image.size
    _check_size(width, height)
    return width, height


@cache
def _openers() -> tuple[tuple[str, Callable[[bytes], bool | str], Callable[[IO[bytes], str], ImageFile]], ...]:
    """Each format's name, test of the first 16 bytes, and decoder."""
    from PIL import Image, JpegImagePlugin

    Image.init()
    openers = []
    for name in _FORMATS:
        factory, accept = Image.OPEN.get(name, (None, None))
        if name == "JPEG":
            # Pillow's own factory looks for further pictures (MPO), which are not asked for and often broken.
            factory = JpegImagePlugin.JpegImageFile
        if factory and accept:
            openers.append((name, accept, factory))
    return tuple(openers)


def _opened(data: bytes) -> ImageFile:
    """Read the header, as ``Image.open`` does, but leave the limit of pixels to us: it then says the size.

    Raises:
        PhotoError: the bytes are no picture, or one whose header is broken.
    """
    for name, accept, factory in _openers():
        accepted = accept(data[:16])
        if isinstance(accepted, str):
            raise PhotoError(f"not an image that can be read: {_one_line(accepted)}")
        if accepted:
            try:
                return factory(io.BytesIO(data), "")
            except Exception as error:  # decoders meet hostile bytes with every kind of exception, not only OSError
                raise _damaged(name, error) from error
    raise PhotoError(
        "not an image that can be read", f"Formats that can be read: {', '.join(name for name, _, _ in _openers())}."
    )


def _check_size(width: int, height: int) -> None:
    """Refuse pictures that would take the memory, and those that show nothing (tracking pixels, spacers)."""
    if width * height > PIXEL_LIMIT:
        raise PhotoError(
            f"{width} x {height} pixels, over the limit of {PIXEL_LIMIT / 1e6:.0f} megapixels",
            _SMALLER,
        )
    if width < 2 or height < 2:
        raise PhotoError(f"{width} x {height} pixels, too small to show anything")


def _damaged(name: str | None, error: Exception) -> PhotoError:
    """Say that a file of a known format does not decode, and why."""
    from PIL.Image import DecompressionBombError

    reason = _one_line(error)
    if isinstance(error, DecompressionBombError):
        return PhotoError(f"over the limit of pixels: {name}, {reason}", _SMALLER)
    truncated = any(sign in reason.lower() for sign in ("truncated", "end of file", "not enough", "requires a buffer"))
    return PhotoError(f"{'truncated' if truncated else 'damaged'}: {name}, {reason}", _FETCH_AGAIN)


def _one_line(error: Exception | str) -> str:
    """Put an error into one short line."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def _rgb(image: Image) -> Image:
    """Turn a loaded picture of any mode into RGB that keeps none of the file's metadata."""
    from PIL import Image as Pillow

    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = Pillow.fromarray(_eight_bits(np.asarray(image)))
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        rgb = Pillow.new("RGB", layer.size, "white")
        rgb.paste(layer, mask=layer.getchannel("A"))
    else:
        rgb = image.convert("RGB")
    rgb.info = {}
    return rgb


def _rgb_profile(image: Image) -> bytes | None:
    """The profile of a picture whose pixels are RGB already; that of CMYK or grey says nothing about RGB."""
    profile = image.info.get("icc_profile")
    meant = isinstance(profile, bytes) and profile[16:20] == b"RGB " and image.mode in ("RGB", "RGBA", "P", "RGBX")
    return profile if meant else None


def _eight_bits(
    grey: np.ndarray[tuple[int, ...], np.dtype[np.generic]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Scale grey values to 0..255; Pillow would clip them."""
    if grey.dtype.kind == "u" and grey.dtype.itemsize == 2:
        return (grey.astype(np.uint16) >> 8).astype(np.uint8)
    values = np.nan_to_num(grey.astype(np.float32), posinf=0, neginf=0)
    values -= values.min()
    return np.asarray(values * (255 / max(float(values.max()), 1e-30)), dtype=np.uint8)


def _upright(image: Image, lies: int) -> tuple[Image, bool]:
    """Turn a picture upright.

    Args:
        image: the picture as stored.
        lies: EXIF Orientation, 1 to 8.

    Returns:
        The picture as displayed, and whether width and height changed places.
    """
    from PIL.Image import Transpose

    turn = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }.get(lies)
    return (image if turn is None else image.transpose(turn)), lies >= 5
