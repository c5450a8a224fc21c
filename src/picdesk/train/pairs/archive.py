"""An archive and the desk's choices: ``choices.csv`` or ``choices.jsonl`` in its folder, a story and a photo a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.photos.locate import is_there, printable
from picdesk.train.pairs.table import gather_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from picdesk.train.pairs.pair import Gathering

CHOICES = ("choices.jsonl", "choices.csv", "choices.tsv", "choices.parquet")


def recognises(where: Path) -> bool:
    """Whether it is an archive's folder."""
    from picdesk.archive.store import is_archive

    return where.is_dir() and is_archive(where)


def gather(where: Path, columns: Mapping[str, str], into: Gathering) -> None:
    """Take each choice; its photo is named as the archive names it, or by its id.

    Raises:
        InputError: there are no choices.
    """
    from picdesk.archive.store import Store

    table = next((where / name for name in CHOICES if (where / name).is_file()), None)
    if table is None:
        raise InputError(
            f"{printable(str(where))} is an archive without choices",
            f"Put a table of stories and photos beside it in its folder: {' or '.join(CHOICES)}.",
        )
    store = Store.open(where)
    by_name: dict[str, tuple[str, str | None]] = {}
    for batch in store.rows(["id", "name", "uri"]):
        for row in batch.to_pylist():
            known = (row["id"], row["uri"] if is_there(row["uri"]) else None)
            by_name.setdefault(row["name"], known)
            by_name[row["id"]] = known
    gather_rows(table, columns, into, lambda called: by_name.get(called, (called, None)))
