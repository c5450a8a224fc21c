"""What waits for the next commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.archive.places import CHANGEABLE, met_again, places_of, update_rows
from picdesk.archive.schema import MEANING, VECTOR, vectors_array

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from picdesk.archive.captions import Captions
    from picdesk.archive.known import Known
    from picdesk.archive.store import Store
    from picdesk.archive.take import Refused, Taken


class Batch:
    """Rows and vectors on their way into the archive.

    Args:
        store: the archive.
        known: what it has; kept up to date.
        captions: what reads its captions.
    """

    def __init__(self, store: Store, known: Known, captions: Captions) -> None:
        self._store = store
        self._known = known
        self._captions = captions
        self._empty()

    def _empty(self) -> None:
        self._new: dict[str, dict[str, Any]] = {}
        self._again: list[Taken] = []
        self._vectors: dict[str, dict[str, NDArray[np.float32]]] = {}
        self._refused: list[Refused] = []

    def __len__(self) -> int:
        return len(self._new) + len(self._again) + len(self._refused)

    def has_vectors(self, photo_id: str) -> bool:
        """Whether vectors of a photo wait already."""
        return photo_id in self._vectors

    def add(self, taken: Taken, vectors: Mapping[str, NDArray[np.float32]]) -> bool:
        """Put a photo in; ``vectors`` holds a ``(d,)`` array a vector column.

        Returns:
            whether the photo is new in the archive.
        """
        if vectors:
            self._vectors.setdefault(taken.id, {}).update(vectors)
        row = self._new.get(taken.id)
        if row is None and self._known.has(taken.id):
            self._again.append(taken)
            return False
        if row is None or taken.found.uri not in places_of(row):
            self._known.claim(taken.found.uri)
        if row is not None:
            row |= met_again(row, taken.found)
            return False
        self._new[taken.id] = taken.row
        return True

    def refuse(self, refused: Refused) -> None:
        """Put a refusal in."""
        self._refused.append(refused)

    def commit(self) -> None:
        """Write everything; vectors go with their rows, so that no photo is ever half there.

        What is taken now is no longer refused; that is written first: a process killed in between reads the file again.
        """
        taken = [row["uri"] for row in self._new.values()] + [item.found.uri for item in self._again]
        self._store.pardon([uri for uri in taken if uri in self._known.refused])
        self._store.let_back([photo_id for photo_id in self._new if photo_id in self._known.removed])
        if self._new:
            self._store.append(self._new_table())
        if self._again:
            self._write_again()
        if self._refused:
            self._store.refuse([{"uri": item.found.uri, "reason": item.reason} for item in self._refused])
        self._known.learn(self._new, self._vectors)
        self._empty()

    def _new_table(self) -> pa.Table:
        import pyarrow as pa

        rows = list(self._new.values())
        meanings = self._captions.columns(rows)  # may make the column, so that the schema comes after
        schema = self._store.photos.schema
        plain = pa.schema([field for field in schema if not field.name.startswith((f"{VECTOR}_", f"{MEANING}_"))])
        table = pa.Table.from_pylist(rows, schema=plain)
        for field in schema:
            if field.name in meanings:
                table = table.append_column(field, meanings[field.name])
            elif field.name not in plain.names:
                table = table.append_column(field, self._vector_column(field, list(self._new)))
        return table

    def _vector_column(self, field: pa.Field, ids: Sequence[str]) -> pa.Array:
        import numpy as np
        import pyarrow as pa

        rows = [
            self._vectors[photo_id][field.name] for photo_id in ids if field.name in self._vectors.get(photo_id, ())
        ]
        return vectors_array(np.stack(rows)) if rows else pa.nulls(len(ids), field.type)

    def _write_again(self) -> None:
        """Photos met again: their places and words where these changed, the vectors that they lacked."""
        import pyarrow as pa

        there = self._store.by_ids(list({item.id for item in self._again}), CHANGEABLE)
        changed: dict[str, dict[str, Any]] = {}
        for item in self._again:
            if item.id not in there:
                continue  # taken out by another process meanwhile
            row = changed.get(item.id) or there[item.id]
            if item.found.uri not in places_of(row):
                self._known.claim(item.found.uri)
            new = met_again(row, item.found)
            if new != row:
                changed[item.id] = new
        if changed:
            update_rows(self._store, list(changed.values()), self._captions)
        schema = self._store.photos.schema
        for column in {column for photo_id in there for column in self._vectors.get(photo_id, ())}:
            ids = [photo_id for photo_id in there if column in self._vectors.get(photo_id, ())]
            vectors = self._vector_column(schema.field(column), ids)
            self._store.update(pa.table({"id": pa.array(ids, pa.string()), column: vectors}))
