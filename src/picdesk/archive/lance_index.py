"""LanceDB's own vector index, for archives in an object store, where FAISS's files cannot lie beside the tables.

It is an inverted file whose vectors are kept as one bit a number (IVF_RQ; Gao & Long: RaBitQ, SIGMOD 2024). On its own
that finds half of what it should; so many times more candidates are fetched and compared exactly (``refine_factor``).
How many lists and how many candidates are needed is measured on this archive, against the exact answer, and kept beside
the tables. Photos newer than the index are compared one by one, removed ones are never shown: LanceDB sees to both.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.archive.schema import matrix_of
from picdesk.errors import ArchiveDamaged, InputError
from picdesk.photos.whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store
    from picdesk.objects import Place

    Floats = NDArray[np.float32]

LEAST = 1000
"""Photos from which an index is built; fewer are compared one by one in a moment."""
WANTED = 0.98
DEPTH = 100
QUERIES = 50
NOISE = 0.5
REFINES = (5, 10, 20, 40)
COMPARED = 20_000
"""Photos that a filter leaves up to which all of them are compared."""
NUMBERS = 8
"""A vector's length must be a multiple of it for codes of one bit a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one setting finds: recall of the hundred nearest, mean over the queries, and the median time of one."""

    probes: int
    refine: int
    recall: float
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LanceIndex:
    """What is known of an index that was built.

    Attributes:
        column: of the vectors.
        photos: that it was built on.
        partitions: lists that they were dealt out to.
        probes: lists that are looked at.
        refine: candidates that are compared exactly, as a multiple of the photos asked for.
        trials: every setting that was measured; the last is the one chosen.
        seconds: of building and measuring.
    """

    column: str
    photos: int
    partitions: int
    probes: int
    refine: int
    trials: tuple[Trial, ...]
    seconds: float


def build_lance_index(
    store: Store,
    entry: StoredEncoder,
    generator: np.random.Generator,
    *,
    queries: Floats | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> LanceIndex:
    """Build the index of a vector column in place of the one before, measure it, and keep the setting.

    Args:
        store: the archive.
        entry: the encoder that made the vectors.
        generator: draws the photos that queries are made of.
        queries: ``(m, d)`` unit rows to measure recall on; without them, vectors of photos with noise.
        progress: called with what is being done.

    Raises:
        ArchiveBusy: another process is adding.
        InputError: too few photos, or vectors of a length that is no multiple of 8.
        StorageUnavailable: the store does not answer.
    """
    from lancedb.index import IvfRq

    started = time.monotonic()
    photos = store.count(f"{entry.column} IS NOT NULL")
    if photos < LEAST:
        raise InputError(f"{photos:,} photos have a vector of '{entry.name}'", "Fewer than 1,000 need no index.")
    if entry.dimension % NUMBERS:
        raise InputError(f"vectors of '{entry.name}' have {entry.dimension} numbers", "Their number must divide by 8.")
    partitions = max(1, round(photos**0.5))
    with store.adding():
        progress("building")
        config = IvfRq(distance_type="dot", num_partitions=partitions, num_bits=1)
        store.write(lambda: store.photos.create_index(entry.column, config=config, replace=True))
    progress("measuring")
    asked = _made_up(store, entry, generator) if queries is None else queries
    truth = _truth(store, entry, asked)
    trials = tuple(_trials(store, entry, asked, truth, partitions))
    best = trials[-1]
    index = LanceIndex(
        column=entry.column,
        photos=photos,
        partitions=partitions,
        probes=best.probes,
        refine=best.refine,
        trials=trials,
        seconds=round(time.monotonic() - started, 1),
    )
    write_whole(_pointer(store, entry), json.dumps(asdict(index), indent=1).encode())
    return index


def read_lance_index(store: Store, entry: StoredEncoder) -> LanceIndex | None:
    """What is known of a column's index; ``None`` where it has none.

    Raises:
        ArchiveDamaged: the file makes no sense.
        StorageUnavailable: the store does not answer.
    """
    path = _pointer(store, entry)
    try:
        said = json.loads(path.read_bytes())
        trials = tuple(Trial(**trial) for trial in said.pop("trials"))
        index = LanceIndex(**said, trials=trials)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ArchiveDamaged(
            f"{path} makes no sense: {error}", "Build the index again: picdesk index ARCHIVE"
        ) from None
    return index if any(entry.column in one.columns for one in store.photos.list_indices()) else None


def search_lance_index(
    store: Store, entry: StoredEncoder, index: LanceIndex, vector: Floats, where: str | None, depth: int
) -> tuple[dict[str, float], bool]:
    """The photos nearest to a query: id -> cosine, and whether every photo that the filter leaves was compared.

    Where a filter leaves few photos all of them are compared; else it is applied inside the index, and as many more
    lists are looked at as photos are left out.

    Args:
        store: the archive.
        entry: the encoder that made the vectors.
        index: of its column.
        vector: ``(d,)`` unit vector.
        where: SQL over the archive's columns.
        depth: how many.
    """
    probes = index.probes
    if where:
        left = store.count(where)
        if left <= COMPARED:
            return ask_lance(store, entry, vector, depth, None, where), True
        probes = min(index.partitions, round(probes * max(1.0, index.photos / left)))
    return ask_lance(store, entry, vector, depth, (probes, index.refine), where), False


def ask_lance(
    store: Store,
    entry: StoredEncoder,
    vector: Floats,
    depth: int,
    setting: tuple[int, int] | None = None,
    where: str | None = None,
) -> dict[str, float]:
    """Ids and cosines of the best ``depth`` photos of those a filter leaves.

    Args:
        store: the archive.
        entry: the encoder that made the vectors.
        vector: ``(d,)`` unit vector.
        depth: how many.
        setting: lists that are looked at and how many times the candidates; ``None`` to compare every photo.
        where: SQL over the archive's columns.
    """
    search = store.photos.search(vector, vector_column_name=entry.column).distance_type("dot")
    if setting:
        search = search.minimum_nprobes(setting[0]).maximum_nprobes(setting[0]).refine_factor(setting[1])
    else:
        search = search.bypass_vector_index()
    if where:
        search = search.where(where, prefilter=True)
    found = search.limit(depth).select(["id", entry.column, "_distance"]).to_arrow()
    vectors = matrix_of(found[entry.column], entry.dimension)
    # float16 moves a unit vector's length by up to 0.0005; dividing it out keeps identical photos at 1.
    cosines = vectors @ vector / np.linalg.norm(vectors, axis=1)
    return dict(zip(found["id"].to_pylist(), cosines.tolist(), strict=True))


def _trials(
    store: Store, entry: StoredEncoder, queries: Floats, truth: Sequence[frozenset[str]], partitions: int
) -> list[Trial]:
    """Twice as many lists are looked at until the recall is reached; then with more candidates."""
    trials: list[Trial] = []
    for refine in REFINES:
        probes = 1
        while True:
            trials.append(_trial(store, entry, queries, truth, probes, refine))
            if trials[-1].recall >= WANTED:
                return trials
            if probes >= partitions:
                break
            probes = min(2 * probes, partitions)
    return sorted(trials, key=lambda trial: trial.recall)


def _trial(
    store: Store, entry: StoredEncoder, queries: Floats, truth: Sequence[frozenset[str]], probes: int, refine: int
) -> Trial:
    seconds, recalls = [], []
    for query, true in zip(queries, truth, strict=True):
        start = time.perf_counter()
        found = ask_lance(store, entry, query, DEPTH, (probes, refine))
        seconds.append(time.perf_counter() - start)
        recalls.append(len(true & found.keys()) / len(true))
    return Trial(
        probes=probes,
        refine=refine,
        recall=round(float(np.mean(recalls)), 4),
        milliseconds=round(1000 * float(np.median(seconds)), 2),
    )


def _made_up(store: Store, entry: StoredEncoder, generator: np.random.Generator) -> Floats:
    """Queries of photos: ids are hashes, so that the first ones in their order are a sample."""
    ids = sorted(batch_id for batch in store.rows(["id"], f"{entry.column} IS NOT NULL") for batch_id in _ids(batch))
    chosen = [ids[place] for place in sorted(generator.choice(len(ids), min(QUERIES, len(ids)), replace=False))]
    rows = store.by_ids(chosen, ["id", entry.column])
    photos = np.asarray([rows[photo][entry.column] for photo in chosen], dtype=np.float32)
    noise = generator.standard_normal(photos.shape).astype(np.float32)
    queries = photos + NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    return np.asarray(queries / np.linalg.norm(queries, axis=1, keepdims=True), dtype=np.float32)


def _truth(store: Store, entry: StoredEncoder, queries: Floats) -> list[frozenset[str]]:
    """The hundred nearest of every query, from one pass over all photos."""
    best: list[list[tuple[float, str]]] = [[] for _ in queries]
    for batch in store.rows(["id", entry.column], f"{entry.column} IS NOT NULL"):
        vectors = np.asarray(batch.column(entry.column).flatten(), dtype=np.float32).reshape(-1, entry.dimension)
        cosines = queries @ (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).T
        ids = _ids(batch)
        size = min(DEPTH, len(ids))
        places = np.argpartition(-cosines, size - 1, axis=1)[:, :size]
        for row, (scores, near) in enumerate(zip(cosines, places, strict=True)):
            fresh = ((float(scores[place]), ids[place]) for place in near)
            best[row] = sorted([*best[row], *fresh], key=lambda one: (-one[0], one[1]))[:DEPTH]
    return [frozenset(photo for _, photo in row) for row in best]


def _ids(batch: Any) -> list[str]:
    return list(batch.column("id").to_pylist())


def _pointer(store: Store, entry: StoredEncoder) -> Place:
    return store.folder / f"lance-{entry.column}.json"
