"""Which files count as photos: by their ending, or by their first bytes where the ending says nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from picdesk.errors import PhotoError
from picdesk.photos.locate import open_regular

if TYPE_CHECKING:
    from pathlib import Path

_ENDING = re.compile(r"\w+")

PHOTO_ENDINGS = frozenset(
    _ENDING.findall(
        "apng avif avifs bmp dib gif heic heics heif heifs hif j2c j2k jfif jif jp2 jpc jpe jpeg jpf jpg jpx jxl png "
        "tif tiff webp"
    )
)
"""Taken for photos unseen: a damaged one is then refused by name rather than passed over."""

OTHER_ENDINGS = frozenset(
    _ENDING.findall(
        "aae bak bin conf css csv db doc docx eps htm html idx ini js json jsonl log lrcat md mov mp3 mp4 ndjson "
        "parquet pdf pp3 ps psd py rtf svg tar toml tsv txt wav xls xlsx xml xmp yaml yml zip"
    )
)
"""Sidecars and other company that photos keep: passed over unopened."""

_MAGIC = (
    b"\xff\xd8\xff",  # JPEG
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\0",  # TIFF, little-endian
    b"MM\0*",  # TIFF, big-endian
    b"\0\0\0\x0cjP  \r\n",  # JPEG 2000
    b"\0\0\0\x0cJXL \r\n",
)
_BRANDS = frozenset({b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"})


_PASSED_OVER = frozenset({"@eaDir", "__MACOSX", "Thumbs.db", "$RECYCLE.BIN", "lost+found"})


def is_passed_over(name: str) -> bool:
    """Whether a file or a folder of this name is hidden, or made by a machine for itself."""
    return name.startswith(".") or name in _PASSED_OVER


def ending(name: str) -> str:
    """The last part of a file's name, in lower case and without its dot; empty where there is none."""
    stem, dot, last = name.rpartition(".")
    return last.lower() if dot and stem else ""


def is_image(start: bytes) -> bool:
    """Whether a file's first 16 bytes are those of an image format."""
    if start[:4] == b"RIFF":
        return start[8:12] == b"WEBP"
    if start[4:8] == b"ftyp":
        return start[8:12] in _BRANDS
    if start[:2] == b"BM":
        return start[6:10] == b"\0\0\0\0"  # Windows bitmap: these four are reserved
    return start.startswith(_MAGIC)


def is_photo(path: Path) -> bool:
    """Whether a file counts as a photo.

    One that has to be looked into and cannot be read counts too, so that it is refused by name.
    """
    kind = ending(path.name)
    if kind in PHOTO_ENDINGS:
        return True
    if kind in OTHER_ENDINGS or not path.is_file():
        return False
    try:
        with open_regular(path) as file:
            return is_image(file.read(16))
    except (PhotoError, OSError):
        return True
