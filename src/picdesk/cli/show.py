"""How results look: tables for people, one JSON document for programs, errors in two lines."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console

    from picdesk.errors import PicdeskError

PIPED_WIDTH = 100
"""Columns of a table where stdout is no terminal."""


def console(*, stderr: bool = False) -> Console:
    """The terminal, or a plain stream of fixed width where there is none."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    _utf8(stream)
    return Console(stderr=stderr, width=None if stream.isatty() else PIPED_WIDTH, highlight=False, soft_wrap=False)


def show_json(document: dict[str, Any]) -> None:
    """Print the one JSON document of a verb."""
    _utf8(sys.stdout)
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=_plain) + "\n")


def show_error(error: PicdeskError) -> None:
    """What happened, and what to do next."""
    out = console(stderr=True)
    out.print("[bold red]error:[/] ", end="")
    out.print(error.message, markup=False, soft_wrap=True)
    if error.hint:
        out.print(error.hint, markup=False, style="dim", soft_wrap=True)


def show_remark(text: str) -> None:
    """Something the reader should know, on stderr."""
    console(stderr=True).print(text, markup=False, style="dim", soft_wrap=True)


def size_of(count: int) -> str:
    """A number of bytes for people.

    >>> size_of(3_400_000)
    '3.4 MB'
    """
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def bytes_of(text: str) -> int:
    """A size as people write it, in bytes.

    >>> bytes_of("4GB"), bytes_of("1.5 MB"), bytes_of("800")
    (4000000000, 1500000, 800)

    Raises:
        InputError: it is none.
    """
    import re

    from picdesk.errors import InputError

    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kKMGT]?)i?B?\s*", text)
    if not found:
        raise InputError(f"{text!r} is no size", "Write it as 4GB or 800MB.")
    return int(float(found[1]) * 1000 ** " KMGT".index(found[2].upper() or " "))


def _utf8(stream: TextIO) -> None:
    """Captions are in every script; a pipe with a narrow encoding (Windows) must not end the answer."""
    if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
