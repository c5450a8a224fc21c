"""A table with a column of photos: CSV, TSV, JSON Lines or Parquet, as the news sets on Kaggle are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.articles.columns import ALIASES as STORY
from picdesk.articles.said import day_of
from picdesk.errors import InputError
from picdesk.photos.locate import printable
from picdesk.photos.sources.columns import text
from picdesk.photos.sources.rows import read_columns, read_rows
from picdesk.train.pairs.beside import photos_in, uri_below

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from picdesk.train.pairs.pair import Gathering

ALIASES: Mapping[str, tuple[str, ...]] = {
    "photo": ("photo", "image_id", "image", "image_path", "photo_id", "path", "file", "filename", "iid", "uri"),
    "id": STORY["id"],
    "text": ("text_to_match", *STORY["headline"], *STORY["lead"], "caption", "text"),
    "day": STORY["published"],
    "label": ("label", "category", "section", "topic", "class"),
    "more": ("more", "paraphrases", "paraphrase"),
}
"""Field -> column names that mean it, best first; case, spaces, ``_`` and ``-`` do not count."""

_ENDINGS = frozenset({".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".parquet"})
_FOLDERS = ("", "images", "photos", "newsimages", "imgs")


def recognises(where: Path) -> bool:
    """Whether it is such a file."""
    return where.is_file() and where.suffix.lower() in _ENDINGS


def gather(where: Path, columns: Mapping[str, str], into: Gathering) -> None:
    """Take each row; its photo is a path below the table's folder, or a file's stem in it or in ``images/``."""
    if not where.is_file():
        raise InputError(f"{printable(str(where))} is no table", "Name the CSV, TSV, JSONL or Parquet file.")
    photos = photos_in(*(where.parent / name for name in _FOLDERS))

    def find(photo: str) -> tuple[str, str | None]:
        return photo, uri_below(where.parent, photo) or photos.get(photo) or photos.get(photo.rpartition(".")[0])

    gather_rows(where, columns, into, find)


def gather_rows(
    table: Path, columns: Mapping[str, str], into: Gathering, find: Callable[[str], tuple[str, str | None]]
) -> None:
    """Take the rows of a table.

    Args:
        table: the file.
        columns: field -> column, over the aliases.
        into: what takes them.
        find: what a row calls its photo -> the photo's name, and its URI or ``None``.

    Raises:
        InputError: no column holds photos or texts, or one that was named is not there.
    """
    matched = match_columns(read_columns(table), columns)
    for number, row in read_rows(table, matched.values()):
        if isinstance(row, str):
            into.skip("row that cannot be read", f"line {number}")
            continue
        said: dict[str, Any] = {field: row.get(column) for field, column in matched.items()}
        called = text(said["photo"])
        photo, uri = find(called) if called else ("", None)
        more = said.get("more")
        into.take(
            text(said.get("id")) or str(number),
            text(said["text"]),
            photo,
            uri,
            day=day_of(said.get("day")),
            label=text(said.get("label")),
            more=[text(each) for each in more] if isinstance(more, list | tuple) else [text(more)],
        )


def match_columns(present: Iterable[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Field -> column as the table spells it; no column gives two.

    Raises:
        InputError: as for `gather_rows`.
    """
    spelled: dict[str, str] = {}
    for column in present:
        spelled.setdefault(_plain(column), column)
    found = f"The columns found: {', '.join(map(printable, spelled.values())) or 'none'}."
    matched: dict[str, str] = {}
    for field, column in chosen.items():
        if field not in ALIASES:
            raise InputError(f"a pair has no field {printable(field)!r}", f"The fields are: {', '.join(ALIASES)}.")
        if _plain(column) not in spelled:
            raise InputError(f"the table has no column {printable(column)!r}", found)
        matched[field] = spelled[_plain(column)]
    for field, aliases in ALIASES.items():
        free = (spelled.get(_plain(alias)) for alias in aliases if field not in matched)
        known = next((column for column in free if column and column not in matched.values()), None)
        if known:
            matched[field] = known
    missing = next((field for field in ("photo", "text") if field not in matched), None)
    if missing:
        raise InputError(f"no column holds the {missing}", f"{found} Name it: --column {missing}=COLUMN.")
    return matched


def _plain(column: str) -> str:
    return "".join(letter for letter in column.casefold() if letter not in " _-\ufeff")
