"""The log of choices as a file, CSV or JSON Lines, and back: to look into, to learn from elsewhere, to carry over."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
import re
from typing import TYPE_CHECKING, Any

from picdesk.archive.choices import UNDONE, VERDICTS, Choice
from picdesk.errors import InputError, PicdeskError
from picdesk.photos.locate import printable
from picdesk.photos.sources.rows import read_columns, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

COLUMNS = tuple(Choice.__dataclass_fields__)

_REQUIRED = frozenset({"id", "when", "verdict", "article", "photo"})
_SPREADSHEETS = frozenset({".csv", ".tsv", ".tab"})
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_QUOTED = re.compile(r"'+[=+\-@\t\r]")


def to_csv(choices: Iterable[Choice]) -> str:
    """CSV (RFC 4180) with a header; signals are JSON.

    A text that a spreadsheet would take for a formula has an apostrophe before it, which reading takes away again.
    """
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for choice in choices:
        cells = document_of(choice) | {"signals": json.dumps(dict(choice.signals), ensure_ascii=False)}
        writer.writerow({name: f"'{cell}" if _is_formula(cell) else cell for name, cell in cells.items()})
    return buffer.getvalue()


def to_jsonl(choices: Iterable[Choice]) -> str:
    """JSON Lines, an object a choice."""
    return "".join(json.dumps(document_of(choice), ensure_ascii=False) + "\n" for choice in choices)


FORMATS: Mapping[str, Callable[[Iterable[Choice]], str]] = {"csv": to_csv, "jsonl": to_jsonl}
"""What is written, by the file's ending."""


def document_of(choice: Choice) -> dict[str, Any]:
    """A choice as JSON has it."""
    document = {name: getattr(choice, name) for name in COLUMNS}
    return document | {
        "when": choice.when.isoformat(),
        "published": choice.published.isoformat() if choice.published else None,
        "signals": dict(choice.signals),
    }


def format_of(path: Path) -> str:
    """The format that a file's ending asks for.

    Raises:
        InputError: it asks for none.
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise InputError(f"choices are not written as {printable(path.name)}", f"End it in .{' or .'.join(FORMATS)}.")
    return ending


def read_choices(path: Path) -> list[Choice]:
    """Read such a file.

    Raises:
        InputError: it is none, or a row of it is no choice; the line is named.
    """
    where = printable(str(path))
    try:
        missing = _REQUIRED - set(read_columns(path))
        if missing:
            raise InputError(f"{where} is no list of choices: it has no {', '.join(sorted(missing))}", _HINT)
        unquoted = _without_apostrophe if path.suffix.lower() in _SPREADSHEETS else _as_it_is
        return [_choice(row, f"{where}, line {line}", unquoted) for line, row in read_rows(path, COLUMNS)]
    except InputError:
        raise
    except PicdeskError as error:
        raise InputError(error.message, error.hint) from error


_HINT = "Give a file that picdesk choices export wrote."


def _choice(row: Mapping[str, Any] | str, place: str, unquoted: Callable[[Any], Any]) -> Choice:
    if isinstance(row, str):
        raise InputError(f"{place}: {row}", _HINT)
    said = {name: unquoted(row.get(name)) for name in COLUMNS}
    try:
        choice = Choice(
            **{name: str(said[name] or "") for name in _TEXTS},
            when=_moment(str(said["when"])),
            published=dt.date.fromisoformat(str(said["published"])) if said["published"] else None,
            rank=int(said["rank"]) if said["rank"] else None,
            confidence=_finite(said["confidence"]) if said["confidence"] not in (None, "") else None,
            signals=_signals(said["signals"]),
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{place}: {printable(str(error))}", _HINT) from None
    if choice.verdict not in (*VERDICTS, UNDONE) or not re.fullmatch(r"[0-9a-f]{64}", choice.photo) or not choice.id:
        raise InputError(f"{place}: it has no id, no photo's id or no verdict", _HINT)
    return choice


_TEXTS = tuple(name for name in COLUMNS if name not in {"when", "published", "rank", "confidence", "signals"})


def _is_formula(cell: object) -> bool:
    return isinstance(cell, str) and _FORMULA.match(cell) is not None


def _without_apostrophe(cell: Any) -> Any:
    return cell[1:] if isinstance(cell, str) and _QUOTED.match(cell) else cell


def _as_it_is(cell: Any) -> Any:
    return cell


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def _signals(said: Any) -> dict[str, float | None]:
    found = json.loads(said) if isinstance(said, str) and said else said or {}
    return {str(name): None if value is None else _finite(value) for name, value in found.items()}


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value} is no number")
    return number
