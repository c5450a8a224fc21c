"""What two nodes add and rank is what one process does, photo for photo, whatever is lost on the way."""

from __future__ import annotations

import dataclasses
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

import picdesk.archive.add as archive_add
import picdesk.cluster.adding as cluster_adding
import picdesk.cluster.comparing as comparing
from picdesk import Article, open_archive, read_articles
from picdesk.archive.add import Added
from picdesk.archive.neighbours.kept import kept_indexes
from picdesk.archive.schema import StoredEncoder
from picdesk.archive.store import Store
from picdesk.cluster import nodes
from picdesk.cluster.comparing import photos_of_part, share_among
from picdesk.cluster.features import fill_photo_features
from picdesk.cluster.nodes import check_nodes, gpus_of_use
from picdesk.cluster.work import Wanted, runs_on_a_gpu
from picdesk.encoders import load_encoder
from picdesk.errors import MissingError
from picdesk.objects import ObjectPath, Place
from picdesk.search import dual_softmax as dual
from picdesk.search import exact
from picdesk.search.best import Nearest
from picdesk.search.dual_softmax import DualSoftmax, dual_softmax_photos
from picdesk.search.exact import nearest_photos
from picdesk.train.features import photo_features
from tests.archive.neighbours.archives import clustered, make
from tests.archive.test_kill import assert_same, contents
from tests.cluster.sources import every_kind_of_source
from tests.command_line import ENVIRONMENT, run_picdesk
from tests.drawn.scenes import draw_scene, jpeg_bytes
from tests.search.made_up import Rows, archive_of, random_rows
from tests.search.newsroom import open_newsroom

Made = tuple[Store, StoredEncoder, list[str], Rows]

SMALL = 4
"""Photos encoded together, so that a few dozen photos are many pieces of work."""


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_adding, "ENCODE_BATCH", SMALL)
    monkeypatch.setattr(archive_add, "COMMIT_PHOTOS_ELSEWHERE", 2 * SMALL)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ninety small photos, one that is none, and copies of some."""
    folder = tmp_path_factory.mktemp("many")
    for seed in range(90):
        (folder / f"scene-{seed:04}.jpg").write_bytes(jpeg_bytes(draw_scene(seed, (96, 72))))
    for number in (3, 40, 77):
        shutil.copy(folder / f"scene-{number:04}.jpg", folder / f"x-copy-{number}.jpg")
    (folder / "broken.jpg").write_bytes(b"no picture")
    return folder


@pytest.fixture(scope="module")
def calm(many: Path, clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one process makes of them."""
    archive = tmp_path_factory.mktemp("calm") / "archive"
    open_archive(archive, encoder=clip).add(many)
    return archive


def counts(added: Added) -> dict[str, Any]:
    return {name: value for name, value in dataclasses.asdict(added).items() if name != "seconds"}


def refusals(archive: Place) -> list[tuple[str, str, str]]:
    return sorted((row["key"], row["uri"], row["reason"]) for row in Store.open(archive).refusals())


def assert_same_archive(one: Path, two: Place) -> None:
    assert_same(contents(one), contents(two))  # type: ignore[arg-type]  # an archive is one wherever it lies
    assert refusals(one) == refusals(two)
    assert open_archive(two).verify() == []


@pytest.mark.usefixtures("two_nodes")
def test_the_same_archive_as_by_one_process_over_its_whole_history(
    tmp_path: Path, clip: Path, other_clip: Path
) -> None:
    sources = every_kind_of_source(tmp_path)
    one, two = tmp_path / "one", tmp_path / "two"
    both = ((one, None), (two, "ray"))

    def step(**options: Any) -> None:
        encoders = options.pop("encoder", [str(clip)])
        added = [open_archive(place, encoder=encoders).add(*sources, on=on, **options) for place, on in both]
        assert counts(added[0]) == counts(added[1])
        assert_same_archive(one, two)

    step()
    assert len(open_archive(two)) == 10
    (tmp_path / "photos" / "scene-0004.jpg").rename(tmp_path / "photos" / "Flood in Cairo.jpg")
    (tmp_path / "photos" / "scene-0005.jpg").write_bytes(jpeg_bytes(draw_scene(99)))
    for place, _ in both:
        open_archive(place).remove("ten")
    step()  # renamed, replaced, kept out
    step(again=True, encoder=[str(clip), str(other_clip)])
    assert open_archive(two).search("Flood in Cairo", k=1)[0].photo.name == "Flood in Cairo"


@pytest.mark.usefixtures("two_nodes")
def test_photos_and_archive_in_object_storage(bucket: ObjectPath, tmp_path: Path, clip: Path) -> None:
    every_kind_of_source(tmp_path)
    for name in ("000.tar", *(f"photos/scene-000{number}.jpg" for number in range(6))):
        (bucket / name).write_bytes((tmp_path / name).read_bytes())
    (bucket / "shards" / "001.tar").write_bytes((tmp_path / "000.tar").read_bytes())
    for number, sources in enumerate([[f"{bucket}/photos", f"{bucket}/000.tar"], [f"{bucket}/shards"]]):
        one, two = tmp_path / f"one-{number}", bucket / f"two-{number}"
        added = [open_archive(place, encoder=clip).add(*sources, on=on) for place, on in ((one, None), (two, "ray"))]
        assert counts(added[0]) == counts(added[1])
        assert_same_archive(one, two)


def test_a_node_that_is_killed_half_way_costs_nothing(
    two_nodes: Any, many: Path, calm: Path, tmp_path: Path, clip: Path
) -> None:
    import ray

    doomed = two_nodes.add_node(num_cpus=2, num_gpus=1, object_store_memory=80 * 1024 * 1024)
    wanted = load_encoder(clip)
    told = Wanted(name=wanted.name, location=wanted.location, fingerprint=wanted.fingerprint)
    # A GPU that nothing here can use is left alone; else there would be no encoding without it.
    assert gpus_of_use(ray, partial(runs_on_a_gpu, [told])) == 0
    assert gpus_of_use(ray, partial(bool, 1)) == 1
    killed_at: list[int] = []

    def kill(added: Added) -> None:
        if added.kept >= 20 and not killed_at:
            two_nodes.remove_node(doomed, allow_graceful=False)
            killed_at.append(added.kept)

    added = open_archive(tmp_path / "archive", encoder=clip).add(many, on="ray", progress=kill)
    while sum(node["Alive"] for node in ray.nodes()) > 2:
        time.sleep(0.1)  # until the cluster has noticed, so that no later test asks the dead one for its GPU
    assert killed_at
    assert killed_at[0] < 90
    assert (added.kept, added.already, added.refused, added.encoded) == (90, 3, 1, 90)
    assert_same_archive(calm, tmp_path / "archive")


@pytest.mark.usefixtures("two_nodes")
def test_training_finds_the_vectors_that_a_cluster_made(
    many: Path, tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray

    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "cache"))
    encoder, uris = load_encoder(clip), sorted(path.as_uri() for path in many.iterdir())
    assert fill_photo_features(ray, encoder, uris[:10]) == 9
    assert fill_photo_features(ray, encoder, uris) == 81  # once a photo, and none twice; one is no picture
    with mock.patch.object(type(encoder), "encode_pixels", side_effect=AssertionError("encoded again")):
        ready, refused = photo_features(encoder, uris)
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "another"))
    alone, _ = photo_features(encoder, uris)
    assert list(refused) == [uris[0]]
    assert ready.keys() == alone.keys()
    for uri, vector in ready.items():
        np.testing.assert_allclose(vector, alone[uri], atol=2e-6)


def test_nodes_with_another_picdesk_are_named(two_nodes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    assert len(two_nodes.list_all_nodes()) == 2
    check_nodes(ray)
    monkeypatch.setattr(nodes, "version_here", lambda: "9.9")
    with pytest.raises(MissingError, match=r"has not Picdesk 9\.9: 0\."):
        check_nodes(ray)
    monkeypatch.setattr(nodes, "NAME", "nobody-has-it")
    with pytest.raises(MissingError, match=r"Picdesk 9\.9: missing"):
        check_nodes(ray)


DIES = """
import os, signal, sys
import picdesk.archive.add as add
import picdesk.cluster.adding as adding
adding.ENCODE_BATCH, add.COMMIT_PHOTOS_ELSEWHERE = 4, 8
commit, commits = add.Batch.commit, []
def commit_and_die(batch):
    commit(batch)
    commits.append(batch)
    if len(commits) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
add.Batch.commit = commit_and_die
from picdesk.cli import main
main()
"""


def test_a_driver_that_is_killed_half_way_goes_on_when_it_is_run_again(
    two_nodes: Any, many: Path, calm: Path, tmp_path: Path, clip: Path
) -> None:
    archive = tmp_path / "archive"
    command = ["add", str(archive), str(many), "--encoder", str(clip), "--on", two_nodes.address]
    done = subprocess.run([sys.executable, "-c", DIES, *command], env=ENVIRONMENT, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    left = len(open_archive(archive))
    assert 0 < left < 90
    seen: list[Added] = []
    stopped = open_archive(archive).add(
        many, on="ray", progress=seen.append, stop=lambda: bool(seen and seen[-1].kept >= 20)
    )
    assert stopped.stopped
    assert stopped.kept >= 20
    assert left + stopped.kept == len(open_archive(archive)) < 90
    said = run_picdesk(*command, "--json", timeout=600)
    assert said.code == 0, said.err
    assert said.document["kept"] == said.document["encoded"] == 90 - left - stopped.kept
    assert said.err == ""
    assert_same_archive(calm, archive)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """230 photos; every fifth has a twin."""
    rows = random_rows(0, 230)
    rows[150:196] = rows[0:230:5]
    return archive_of(tmp_path_factory.mktemp("shards") / "a", rows)


def assert_same_answers(one: Nearest, two: Nearest, left: int) -> None:
    """Of photos that are as good as the last of an answer any may be the last, in one process too."""
    np.testing.assert_allclose(one.scores, two.scores, rtol=0, atol=1e-12)
    for query in range(len(one.photos)):
        answers = one.of(query), two.of(query)
        last = -np.inf if len(answers[0]) == left else min(answers[0].values()) + 1e-9
        sure = [[photo for photo, score in answer.items() if score > last] for answer in answers]
        assert sure[0] == sure[1]


@pytest.mark.usefixtures("two_nodes")
@pytest.mark.parametrize("where", [None, "height > width", "width > 99"])
def test_each_worker_compares_its_part(made: Made, where: str | None) -> None:
    import ray

    store, entry, _, _ = made
    queries = random_rows(1, 20)
    sent: list[int] = []
    shards, left = partial(share_among, ray), store.count(where)
    for k in (7, 300):
        one = nearest_photos(store, entry, queries, k, where, block=16)
        two = nearest_photos(store, entry, queries, k, where, block=16, shards=shards, progress=sent.append)
        assert_same_answers(one, two, left)
    assert sent == ([] if where == "width > 99" else sorted(set(sent)) * 2)
    one = dual_softmax_photos(store, entry, queries, 9, where, others=random_rows(2, 6), block=16)
    two = dual_softmax_photos(store, entry, queries, 9, where, others=random_rows(2, 6), block=16, shards=shards)
    assert_same_answers(one, two, left)
    assert not len(nearest_photos(store, entry, queries[:0], 3, where, shards=shards).photos)


@pytest.mark.usefixtures("two_nodes")
def test_a_run_is_the_same(tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    newsroom = open_newsroom(tmp_path / "desk", articles=60)
    archive = open_archive(tmp_path / "archive", encoder=clip)
    archive.add(newsroom.photos)
    read = [each for each in read_articles(newsroom.articles) if isinstance(each, Article)]
    for module in (exact, dual):
        monkeypatch.setattr(module, "block_size", lambda _: 8)
    parts: list[int] = []

    def noted(*said: int) -> int:
        parts.append(photos_of_part(*said))
        return parts[-1]

    monkeypatch.setattr(comparing, "photos_of_part", noted)
    options: list[dict[str, Any]] = [
        {},
        {"dual_softmax": DualSoftmax(), "where": "name like 'p1%'", "one_to_one": True},
        {"dual_softmax": DualSoftmax(within=5), "words": False, "depth": 3},
    ]
    for each in options:
        one, two = archive.rank(read, **each), archive.rank(read, on="ray", **each)
        assert (one.articles, one.names) == (two.articles, two.names)
        np.testing.assert_array_equal(one.photos, two.photos)
        np.testing.assert_allclose(one.scores, two.scores, rtol=0, atol=1e-12)
    assert parts
    assert max(parts) < 64
    assert ray.is_initialized()  # whose connection it is keeps it


@pytest.mark.usefixtures("two_nodes")
def test_20_000_photos_give_one_answer_on_a_disk_in_a_bucket_and_on_two_nodes(
    bucket: ObjectPath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray

    vectors, queries = clustered(0, 20_000), clustered(99, 30)
    here, entry = make(tmp_path / "archive", vectors)
    there, _ = make(bucket / "many", vectors)
    shards = partial(share_among, ray)
    one = nearest_photos(here, entry, queries, 100)
    for store, given in ((there, None), (here, shards), (there, shards)):
        other = nearest_photos(store, entry, queries, 100, shards=given)
        np.testing.assert_allclose(one.scores, other.scores, rtol=0, atol=1e-6)
        assert [list(one.of(query)) for query in range(30)] == [list(other.of(query)) for query in range(30)]
    monkeypatch.setattr("picdesk.archive.neighbours.measure.CANDIDATES", (1000,))  # each trial asks the server
    monkeypatch.setattr("picdesk.archive.lance_index.judge.QUERIES", 20)
    for store in (here, there):
        built = kept_indexes(store).build(entry, kind="rabitq" if store is here else None, queries=queries)
        assert built.photos == 20_000
        assert built.chosen is not None
        assert built.chosen.at_100 >= 0.97
