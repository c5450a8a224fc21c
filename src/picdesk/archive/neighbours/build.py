"""An index is built: vectors are copied from the archive, FAISS is trained on a sample, the rest is added by blocks.

Memory holds the sample, a block and FAISS's codes, never all vectors. Readers and writers go on meanwhile: the index is
of the archive as it was when reading began, and what comes later is compared exactly until the next one.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from picdesk.archive.locks import indexing
from picdesk.archive.neighbours import files
from picdesk.archive.neighbours.addresses import ADDRESS, rows_of
from picdesk.archive.neighbours.files import IDS, INDEX, VECTORS, Built
from picdesk.archive.neighbours.lists import fill_index
from picdesk.archive.neighbours.measure import CodesJudge, Measured, measure, queries_of_photos
from picdesk.archive.neighbours.nearest import Vectors
from picdesk.archive.neighbours.plan import MEMORY, Plan, plan_index
from picdesk.archive.neighbours.protocol import Progress
from picdesk.encoders.torch.machine import device_named
from picdesk.errors import ArchiveError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

    Floats = NDArray[np.float32]

PLACED, SILENT = "addresses-0.u64", "silent-0.u64"
CODE_POINTS, CODE_ROUNDS = 64, 10
"""Photos that a centre of a product quantiser is trained on, and rounds."""

PHOTO_QUERIES = "vectors of {count} photos of the archive, with noise of half their length"


def build_index(
    store: Store,
    entry: StoredEncoder,
    *,
    memory: int = MEMORY,
    kind: str | None = None,
    queries: Floats | None = None,
    asked: str = "",
    seed: int = 0,
    device: str | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Built:
    """Build the index of a vector column, measure it, and put it in the place of the one that was there.

    Args:
        store: the archive, in a local folder.
        entry: the encoder whose column it is.
        memory: bytes that it may take, while it is built and when it is open.
        kind: see `plan_index`; without it the best one.
        queries: ``(m, d)`` unit rows, such as of articles' texts; without them, vectors of photos with noise.
        asked: what the queries are, in words.
        seed: draws the sample, and queries where none are given.
        device: where its lists are made: ``cpu``, ``cuda``, ``cuda:N``; ``None`` for a card where there is one.
        progress: called now and then.

    Raises:
        ArchiveBusy: another process is building.
        ArchiveError: it cannot be written; the old index is as it was.
        InputError: no such kind or device, no vectors, or too little memory.
        MissingError: there is no such card here, or its memory is too small.
    """
    place = device_named(device)
    home = files.home_of(store)
    if home is None:
        raise ArchiveError(f"{store.folder} lies in object storage", "A neighbour index stands beside local archives.")
    path = home / f"{entry.column}-{time.time_ns():x}-{os.getpid()}"
    try:
        home.mkdir(exist_ok=True)
        with indexing(home):
            files.sweep(home)
            path.mkdir()
            try:
                generator = np.random.default_rng(seed)
                built = _build(store, entry, path, memory, kind, queries, asked, generator, place, progress)
                files.write_built(home, built)
            except BaseException:
                shutil.rmtree(path, ignore_errors=True)
                raise
            files.sweep(home)
    except OSError as error:
        raise ArchiveError(f"cannot write {path}: {error.strerror or error}", "Make room and try again.") from error
    return built


def _build(
    store: Store,
    entry: StoredEncoder,
    path: Path,
    memory: int,
    kind: str | None,
    queries: Floats | None,
    asked: str,
    generator: np.random.Generator,
    device: str,
    progress: Callable[[Progress], None],
) -> Built:
    start = time.monotonic()
    version = int(store.photos.version)
    photos = _copy(store, entry, path, progress)
    plan = plan_index(photos, entry.dimension, memory, kind)
    halves = files.mapped(path / VECTORS, "<f2", photos, entry.dimension)
    index = _faiss_index(halves, plan, generator, device, progress) if plan.factory else None
    if index is not None:
        import faiss

        faiss.write_index(index, str(path / INDEX))
        files.sync_file(path / INDEX)
    files.sync_folder(path)
    seconds = time.monotonic() - start
    measured = Measured(probes=0, candidates=0, wider=1, rows=())
    if index is not None:
        if queries is None:
            queries = queries_of_photos(halves, generator)
            asked = PHOTO_QUERIES.format(count=len(queries))
        told = lambda done: progress(Progress("measure", done, photos))  # noqa: E731
        judge = CodesJudge.of(Vectors(halves, index), halves, checked(queries, entry), generator, told)
        measured = measure(judge, photos, plan.lists)
    return Built(
        column=entry.column,
        encoder=entry.name,
        fingerprint=entry.fingerprint,
        dimension=entry.dimension,
        folder=path.name,
        kind=plan.kind,
        factory=plan.factory,
        lists=plan.lists,
        photos=photos,
        version=version,
        when=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        seconds=round(seconds, 2),
        memory=plan.memory,
        probes=measured.probes,
        candidates=measured.candidates,
        wider=measured.wider,
        queries=asked if index is not None else "",
        recall=measured.rows,
        addresses=PLACED,
        silent=SILENT,
        files={file.name: files.sums_of(file) for file in sorted(path.iterdir())},
    )


def _copy(store: Store, entry: StoredEncoder, path: Path, progress: Callable[[Progress], None]) -> int:
    """Vectors, ids and addresses of the photos that have a vector, and the addresses of the others."""
    photos = 0
    with (
        (path / VECTORS).open("wb") as vectors,
        (path / IDS).open("wb") as names,
        (path / PLACED).open("wb") as placed,
        (path / SILENT).open("wb") as silent,
    ):
        for batch in store.rows([ADDRESS, "id", entry.column]):
            addresses, ids, halves, usable = rows_of(pa.Table.from_batches([batch]), entry)
            vectors.write(halves[usable].astype("<f2").tobytes())
            names.write(ids[usable].tobytes())
            placed.write(addresses[usable].astype("<u8").tobytes())
            silent.write(addresses[~usable].astype("<u8").tobytes())
            photos += int(usable.sum())
            progress(Progress("read", photos))
        for file in (vectors, names, placed, silent):
            file.flush()
            os.fsync(file.fileno())
    return photos


def empty_index(dimension: int, plan: Plan) -> Any:
    """A FAISS index as planned, not trained yet."""
    import faiss

    index: Any = faiss.index_factory(dimension, plan.factory, faiss.METRIC_INNER_PRODUCT)
    if plan.kind == "pq":
        # FAISS takes four times as many photos and more rounds for the centres of codes; candidates that are compared
        # exactly afterwards are found as well without.
        index.pq.cp.max_points_per_centroid = CODE_POINTS
        index.pq.cp.niter = CODE_ROUNDS
        index.do_polysemous_training = False  # orders codes for a comparison of bits that nobody here makes
    return index


def _faiss_index(
    halves: NDArray[np.float16],
    plan: Plan,
    generator: np.random.Generator,
    device: str,
    progress: Callable[[Progress], None],
) -> Any:
    """A trained and filled FAISS index, whose ids are rows."""

    def told(done: int) -> None:
        progress(Progress("add", done, len(halves)))

    index = empty_index(halves.shape[1], plan)
    progress(Progress("train", 0, plan.sample))
    sample = halves[np.sort(generator.choice(len(halves), plan.sample, replace=False))]
    fill_index(index, halves, sample, generator, plan.block, device, told)
    return index


def checked(queries: Floats, entry: StoredEncoder) -> Floats:
    """Queries that can be compared with an encoder's vectors.

    Raises:
        InputError: they cannot.
    """
    rows = np.ascontiguousarray(queries, dtype=np.float32)
    if rows.ndim != 2 or not len(rows) or rows.shape[1] != entry.dimension:
        raise InputError(
            f"queries of shape {rows.shape} cannot be compared with {entry}, whose vectors have {entry.dimension}",
            "Give articles with text, for an encoder with a text side.",
        )
    return rows
