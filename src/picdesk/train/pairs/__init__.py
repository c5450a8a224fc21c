"""Pairs of texts and photos, from the formats that news collections come in: one file a format, one registry line."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.objects import place_of
from picdesk.objects.address import is_address
from picdesk.photos.locate import printable
from picdesk.train.pairs.pair import Gathering, Pair, Pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from picdesk.objects import Place

FORMATS = ("archive", "newsimages", "n24news", "visualnews", "nytimes800k", "breakingnews", "table")
"""Module of each format, in the order in which a source is tried. A module has ``recognises(where) -> bool`` and
``gather(where, columns, into) -> None``."""


def read_pairs(where: str | Path, format: str | None = None, columns: Mapping[str, str] | None = None) -> Pairs:
    """Read pairs.

    Args:
        where: a NewsImages folder; ``nytimes_dataset.json`` of N24News, ``data.json`` of VisualNews, the articles of
            NYTimes800k or BreakingNews as JSON, or a folder with one of them; a CSV, TSV, JSONL or Parquet table with a
            column of photos; an archive's folder, for the photos that the desk picked for its stories.
        format: one of ``FORMATS``, where it shall not be recognised.
        columns: of a table: which column holds which field.

    Returns:
        The pairs, and what was left out.

    Raises:
        InputError: no such format or path, nothing there is recognised, or not one pair is left.
    """
    if isinstance(where, str) and is_address(where):
        return _of_archive(place_of(where), format, columns)
    where = Path(where).expanduser()
    if format is not None and format not in FORMATS:
        raise InputError(f"there is no format {printable(format)!r} of pairs", f"There are: {', '.join(FORMATS)}.")
    if not where.exists():
        raise InputError(f"{printable(str(where))} is not there", "Check the path.")
    tried = FORMATS if format is None else (format,)
    modules = {name: import_module(f"picdesk.train.pairs.{name}") for name in tried}
    name = format or next((name for name, module in modules.items() if module.recognises(where)), None)
    if name is None:
        raise InputError(
            f"{printable(str(where))} is nothing that pairs are read from", f"Name its --format: {', '.join(FORMATS)}."
        )
    into, module = Gathering(), modules[name]
    if columns and name != "table":
        raise InputError(f"the columns of {name} are fixed", "Leave --column out, or give --format table.")
    module.gather(where, dict(columns or {}), into)
    return into.pairs(printable(where.resolve().name), name)


def _of_archive(where: Place, format: str | None, columns: Mapping[str, str] | None) -> Pairs:
    """In an object store only archives are looked for; tables and collections are files of this machine."""
    archive = import_module("picdesk.train.pairs.archive")
    if format not in (None, "archive") or not archive.recognises(where):
        raise InputError(
            f"there is no archive at {printable(str(where))}", "Of other pairs, fetch the files and name their folder."
        )
    into = Gathering()
    archive.gather(where, dict(columns or {}), into)
    return into.pairs(printable(where.name), "archive")


def read_json(path: Path) -> list[Any]:
    """The objects of a JSON list, of a JSON object's values, or of JSON lines.

    Raises:
        InputError: it cannot be read.
    """
    import json

    from picdesk.photos.locate import one_line

    try:
        text = path.read_text(encoding="utf-8-sig")
        try:
            whole = json.loads(text)
        except ValueError:
            whole = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{printable(str(path))} cannot be read as JSON: {one_line(error)}", "Check it.") from error
    if isinstance(whole, dict) and not any(isinstance(value, dict) for value in whole.values()):
        whole = [whole]
    return list(whole.values()) if isinstance(whole, dict) else whole if isinstance(whole, list) else [whole]


__all__ = ["FORMATS", "Gathering", "Pair", "Pairs", "read_pairs"]
