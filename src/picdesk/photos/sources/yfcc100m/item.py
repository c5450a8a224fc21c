"""One row of YFCC100M's tables, decoded.

Texts stand in the tables as in a form that is sent on the web: ``+`` for a space, ``%C3%A9`` for a byte. Descriptions
are HTML. Licences are named in English, with the address of their deed.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from hashlib import md5
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from picdesk.photos.sources.columns import given, text
from picdesk.photos.words import file_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from picdesk.records import PhotoMetadata

FIELDS = tuple(
    re.findall(
        r"\w+",
        "photoid uid unickname datetaken dateuploaded capturedevice title description usertags machinetags longitude "
        "latitude accuracy pageurl downloadurl licensename licenseurl serverid farmid secret secretoriginal ext marker",
    )
)
"""Columns of a row, by the names that the SQLite form gives them."""

LAYOUTS: Mapping[int, tuple[str, ...]] = {
    len(FIELDS): FIELDS,
    len(FIELDS) + 2: ("line", "photoid", "hash", *FIELDS[1:]),
}
"""Columns of a tab-separated row by their number: 23 as first published, 25 with the line and the hash."""

LICENCES = ("by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd", "publicdomain")
"""Short names of the licences in it, as in the addresses of their deeds."""

VIDEO = "1"
_DEED = re.compile(r"creativecommons\.org/(?:licenses/([a-z-]+)|(publicdomain))(?:/|$)")
_COMMONS = "flickr.com/commons/usage"
_TAG = re.compile(r"<[^<>]*>")
_SAID = {
    name: name for name in ("caption", "headline", "keywords", "creator", "credit", "rights", "usage_terms", "taken")
}
_HASH = re.compile(r"[0-9a-f]{6,32}")


@dataclass(frozen=True, slots=True)
class Item:
    """A photo or a video.

    Attributes:
        photo_id: Flickr's number of it.
        hash: names its file; its first three letters are the shard.
        ending: of the file, as it was sent in.
        is_video: whether it is a video.
        licence: one of ``LICENCES``; empty where the row says none that is known.
        row: field -> bytes as they stand in the table.
    """

    photo_id: str
    hash: str
    ending: str
    is_video: bool
    licence: str
    row: Mapping[str, bytes] = field(repr=False)

    @property
    def given(self) -> PhotoMetadata:
        """What the row says of it; decoded when it is asked for, since most rows of a copy in parts never are."""
        row, deed = self.row, _plain(self.row["licenseurl"])
        creator, title = _decoded(row["unickname"]), _decoded(row["title"])
        terms = " ".join(filter(None, [_decoded(row["licensename"]), deed]))
        said = {
            "caption": _without_markup(_decoded(row["description"])),
            "headline": title if file_words(title) else "",  # not what a camera called the file
            "keywords": [_decoded(tag) for tag in row["usertags"].split(b",")],
            "creator": creator,
            "credit": ", ".join(filter(None, [creator, _plain(row["pageurl"])])),
            "rights": terms,
            "usage_terms": terms,
            "taken": _plain(row["datetaken"]),
        }
        return given(said, _SAID)


def read_item(row: Mapping[str, bytes]) -> Item:
    """A row as a photo or a video.

    Args:
        row: field -> bytes as they stand in the table.

    Raises:
        ValueError: it names no photo, no picture, or is neither photo nor video; the reason in one line.
    """
    photo_id, marker = _plain(row["photoid"]), _plain(row["marker"])
    if not (photo_id.isascii() and photo_id.isdigit()):
        raise ValueError("names no photo")
    if marker not in {"0", VIDEO}:
        raise ValueError("says of no photo and no video")
    address = _plain(row["downloadurl"])
    name = _plain(row["hash"]) if "hash" in row else hash_of(address) if address else ""
    if not _HASH.fullmatch(name):
        raise ValueError("names no picture")
    return Item(
        photo_id=photo_id,
        hash=name,
        ending=_plain(row["ext"]).lower(),
        is_video=marker == VIDEO,
        licence=licence_of(_plain(row["licenseurl"])),
        row=row,
    )


def hash_of(download_url: str) -> str:
    """The name of an item's file: the MD5 of its address, each byte in hexadecimal *without* a leading zero.

    >>> hash_of("http://farm1.staticflickr.com/5/5_a.jpg")
    '72311d67b9d91d1a93f5f99f5742be'
    """
    return "".join(f"{byte:x}" for byte in md5(download_url.encode(), usedforsecurity=False).digest())


def licence_of(deed: str) -> str:
    """The short name of a licence by the address of its deed; empty where that is none of ``LICENCES``.

    >>> licence_of("http://creativecommons.org/licenses/by-nc-sa/2.0/")
    'by-nc-sa'
    """
    if _COMMONS in deed:
        return "publicdomain"
    found = _DEED.search(deed)
    code = (found[1] or found[2]) if found else ""
    return code if code in LICENCES else ""


def _plain(value: bytes) -> str:
    said = text(value.decode("utf-8", "replace"))
    return "" if said == "null" else said


def _decoded(value: bytes) -> str:
    """What was sent as a form; bytes that are no UTF-8 are taken for Windows-1252, as browsers of then sent it."""
    raw = unquote_to_bytes(value.replace(b"+", b" "))
    try:
        return text(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return text(raw.decode("cp1252", "replace"))


def _without_markup(description: str) -> str:
    lines = html.unescape(_TAG.sub("", description)).splitlines()
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))
