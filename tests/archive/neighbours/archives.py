"""Archives of known vectors with a neighbour index, and what their answers must be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from picdesk.archive.neighbours.opened import Neighbours
from picdesk.archive.schema import StoredEncoder, matrix_of, optional_vectors
from picdesk.archive.store import Store
from picdesk.objects import Place

Rows = NDArray[np.float32]
DIMENSION = 32


def clustered(seed: int, count: int, dimension: int = DIMENSION) -> Rows:
    """Unit rows in 60 clusters, as pictures of the same things are."""
    generator = np.random.default_rng(seed)
    centres = np.random.default_rng(7).standard_normal((60, dimension))
    rows = centres[generator.integers(0, 60, count)] + 0.6 * generator.standard_normal((count, dimension))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def photo_id(number: int) -> str:
    return f"{(number + 1) * 0x9E3779B97F4A7C15 % 2**64:016x}{number:048x}"


def append(
    store: Store,
    entry: StoredEncoder,
    numbers: list[int],
    vectors: Rows,
    step: int = 10_000,
    caption: Callable[[int], str | None] = lambda _: None,
) -> None:
    """Photos of these numbers; a row that is NaN has no vector. A photo's name is its number, and so is its width."""
    filled = {
        "id": [photo_id(number) for number in numbers],
        "name": [str(number) for number in numbers],
        "uri": [f"file:///{number}" for number in numbers],
        **{column: [""] * len(numbers) for column in ("format", "file_words")},
        **{column: [1] * len(numbers) for column in ("bytes", "height")},
        # Hashes far apart, so that no two photos are the same picture.
        **{column: [int(photo_id(number)[:16], 16) for number in numbers] for column in ("phash", "dhash")},
        "width": [1 + number % 100 for number in numbers],
        "added": [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)] * len(numbers),
        "caption": [caption(number) for number in numbers],
    }
    schema = store.photos.schema
    columns = [
        optional_vectors(vectors)
        if field.name == entry.column
        else pa.array(filled.get(field.name, [[] if pa.types.is_list(field.type) else None] * len(numbers)), field.type)
        for field in schema
    ]
    table = pa.Table.from_arrays(columns, schema=schema)
    for start in range(0, len(numbers), step):
        store.append(table[start : start + step])


def make(
    folder: Place, vectors: Rows, step: int = 10_000, caption: Callable[[int], str | None] = lambda _: None
) -> tuple[Store, StoredEncoder]:
    """An archive of photos 0 to n - 1 with these vectors."""
    store = Store.create(folder)
    entry = store.admit(
        StoredEncoder(name="made up", fingerprint="5" * 64, location="nowhere", dimension=vectors.shape[1])
    )
    append(store, entry, list(range(len(vectors))), vectors, step, caption)
    return store, entry


def truth(store: Store, entry: StoredEncoder, query: Rows, where: str | None = None) -> dict[str, float]:
    """Every photo's cosine, by NumPy, best first."""
    table = pa.Table.from_batches(list(store.rows(["id", entry.column], where)))
    vectors = matrix_of(table[entry.column], entry.dimension).astype(np.float64)
    cosines = vectors @ query.astype(np.float64) / np.linalg.norm(vectors, axis=1)
    there = ~np.isnan(cosines)
    found = zip(np.array(table["id"].to_pylist())[there].tolist(), cosines[there].tolist(), strict=True)
    return dict(sorted(found, key=lambda one: -one[1]))


def opened(store: Store, entry: StoredEncoder) -> Neighbours:
    """The index, as the archive is now."""
    neighbours = Neighbours.open(store, entry)
    assert neighbours is not None
    assert neighbours.refresh(int(store.photos.version))
    return neighbours


def assert_exact(neighbours: Neighbours, store: Store, query: Rows, where: str | None = None, depth: int = 50) -> None:
    """The index's exact answer is NumPy's."""
    found = neighbours.nearest(query, depth, where, exact=True)
    wanted = truth(store, neighbours.entry, query, where)
    assert found.exact
    assert len(found.scores) == min(depth, len(wanted))
    for photo, cosine in found.scores.items():
        assert abs(cosine - wanted[photo]) < 1e-5
    last = list(wanted.values())[: len(found.scores)]
    assert np.allclose(sorted(found.scores.values(), reverse=True), last, atol=1e-5)
    there = store.photos.take_row_ids(list(found.addresses.values())).select(["id"]).to_arrow()
    assert set(there["id"].to_pylist()) == set(found.scores)
