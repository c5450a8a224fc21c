"""LanceDB's index in a bucket: measured against the exact answer, newer photos found, removed ones not."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pytest

from picdesk.archive.lance_index import build_lance_index, read_lance_index, search_lance_index
from picdesk.archive.schema import StoredEncoder, now, photos_schema, vectors_array
from picdesk.archive.store import Store
from picdesk.errors import ArchiveDamaged, InputError
from picdesk.objects import ObjectPath

DIMENSION = 32


def fill(store: Store, entry: StoredEncoder, vectors: np.ndarray, first: int = 0) -> list[str]:
    ids = [hashlib.sha256(str(first + number).encode()).hexdigest() for number in range(len(vectors))]
    plain = photos_schema("English")
    rows = [{field.name: _empty(field) for field in plain} | {"id": photo, "name": photo[:8]} for photo in ids]
    table = pa.Table.from_pylist(rows, schema=plain)
    field = store.photos.schema.field(entry.column)
    store.append(table.append_column(field, vectors_array(vectors.astype(np.float32))))
    return ids


def _empty(field: pa.Field) -> object:
    if field.nullable and not pa.types.is_list(field.type):
        return None
    if pa.types.is_list(field.type):
        return []
    if pa.types.is_timestamp(field.type):
        return now()
    return "" if pa.types.is_string(field.type) else 0


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def test_it_finds_what_comparing_all_finds(bucket: ObjectPath) -> None:
    generator = np.random.default_rng(3)
    centres = unit(generator.standard_normal((40, DIMENSION)))
    vectors = unit(
        centres[generator.integers(40, size=3000)] + 0.6 * unit(generator.standard_normal((3000, DIMENSION)))
    )
    store = Store.create(bucket / "archive")
    entry = store.admit(StoredEncoder(name="made", fingerprint="f" * 64, location="x", dimension=DIMENSION))
    ids = fill(store, entry, vectors[:2500])
    assert read_lance_index(store, entry) is None
    built = build_lance_index(store, entry, generator)
    assert read_lance_index(Store.open(bucket / "archive"), entry) == built
    assert built.trials[-1].recall >= 0.95
    assert (built.probes, built.refine) == (built.trials[-1].probes, built.trials[-1].refine)

    ids += fill(store, entry, vectors[2500:], first=2500)  # newer than the index
    store.delete(ids[:10])
    recalls = []
    for query in unit(vectors[100:3000:60] + 0.3 * unit(generator.standard_normal((49, DIMENSION)))).astype(np.float32):
        scores, exact = search_lance_index(store, entry, built, query, None, 50)
        assert not exact
        assert not set(ids[:10]) & scores.keys()
        cosines = vectors.astype(np.float16).astype(np.float32) @ query
        cosines[:10] = -1
        best = {ids[place] for place in np.argsort(-cosines)[:50]}
        recalls.append(len(best & scores.keys()) / 50)
        assert max(abs(cosines[ids.index(photo)] - score) for photo, score in scores.items()) < 2e-3
    assert np.mean(recalls) >= 0.95
    scores, exact = search_lance_index(store, entry, built, query, f"id < '{'2' + '0' * 63}'", 50)
    assert exact
    assert scores.keys() <= {photo for photo in ids if photo < "2"}

    (bucket / "archive" / f"lance-{entry.column}.json").write_bytes(b"{}")
    with pytest.raises(ArchiveDamaged, match="picdesk index"):
        read_lance_index(store, entry)


def test_what_needs_no_index(bucket: ObjectPath) -> None:
    store = Store.create(bucket / "archive")
    entry = store.admit(StoredEncoder(name="made", fingerprint="f" * 64, location="x", dimension=DIMENSION))
    with pytest.raises(InputError, match="Fewer than 1,000 need no index"):
        build_lance_index(store, entry, np.random.default_rng(0))
