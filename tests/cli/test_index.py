"""`picdesk index`, and what the other verbs know of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from picdesk import open_archive
from tests.command_line import picdesk


@pytest.fixture(scope="module")
def filled(scenes: Path, clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("indexed") / "archive"
    open_archive(folder, encoder=clip).add(scenes)
    assert picdesk("index", folder, "-q").code == 0
    return folder


@pytest.fixture
def archive(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "archive"))


def test_a_small_archive_gets_an_exact_index_of_every_column(archive: Path) -> None:
    said = picdesk("index", archive)
    assert said.code == 0
    assert "tiny-clip: 40 photos, flat, every photo is compared, built in" in said.out
    assert "static-minilm: 40 photos, flat" in said.out
    (first, second) = picdesk("index", archive, "--json").document["indexes"]
    assert (first["encoder"], first["exact"], first["recall"], second["photos"]) == ("tiny-clip", True, None, 40)


def test_only_the_encoder_that_is_named(archive: Path) -> None:
    (built,) = picdesk("index", archive, "--encoder", "tiny-clip", "--json").document["indexes"]
    assert built["encoder"] == "tiny-clip"


def test_answers_are_the_same_with_and_without(archive: Path) -> None:
    found = picdesk("search", archive, "red circle", "--json").document
    exact = picdesk("search", archive, "red circle", "--exact", "--json").document
    shutil.rmtree(archive / "neighbours")
    plain = picdesk("search", archive, "red circle", "--json").document
    assert found["exact"]
    assert [hit["id"] for hit in found["hits"]] == [hit["id"] for hit in plain["hits"]]
    assert found["hits"] == exact["hits"]


def test_info_verify_remove_and_compact_know_it(archive: Path) -> None:
    assert "tiny-clip: 40 photos, flat, exact" in picdesk("info", archive).out
    assert len(picdesk("info", archive, "--json").document["indexes"]) == 2
    first = picdesk("search", archive, "red circle", "--json").document["hits"][0]["id"]
    assert picdesk("remove", archive, first).code == 0
    found = picdesk("search", archive, "red circle", "-k", "40", "--json").document["hits"]
    assert first not in [hit["id"] for hit in found]
    assert picdesk("compact", archive).code == 0
    assert picdesk("verify", archive, "--json").document == {"ok": True, "problems": []}
    (file,) = (archive / "neighbours").glob("vector_*/vectors.f16")
    file.write_bytes(file.read_bytes()[:-1])
    said = picdesk("verify", archive, "--json")
    assert said.code == 1
    (problem,) = said.document["problems"]
    assert problem["promise"] == "neighbours"
    assert "vectors.f16 cannot be used: it has 1,279 bytes instead of 1,280" in problem["what"]
    assert picdesk("search", archive, "red circle").code == 0
    assert "not used" not in picdesk("info", archive).err


def test_a_broken_pointer_is_said_by_info(archive: Path) -> None:
    (pointer,) = (archive / "neighbours").glob("vector_*.json")
    pointer.write_text("{")
    said = picdesk("info", archive, "--json")
    assert said.code == 0
    assert len(said.document["indexes"]) == 1
    (trouble,) = said.document["broken_indexes"]
    assert pointer.name in trouble


def test_a_new_add_leaves_the_index_in_order(archive: Path, photos: Path) -> None:
    assert picdesk("add", archive, photos).code == 0
    assert picdesk("verify", archive, "--quick", "--json").document == {"ok": True, "problems": []}
    assert len(picdesk("search", archive, "scene", "-k", "60", "--json").document["hits"]) >= 40


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--memory", "lots"), "'lots' is no size"),
        (("--device", "gpu"), "no device called 'gpu'"),
        (("--kind", "hnsw"), "no kind of index is called 'hnsw'"),
        (("--kind", "pq"), "trained on 9,984 photos or more, and there are 40"),
    ],
)
def test_what_makes_no_sense(archive: Path, options: tuple[str, ...], said: str) -> None:
    answer = picdesk("index", archive, *options)
    assert answer.code == 2
    assert said in answer.err


def test_an_encoder_that_is_not_here(archive: Path) -> None:
    assert picdesk("index", archive, "--encoder", "nowhere").code == 3
