"""The editions of the benchmark, and how a folder of one is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.newsimages.editions import edition2021, edition2022, edition2023, edition2025, edition2026
from picdesk.newsimages.editions.gather import Gather
from picdesk.newsimages.editions.photo_files import find_photo_files
from picdesk.newsimages.editions.tables import read_table
from picdesk.photos.locate import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from picdesk.newsimages.dataset import Dataset
    from picdesk.newsimages.editions.edition import Edition
    from picdesk.newsimages.editions.tables import Table

EDITIONS: Mapping[str, Edition] = {
    module.EDITION.name: module.EDITION
    for module in (edition2021, edition2023, edition2022, edition2025, edition2026)  # the first that fits is taken
}
"""Year -> layout."""

_ENDINGS = frozenset({".tsv", ".tab", ".csv", ".txt"})
_DEEPEST = 3


def read_dataset(where: Path, edition: str | None = None) -> Dataset:
    """Read a data set of the benchmark.

    Articles come in the order of the files, each once; a photo's file is looked for by its image id, its file name
    and its hash. What is missing or doubtful is in ``notes``, and nothing is left out that is not counted there.

    Args:
        where: the data set's folder, or a single table of it (its photos are then looked for beside it).
        edition: a name of `EDITIONS`, to be followed instead of what is recognised.

    Raises:
        InputError: there is no data set there, or it is not clear of which edition it is.
    """
    if edition is not None and edition not in EDITIONS:
        raise InputError(f"there is no edition {printable(edition)!r}", f"There are: {', '.join(sorted(EDITIONS))}.")
    root = where if where.is_dir() else where.parent
    tables, others = _read_tables(where, root, edition)
    if not tables:
        raise InputError(
            f"no table of a NewsImages data set in {printable(str(where))}",
            "It holds tables with columns such as article_id, title and image_id; check the path.",
        )
    layout = EDITIONS[edition] if edition else _recognise(where, tables)
    gather = Gather(layout)
    for path, table in tables.items():
        if layout.belongs(path.lower()) or len(tables) == 1:
            gather.take(path, table)
        else:
            gather.note("files that belong to no edition, not read", path)
    for path in others:
        gather.note("files that belong to no edition, not read", path)
    gather.find_files(find_photo_files(root))
    return gather.dataset(where.name or root.resolve().name)


def _read_tables(where: Path, root: Path, edition: str | None) -> tuple[dict[str, Table], list[str]]:
    """Tables by their path below the folder, and files that are none."""
    tables: dict[str, Table] = {}
    others = []
    for file in [where] if where.is_file() else _files(root):
        path = file.relative_to(root).as_posix()
        layouts = [EDITIONS[edition]] if edition else list(EDITIONS.values())
        headerless = next(filter(None, (layout.headerless(path.lower()) for layout in layouts)), ())
        table = read_table(file, headerless)
        if table:
            tables[path] = table
        else:
            others.append(path)
    # Tables with a header first: they say what the rows of the others, which only repeat ids, are about.
    return dict(sorted(tables.items(), key=lambda named: not named[1].header)), others


def _files(root: Path) -> Iterator[Path]:
    """Files that may be tables, folder by folder, sorted."""
    try:
        for path in sorted(root.rglob("*")):
            below = path.relative_to(root).parts
            hidden = any(part.startswith(".") for part in below)
            if path.suffix.lower() in _ENDINGS and len(below) <= _DEEPEST and not hidden and path.is_file():
                yield path
    except OSError as error:
        raise InputError(f"{printable(str(root))} cannot be read: {one_line(error)}", "Check its rights.") from error


def _recognise(where: Path, tables: Mapping[str, Table]) -> Edition:
    seen = {path.lower(): frozenset(table.fields) for path, table in tables.items() if table.header}
    for layout in EDITIONS.values():
        if layout.is_this(seen):
            return layout
    raise InputError(
        f"it is not clear of which edition {printable(str(where))} is",
        f"Name it: {', '.join(sorted(EDITIONS))}. (A folder of the set RT alone can be of 2022 or 2023.)",
    )
