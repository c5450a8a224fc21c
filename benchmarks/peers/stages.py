"""What is measured, one stage after another; a peer that fails in one says so in a line and is left out of the rest."""

from __future__ import annotations

import os
import random
import shutil
import statistics
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.machine import report, spread
from benchmarks.made_up_vectors import MadeUp
from benchmarks.peers.environments import Environment, Failed, megabytes_of
from benchmarks.peers.side import DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.peers.side import Rows

TEXT = "People wade through a flooded street"
FIRST = 100
"""Photos of the first search after an installation."""

DIMENSION = 512
SECONDS = 8
"""Of searches in one process, after which no more are begun."""

TOGETHER = 200_000
"""Vectors up to which the peers take turns; with more, each is made, asked once and deleted: together they would need
13 GB of disk for a million."""

MADE_UP = "made up: benchmarks.made_up_vectors, seed 0"


@dataclass
class Field:
    """The peers that are still in it, and where everything is.

    Attributes:
        environments: of the peers.
        folder: for everything.
        weights: see `benchmarks.peers.weights`.
        before: load average of the machine when the run began.
        versions: by module.
    """

    environments: list[Environment]
    folder: Path
    weights: Path
    before: float = field(default_factory=lambda: os.getloadavg()[0])
    versions: dict[str, dict[str, str]] = field(default_factory=dict)

    def say(self, environment: Environment, what: str, **figures: Any) -> None:
        load = {"at the start": round(self.before, 2), "now": round(os.getloadavg()[0], 2)}
        versions = self.versions.get(environment.peer.module, {})
        report("peers", what=what, peer=environment.peer.name, peer_versions=versions, **figures, load_average=load)

    @contextmanager
    def trying(self, environment: Environment, what: str) -> Iterator[None]:
        """A failure is a line, and the end of this peer's part."""
        try:
            yield
        except Failed as failure:
            self.say(environment, what, failed=str(failure))
            self.environments.remove(environment)

    def place(self, environment: Environment, name: str) -> Path:
        """A folder of a peer's own, empty."""
        place = self.folder / "places" / name / environment.peer.module
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        return place


def install(field: Field, photos: Path, count: int) -> None:
    """From an empty environment to the first hit among 100 photos; what pip fetches is in its cache already."""
    few = copied(photos, field.folder / "few", min(FIRST, count))
    for environment in list(field.environments):
        if environment.is_there():
            field.versions[environment.peer.module] = environment.versions()
            continue
        with field.trying(environment, "install"):
            environment.create()
            start = time.perf_counter()
            environment.install()
            installed = time.perf_counter() - start
            place = field.place(environment, "first")
            said = environment.job("photos", weights=field.weights, place=place, photos=few, text=TEXT)
            if len(said["hits"]) != DEPTH:
                raise Failed(f"{len(said['hits'])} hits")
            field.versions[environment.peer.module] = environment.versions()
            field.say(
                environment,
                "install",
                photos=FIRST,
                seconds_pip=round(installed, 1),
                seconds_to_first_hit=round(installed + said["whole"], 1),
                megabytes_installed=environment.megabytes(),
            )
            shutil.rmtree(place)


def index(field: Field, photos: Path, count: int, rounds: int) -> None:
    """From a folder of photos to an index on disk, the peers taking turns."""
    folder = copied(photos, field.folder / "photos", count)
    measured: dict[str, list[dict[str, Any]]] = {}
    sizes: dict[str, int] = {}
    for _ in range(rounds):
        for environment in list(field.environments):
            with field.trying(environment, "index"):
                place = field.place(environment, "photos")
                said = environment.job("photos", weights=field.weights, place=place, photos=folder, text=TEXT)
                measured.setdefault(environment.peer.module, []).append(said)
                sizes[environment.peer.module] = megabytes_of(place)
                shutil.rmtree(place)
    truth = next((said[0]["vectors"] for module, said in measured.items() if module == "numpy"), None)
    for environment in field.environments:
        rows = measured[environment.peer.module]
        parts = {f"seconds_to_{name}": spread([each["parts"][name] for each in rows]) for name in rows[0]["parts"]}
        field.say(
            environment,
            "index",
            photos=count,
            photos_per_second=spread([count / each["seconds"]["add"] for each in rows]),
            **parts,
            seconds_to_load=spread([each["seconds"]["load"] for each in rows]),
            seconds_of_the_whole_process=spread([each["whole"] for each in rows]),
            peak_megabytes=spread([each["peak"] for each in rows]),
            megabytes_on_disk=sizes[environment.peer.module],
            smallest_cosine_to_open_clip=agreement(rows[0]["vectors"], truth) if truth else None,
        )


def search(field: Field, count: int, searches: int, rounds: int) -> None:
    """The ten nearest of many vectors, the peers taking turns where they can."""
    vectors, queries = field.folder / "vectors.npy", field.folder / "queries.npy"
    asked = MadeUp(DIMENSION).queries(searches, 1)
    np.save(queries, asked)
    truth = draw(vectors, count, asked)
    if count <= TOGETHER:
        _search_in_turns(field, list(field.environments), vectors, queries, truth, rounds)
    else:
        for environment in list(field.environments):
            _search_in_turns(field, [environment], vectors, queries, truth, 1)
    vectors.unlink()


def _search_in_turns(
    field: Field, environments: list[Environment], vectors: Path, queries: Path, truth: list[list[int]], rounds: int
) -> None:
    count = len(np.load(vectors, mmap_mode="r"))
    made: dict[str, tuple[Path, dict[str, Any], int]] = {}
    told: dict[str, list[dict[str, Any]]] = {}
    what = "search"
    for environment in environments:
        with field.trying(environment, what):
            place = field.place(environment, "vectors")
            said = environment.job("make", weights=field.weights, place=place, vectors=vectors)
            made[environment.peer.module] = place, said, megabytes_of(place)
    for _ in range(rounds):
        for environment in [each for each in environments if each in field.environments]:
            with field.trying(environment, what):
                place, _, _ = made[environment.peer.module]
                said = environment.job("ask", weights=field.weights, place=place, queries=queries, seconds=SECONDS)
                told.setdefault(environment.peer.module, []).append(said)
    for environment in [each for each in environments if each in field.environments]:
        place, making, size = made[environment.peer.module]
        asked = told[environment.peer.module]
        for way in asked[0]["ways"]:
            each = [said["ways"][way] for said in asked]
            field.say(
                environment,
                what,
                vectors=count,
                dimension=DIMENSION,
                drawn=MADE_UP,
                way=way,
                seconds_to_make=round(making["seconds"], 1),
                peak_megabytes_while_made=making["peak"],
                megabytes_on_disk=size,
                seconds_to_open=spread([said["open"] for said in asked]),
                milliseconds_first=spread([1000 * one["first"] for one in each]),
                milliseconds_p50=spread([1000 * one["p50"] for one in each]),
                searches=len(each[0]["answers"]),
                recall_at_10=recall(each[0]["answers"], truth),
                megabytes_own=statistics.median(said["held"]["own"] for said in asked),
                megabytes_resident=statistics.median(said["held"]["resident"] for said in asked),
            )
    for place, _, _ in made.values():
        shutil.rmtree(place, ignore_errors=True)


def copied(photos: Path, folder: Path, count: int) -> Path:
    """Some photos of a folder, drawn, as files of their own."""
    files = sorted(photos.rglob("*.jpg"))
    if len(files) < count:
        raise SystemExit(f"{photos} has {len(files)} photos")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in random.Random(0).sample(files, count):  # noqa: S311
        shutil.copyfile(file, folder / file.name)
    return folder


def draw(file: Path, count: int, queries: Rows) -> list[list[int]]:
    """Write the vectors, and find the nearest of each query by all products."""
    world = MadeUp(DIMENSION)
    rows = np.lib.format.open_memmap(file, "w+", np.float32, (count, DIMENSION))
    best: list[Any] = [(np.empty(0), np.empty(0, dtype=np.int64))] * len(queries)
    for start in range(0, count, 50_000):
        part = world.photos(start, min(start + 50_000, count))
        rows[start : start + len(part)] = part
        for number, cosines in enumerate(queries @ part.T):
            near = np.argpartition(-cosines, DEPTH)[:DEPTH]
            merged = np.concatenate([best[number][0], cosines[near]]), np.concatenate([best[number][1], start + near])
            order = np.argsort(-merged[0])[:DEPTH]
            best[number] = merged[0][order], merged[1][order]
    rows.flush()
    return [each[1].tolist() for each in best]


def recall(answers: list[list[int]], truth: list[list[int]]) -> float:
    """Mean share of the ten nearest that are among the ten of an answer."""
    shares = [len(set(one) & set(two)) / DEPTH for one, two in zip(answers, truth, strict=False)]
    return round(statistics.mean(shares), 4)


def agreement(vectors: dict[str, list[float]], truth: dict[str, list[float]]) -> float:
    """The smallest cosine between what two peers made of a photo, their common mean taken out.

    With random weights all photos' vectors lie close together; without the mean, any two would agree to 0.99.
    """
    names = sorted(truth)
    one, two = (np.array([each[name] for name in names]) for each in (vectors, truth))
    one, two = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (one, two))
    one, two = one - two.mean(axis=0), two - two.mean(axis=0)
    cosines = (one * two).sum(axis=1) / np.linalg.norm(one, axis=1) / np.linalg.norm(two, axis=1)
    return round(float(cosines.min()), 5)


STAGES: dict[str, Callable[..., None]] = {"install": install, "index": index, "search": search}
