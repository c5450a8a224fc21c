"""Lines of a run file, numbered from 1; what is no text is refused with its line."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from picdesk.errors import InputError, PhotoError
from picdesk.photos.locate import open_regular, printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

LINE_LIMIT = 64 * 1024 * 1024
"""Bytes of a line; a longer one is no line of a run, and must not fill the memory."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Every line with its number, without its end (LF, CRLF or CR) and without a byte order mark; blank ones too.

    Raises:
        InputError: no regular file, not permitted, not UTF-8, a control character, a line of more than 64 MiB.
    """
    number = 0
    with open_file(path) as file:
        while raw := file.readline(LINE_LIMIT):
            if len(raw) == LINE_LIMIT:
                raise bad_line(path, number + 1, "is longer than 64 MiB")
            raw = raw if number else raw.removeprefix(codecs.BOM_UTF8)
            for part in raw.removesuffix(b"\n").removesuffix(b"\r").split(b"\r"):
                number += 1
                yield number, _text(path, number, part)


def open_file(path: Path) -> IO[bytes]:
    """The file, opened for reading.

    Raises:
        InputError: no regular file, or not permitted.
    """
    try:
        return open_regular(path)
    except PhotoError as error:
        raise InputError(f"{printable(str(path))} cannot be read: {error.message}") from error


def bad_line(path: Path, number: int, what: str, hint: str = "") -> InputError:
    """An error that names the file and the line."""
    return InputError(f"{printable(str(path))}, line {number}: {what}", hint)


def shorten(text: str) -> str:
    """A field of a file, fit to be named in a message."""
    return printable(text if len(text) <= 80 else f"{text[:79]}…")


def _text(path: Path, number: int, raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise bad_line(path, number, f"byte {error.start + 1} is not UTF-8", "Save the file as UTF-8.") from None
    if found := _CONTROL.search(text):
        what = f"has a control character ({printable(found[0])}), so this is no text file"
        raise bad_line(path, number, what, "Give a run file: TREC, CSV, or one of the benchmark's own formats.")
    return text
