"""A table of articles: CSV, TSV, JSON, JSON Lines, Parquet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from picdesk.articles.columns import match_columns
from picdesk.articles.text import decode
from picdesk.errors import ArticleError, PhotoError, SourceError
from picdesk.photos.locate import one_line, open_regular, printable
from picdesk.photos.sources.rows import read_columns, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

TABLE_ENDINGS = frozenset({".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", ".parquet"})
FAILED = "failed"
"""Key of a JSON line that says why an article could not be fetched, see `picdesk.articles.journal`."""

_LARGEST = 512 * 1024 * 1024
_LISTS = ("articles", "items", "data", "results", "stories", "documents", "entries")


def rows_of(
    path: Path, columns: Mapping[str, str]
) -> tuple[Mapping[str, str], Iterator[tuple[int, Mapping[str, Any] | str]]]:
    """The rows of a table.

    Args:
        path: the table, its format by its ending.
        columns: field -> column, over the names that are known.

    Returns:
        Field -> column; and the rows, each with its line (in JSON and Parquet: its number) from 1, or one line saying
        why it cannot be used.

    Raises:
        ArticleError: unreadable, not in the format that its ending says, or no column holds articles.
    """
    try:
        if path.suffix.lower() == ".json":
            objects = _json_objects(path)
            known = dict.fromkeys(key for item in objects[:1000] if isinstance(item, dict) for key in item)
            return match_columns(known, columns), _numbered(objects)
        present = read_columns(path)
        matched = match_columns(present, columns)
        wanted = [*matched.values(), FAILED] if path.suffix.lower() in {".jsonl", ".ndjson"} else matched.values()
        return matched, read_rows(path, wanted)
    except SourceError as error:
        raise ArticleError(error.message, error.hint) from error


def _json_objects(path: Path) -> list[Any]:
    """The objects of a JSON document: a list of them, one that holds such a list, or a single one."""
    shown = printable(str(path))
    try:
        with open_regular(path) as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise ArticleError(f"larger than {_LARGEST:,} bytes: {shown}", "Write it as JSON Lines, an object a line.")
        document = json.loads(decode(data))
    except PhotoError as error:
        raise ArticleError(f"the list cannot be read: {shown}: {error.message}") from error
    except (ValueError, RecursionError) as error:
        raise ArticleError(f"not a readable JSON document: {shown}: {one_line(error)}", "Write it again.") from error
    if isinstance(document, dict):
        document = next((document[name] for name in _LISTS if isinstance(document.get(name), list)), [document])
    if not isinstance(document, list):
        raise ArticleError(f"no objects in the JSON document: {shown}", "It must be an object or a list of them.")
    return document


def _numbered(objects: list[Any]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    for number, item in enumerate(objects, start=1):
        yield number, item if isinstance(item, dict) else f"item {number} is not a JSON object"
