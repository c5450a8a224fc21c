"""The bytes of a page as text, whatever their labels say.

Labels lie: pages in UTF-8 are declared as Latin-1, Cyrillic ones as Western. So every label is a witness and none is
the judge: what is read must look like writing.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks, and Python's names for what follows them."""
_META = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_HEAD = 4096
_SAMPLE = 200_000  # bytes looked at; a page that is wrong is wrong from its menu on
_TAG = re.compile(r"<[^<>]*>")
_WORD = re.compile(r"[^\W\d_]*[^\W\d_\x00-\x7f][^\W\d_]*")
_HIGH_RUN = re.compile("[\x80-\xff]{4,}")
_MIXED = re.compile(r"[A-Za-z][^\x00-\u024f\u1e00-\u1eff]|[^\x00-\u024f\u1e00-\u1eff][A-Za-z]")
_CAMEL = re.compile("[а-яё][А-ЯЁ]")
_NOT_TEXT = re.compile("[\x80-\x9f\ufffd]")


def decode_page(data: bytes, declared: str = "") -> str:
    """A page's bytes as text.

    A byte order mark decides; else bytes that are UTF-8 (all but a few) are; else of the encodings that the page, its
    server and the bytes themselves speak for, the one whose text looks most like writing.

    Args:
        data: the page.
        declared: the encoding that its server named.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    zeros = data[:_HEAD].count(0)
    if zeros > len(data[:_HEAD]) // 4:
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", "replace")
    if text.count("\ufffd") * 4 < sum(letter > "\x7f" for letter in text[:_SAMPLE]):
        return text  # UTF-8 with some broken letters: a story cut in the middle, an advertisement in another encoding
    sample = data[:_SAMPLE]
    best = min(_candidates(data, declared), key=lambda encoding: _oddness(sample.decode(encoding, "replace")))
    return data.decode(best, "replace")


def plain_start(data: bytes) -> bytes:
    """The first bytes of a page without a byte order mark and, in UTF-16, without zeros: its first tags."""
    start = data[:_HEAD].removeprefix(codecs.BOM_UTF8)
    return start[2:].replace(b"\0", b"") if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else start


def _candidates(data: bytes, declared: str) -> list[str]:
    from resiliparse.parse.encoding import detect_encoding

    said = _META.search(data[:_HEAD])
    witnesses = [
        said[1].decode("ascii", "ignore") if said else "",
        declared,
        str(detect_encoding(data)),
        "windows-1252",
    ]
    return list(dict.fromkeys(_known(witnesses)))


def _known(labels: Iterable[str]) -> Iterable[str]:
    """Python's names of encodings, read as browsers read labels (WHATWG): Latin-1 means Windows-1252."""
    from resiliparse.parse.encoding import map_encoding_to_html5

    for label in labels:
        try:
            name = codecs.lookup(map_encoding_to_html5(label, fallback_utf8=False) or "").name
        except (LookupError, ValueError):
            continue
        if not name.startswith("utf"):  # that it is not was found out before
            yield name


def _oddness(text: str) -> float:
    """How little a text looks like writing: 0 for a clean one, 1 where every word with a foreign letter is odd."""
    visible = _TAG.sub(" ", text)
    words = _WORD.findall(visible)
    odd = sum(
        bool(_MIXED.search(word) or _CAMEL.search(word)) for word in words if not word.isascii()
    )  # scripts mixed within a word, capitals inside it: KOI8-R read as Windows-1251
    odd += 3 * len(_NOT_TEXT.findall(visible)) + 2 * len(_HIGH_RUN.findall(visible))
    return odd / (len(words) + 1)
