"""Archives whose vectors are known, without photos or encoders."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from picdesk.archive.schema import StoredEncoder, vectors_array
from picdesk.archive.store import Store

Rows = NDArray[np.float32]


def unit(rows: NDArray[np.floating]) -> Rows:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def random_rows(seed: int, count: int, dimension: int = 16) -> Rows:
    return unit(np.random.default_rng(seed).standard_normal((count, dimension)))


def archive_of(folder: Path, vectors: Rows) -> tuple[Store, StoredEncoder, list[str], Rows]:
    """An archive with these vectors: store, encoder, its photos' ids, and its vectors as it gives them back.

    A photo's name is its row; of the names, every third is also a portrait.
    """
    store = Store.create(folder)
    entry = store.admit(
        StoredEncoder(name="made up", fingerprint="5" * 64, location="nowhere", dimension=vectors.shape[1])
    )
    count = len(vectors)
    ids = [f"{number * 0x9E3779B97F4A7C15 % 2**64:064x}" for number in range(count)]
    filled = {
        "id": ids,
        "name": [str(number) for number in range(count)],
        **{column: [""] * count for column in ("uri", "format", "file_words")},
        **{column: [1] * count for column in ("bytes", "width", "phash", "dhash")},
        "height": [2 - bool(number % 3) for number in range(count)],
        "added": [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)] * count,
    }
    schema = store.photos.schema
    columns = [
        vectors_array(vectors)
        if field.name == entry.column
        else pa.array(filled.get(field.name, [[] if pa.types.is_list(field.type) else None] * count), field.type)
        for field in schema
    ]
    table = pa.Table.from_arrays(columns, schema=schema)
    for start in range(0, count, 50):  # several fragments, as of several commits
        store.append(table[start : start + 50])
    return store, entry, ids, unit(vectors.astype(np.float16).astype(np.float32))
