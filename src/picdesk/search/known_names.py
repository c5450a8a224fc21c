"""The names that an archive knows: people shown, places and keywords of its photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.articles.names import Gazetteer

if TYPE_CHECKING:
    import pyarrow as pa

    from picdesk.archive.store import Store

COLUMNS = ("people", "place", "keywords")


def known_names(store: Store) -> Gazetteer:
    """A gazetteer of an archive as it is now."""
    seen: dict[str, set[str]] = {column: set() for column in COLUMNS}
    for batch in store.rows(COLUMNS):
        for column in COLUMNS:
            seen[column].update(_texts(batch.column(column)))
    return Gazetteer.of(people=seen["people"], places=seen["place"], keywords=seen["keywords"])


def _texts(column: pa.Array) -> list[str]:
    """The different texts of a column, of its lists where it holds lists."""
    import pyarrow as pa

    flat = column.flatten() if pa.types.is_list(column.type) else column
    return [text for text in flat.unique().to_pylist() if text]
