"""Text out of metadata: decoded, freed of control characters, and never longer than sense demands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TEXT_LIMIT = 20_000
"""Characters kept of one text; no honest caption is longer, hostile ones run to megabytes."""

ENTRY_LIMIT = 1_000
"""Entries kept of one list, and characters kept of one entry."""

# What cameras write where an editor would write a caption, compared without case.
_BOILERPLATE = (
    "olympus digital camera",
    "konica minolta digital camera",
    "minolta digital camera",
    "samsung digital camera",
    "samsung camera pictures",
    "kodak digital still camera",
    "digital camera",
    "sony dsc",
    "exif_jpeg_picture",
    "dcim",
    "oznor",
)

# C0 and C1 controls except tab and line feed, and lone surrogates, which no store could write as UTF-8.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def decoded(data: bytes) -> str:
    """Decode text that does not say its encoding: strict UTF-8, else Windows-1252 with undefined bytes replaced."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def clean(text: str | None, limit: int = TEXT_LIMIT) -> str | None:
    """Make text fit to keep.

    Args:
        text: as the metadata has it.
        limit: characters kept at most; the rest is cut off.

    Returns:
        The text without control characters (line breaks become line feeds) and without space around it;
        ``None`` where nothing is left.
    """
    if not text:
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", text).strip("\ufeff \t\n\xa0")[:limit].strip() or None


def clean_caption(text: str | None) -> str | None:
    """Clean a caption; what a camera wrote by itself ("OLYMPUS DIGITAL CAMERA") counts as not said."""
    caption = clean(text)
    return None if caption is None or caption.casefold() in _BOILERPLATE else caption


def clean_entries(entries: Iterable[str]) -> tuple[str, ...]:
    """Clean a list such as keywords: empty and repeated entries go, order stays, at most ``ENTRY_LIMIT`` are kept."""
    kept: dict[str, None] = {}
    for entry in entries:
        if text := clean(entry, ENTRY_LIMIT):
            kept[text] = None
        if len(kept) == ENTRY_LIMIT:
            break
    return tuple(kept)


def joined(parts: Iterable[str | None]) -> str | None:
    """Join names or the parts of a place by ", ", leaving out what is not said."""
    return clean(", ".join(clean_entries(part for part in parts if part)))
