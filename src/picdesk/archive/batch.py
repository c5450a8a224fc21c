"""What waits for the next commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.archive.places import PLACE_COLUMNS, met_again, places_of
from picdesk.archive.schema import METADATA_FIELDS, StoredEncoder, vectors_array

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from picdesk.archive.known import Known
    from picdesk.archive.store import Store
    from picdesk.archive.take import Refused, Taken

CHANGEABLE = (*PLACE_COLUMNS, *METADATA_FIELDS)


class Batch:
    """Rows and vectors on their way into the archive.

    Args:
        store: the archive.
        known: what it has; kept up to date.
        encoders: the vector columns that ``vectors`` are for, in order.
    """

    def __init__(self, store: Store, known: Known, encoders: Sequence[StoredEncoder]) -> None:
        self._store = store
        self._known = known
        self._encoders = encoders
        self._new: dict[str, dict[str, Any]] = {}
        self._again: list[Taken] = []
        self._vectors: dict[str, Sequence[NDArray[np.float32]]] = {}
        self._refused: list[Refused] = []

    def __len__(self) -> int:
        return len(self._new) + len(self._again) + len(self._refused)

    def add(self, taken: Taken, vectors: Sequence[NDArray[np.float32]]) -> bool:
        """Put a photo in; ``vectors`` holds one ``(d,)`` array an encoder, or nothing.

        Returns:
            whether the photo is new in the archive.
        """
        if vectors:
            self._vectors[taken.id] = vectors
        if taken.id in self._new:
            self._new[taken.id] |= met_again(self._new[taken.id], taken.found, taken.metadata)
            return False
        if self._known.has(taken.id):
            self._again.append(taken)
            return False
        self._new[taken.id] = taken.row
        if self._known.has_place(taken.found.uri):
            self._known.disputed.add(taken.found.uri)
        return True

    def refuse(self, refused: Refused) -> None:
        """Put a refusal in."""
        self._refused.append(refused)

    def commit(self) -> None:
        """Write everything; vectors go with their rows, so that no photo is ever half there."""
        if self._new:
            self._store.append(self._new_table())
        if self._again:
            self._write_again()
        if self._refused:
            self._store.refuse([{"uri": item.found.uri, "reason": item.reason} for item in self._refused])
        taken = [row["uri"] for row in self._new.values()] + [item.found.uri for item in self._again]
        pardoned = [uri for uri in taken if uri in self._known.refused]
        if pardoned:
            self._store.pardon(pardoned)
        back = [photo_id for photo_id in self._new if photo_id in self._known.removed]
        if back:
            self._store.let_back(back)
        self._known.learn(self._new.values(), [item.id for item in self._again])
        self._new, self._again, self._vectors, self._refused = {}, [], {}, []

    def _new_table(self) -> pa.Table:
        import pyarrow as pa

        schema = self._store.photos.schema
        plain = pa.schema([field for field in schema if not field.name.startswith("vector_")])
        table = pa.Table.from_pylist(list(self._new.values()), schema=plain)
        for field in schema:
            if field.name.startswith("vector_"):
                table = table.append_column(field, self._vector_column(field, list(self._new)))
        return table

    def _vector_column(self, field: pa.Field, ids: Sequence[str]) -> pa.Array:
        import numpy as np
        import pyarrow as pa

        for place, encoder in enumerate(self._encoders):
            if encoder.column == field.name:
                return vectors_array(np.stack([self._vectors[photo_id][place] for photo_id in ids]))
        return pa.nulls(len(ids), field.type)

    def _write_again(self) -> None:
        """Photos met again: their places and words where these changed, the vectors that they lacked."""
        import pyarrow as pa

        there = self._store.by_ids([item.id for item in self._again], CHANGEABLE)
        changed: dict[str, dict[str, Any]] = {}
        for item in self._again:
            row = changed.get(item.id, there[item.id])
            if item.found.uri not in places_of(row) and self._known.has_place(item.found.uri):
                self._known.disputed.add(item.found.uri)
            new = met_again(row, item.found, item.metadata)
            if _differs(new, there[item.id]):
                changed[item.id] = new
        schema = self._store.photos.schema
        if changed:
            fields = pa.schema([schema.field(name) for name in CHANGEABLE])
            self._store.update(pa.Table.from_pylist(list(changed.values()), schema=fields))
        lacking = [photo_id for photo_id in there if photo_id in self._vectors]
        if lacking:
            columns = {"id": pa.array(lacking, pa.string())}
            columns |= {
                entry.column: self._vector_column(schema.field(entry.column), lacking) for entry in self._encoders
            }
            self._store.update(pa.table(columns))


def _differs(new: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    return any(new[name] != row[name] for name in CHANGEABLE)
