"""Order the first photos of a run again, by a second encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.recipes.stages.rank import FILE
from picdesk.recipes.stories import ids_of, queries_of, stories_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store
    from picdesk.recipes.stages.stage import Job

    Rows = NDArray[np.float32]

VERSION = 1


def run(job: Job) -> None:
    """Write the run anew: what its first photos have so far and the second encoder's evidence, added.

    The evidence is how far the cosine stands out, in standard deviations over the archive (as the fusion ``evidence``
    has it), after dual softmax among these photos where the run has it. Photos below the first stay below them.
    """
    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store
    from picdesk.encoders import load_encoder
    from picdesk.newsimages.runs import make_run, read_run, write_run
    from picdesk.search.signals.spread import sample_vectors, spread
    from picdesk.search.vectors import text_vectors

    said = job.settings
    store = Store.open(job.done["archive"] / "archive")
    encoder = load_encoder(job.model("model:0"))
    entry = store.stored(StoredEncoder.of(encoder))
    articles, _ = stories_of(job.done["read"], str(said["side"]))
    queries = {article: query for article, query in queries_of(job.done["texts"], ids_of(articles)) if query.texts}
    ranked = read_run(job.done["run"] / FILE, "trec")
    answers = {article: places for article, places in ranked if article in queries}
    first = {article: [photo for photo, _ in places[: said["first"]]] for article, places in answers.items()}
    job.tell(0, len(first), "again")
    rows = text_vectors(encoder, [queries[article] for article in first])
    deviations = spread(sample_vectors(store, entry), rows)[1]
    values, scale = _values(store, entry, rows, list(first.values()), float(said["dual_softmax"]))
    rankings = {article: list(places) for article, places in ranked}
    for number, article in enumerate(first):
        own = float(said["weight"]) / (scale * float(deviations[number]))
        rankings[article] = _again(answers[article], len(first[article]), values[number], own)[: said["depth"]]
    write_run(make_run("run", rankings), job.folder / FILE)


def _values(
    store: Store, entry: StoredEncoder, rows: Rows, named: Sequence[Sequence[str]], temperature: float
) -> tuple[list[dict[str, float]], float]:
    """Photo's name -> what the encoder says of it, for each story; and what cosines were multiplied by."""
    from picdesk.search.best import Nearest
    from picdesk.search.dual_softmax import dual_softmax_within

    vectors = _vectors(store, entry, {name for names in named for name in names})
    ids = tuple(sorted(vectors))
    at = {name: number for number, name in enumerate(ids)}
    width = max(map(len, named), default=0)
    photos = np.full((len(named), width), -1, np.int64)
    cosines = np.full((len(named), width), -np.inf)
    for number, names in enumerate(named):
        there = [name for name in names if name in at]
        photos[number, : len(there)] = [at[name] for name in there]
        if there:
            cosines[number, : len(there)] = np.stack([vectors[name] for name in there]) @ rows[number]
    nearest = Nearest(photos, cosines, ids)
    if temperature:
        nearest = dual_softmax_within(nearest, temperature, len(named), width)
    return [nearest.of(number) for number in range(len(named))], 2 * temperature if temperature else 1.0


def _vectors(store: Store, entry: StoredEncoder, names: set[str]) -> dict[str, Rows]:
    """Photo's name -> its unit vector; of several photos of one name the first."""
    import pyarrow as pa

    from picdesk.archive.schema import matrix_of

    found: dict[str, Rows] = {}
    for batch in store.rows(["name", entry.column]):
        column = batch.column("name").to_pylist()
        wanted = [row for row, name in enumerate(column) if name in names and batch.column(entry.column)[row].is_valid]
        if wanted:
            matrix = matrix_of(pa.chunked_array([batch.column(entry.column).take(wanted)]), entry.dimension)
            matrix = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
            for row, vector in zip(wanted, matrix, strict=True):
                found.setdefault(column[row], vector)
    return found


def _again(
    places: Sequence[tuple[str, float]], first: int, values: Mapping[str, float], weight: float
) -> list[tuple[str, float]]:
    """Places in their new order; a photo without a value is taken to be as good as the worst that has one."""
    worst = min(values.values(), default=0.0)
    scored = [(name, score + weight * (values.get(name, worst) - worst)) for name, score in places[:first]]
    scored.sort(key=lambda place: (-place[1], place[0]))
    least = min((score for _, score in scored), default=0.0)
    return scored + [(name, least - below) for below, (name, _) in enumerate(places[first:], start=1)]
