"""Words out of a file name: often the only text an unlabelled photo has.

``2023-07_Cannes-Film_Festival-scaled.jpg`` says "2023 Cannes Film Festival". Everything a camera or a content system
put there (counters, hashes, sizes, upload marks) is dropped: it matches no story and dilutes the words that do.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//[^/?#]*(?P<path>[^?#]*)", re.IGNORECASE)
_ENDINGS = re.compile(r"(?:\.(?:jpe?g?|jfif|png|webp|gif|tiff?|bmp|avif|hei[cf]|jp2|image))+$", re.IGNORECASE)
_OTHER_ENDING = re.compile(r"(?<=.)\.[a-z][a-z0-9]{1,3}$", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_SIZE = re.compile(r"(?<![^\W_])\d{1,5}x\d{1,5}(?![^\W_])", re.IGNORECASE)
_HASH = re.compile(r"(?=[a-f]*\d)[0-9a-f]{8,}", re.IGNORECASE)
_RUN = re.compile(r"\d+|\D+")
_LABEL = re.compile(r"[a-z]\d{1,2}|\d{1,2}[a-z]", re.IGNORECASE)  # G20, F1, 5G
_UPPER, _LOWER = "A-Z\u00c0-\u00d6\u00d8-\u00de", "a-z\u00df-\u00f6\u00f8-\u00ff"
_CAMEL = re.compile(
    rf"(?<=[{_LOWER}])(?<!\bMc)(?<!\b[{_LOWER}])(?=[{_UPPER}])"  # not McDonald, not iPhone
    rf"|(?<=[{_UPPER}])(?=[{_UPPER}][{_LOWER}])"
)
_DIGITS = re.compile(r"(?<=\D)(?=\d)|(?<=\d)(?=\D)")
_CAMERA = frozenset({"dcim", "dsc", "dscf", "dscn", "img", "mvimg", "p", "pxl", "vid"})
_UPLOAD = frozenset(
    {"attachment", "jpeg", "jpg", "png", "scaled", "screenshot", "thumb", "thumbnail", "unnamed", "untitled", "webp"}
)
_YEAR = re.compile(r"(?:19|20)\d\d")


def file_words(name: str) -> str:
    """Words of a file's name.

    Args:
        name: a file name, a path or a URL; of the last two only the last part counts.

    Returns:
        The words in their order, joined by single spaces; empty where nothing in the name is a word. Of numbers only
        years and short labels such as ``G20`` stay. Always valid Unicode, even for a name that is not.
    """
    last = _last_part(name)
    stem = (_ENDINGS if _ENDINGS.search(last) else _OTHER_ENDING).sub("", last)
    spaced = _SIZE.sub(" ", _UUID.sub(" ", unicodedata.normalize("NFC", stem)))
    tokens = "".join(letter if _is_of_a_word(letter) else " " for letter in spaced).split()
    return " ".join(word for token in tokens for word in _words(token))


def _last_part(name: str) -> str:
    url = _URL.match(name)
    path = unquote(url["path"]).partition("?")[0] if url else name
    parts = [part for part in re.split(r"[/\\]", path) if part]
    if url and len(parts) > 1 and _ENDINGS.search(parts[-2]):
        return parts[-2]  # content systems serve /Some-Words.jpg/jcr:content.jpg
    return parts[-1] if parts else ""


def _is_of_a_word(letter: str) -> bool:
    # Marks are the vowels of many Indian scripts, and the two joiners are part of Persian and Hindi words.
    return letter.isalnum() or unicodedata.category(letter).startswith("M") or letter in "\u200c\u200d"


def _words(token: str) -> list[str]:
    if _HASH.fullmatch(token):
        return []
    if _LABEL.fullmatch(token):
        return [token]
    if len(token) >= 8 and len(_RUN.findall(token)) >= 4:
        return []  # letters and digits in turn: an id
    humps = _CAMEL.sub(" ", token).split()
    if token.isascii() and len(token) >= 10 and len(token) < 2.5 * len(humps):
        return []  # base64: capitals at random
    pieces = [piece for hump in humps for piece in _DIGITS.sub(" ", hump).split()]
    if len(pieces) > 1 and pieces[0].lower() in _CAMERA:
        pieces = pieces[1:]
    return [piece for piece in pieces if _says_something(piece)]


def _says_something(piece: str) -> bool:
    if piece.isdigit():
        return bool(_YEAR.fullmatch(piece))
    if len(piece) == 1:
        return not piece.isascii()  # one Chinese character is a word, one Latin letter is not
    return piece.lower() not in _UPLOAD and piece.lower() not in _CAMERA
