"""Runs of many articles, against one search each and against plain arithmetic."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.special import softmax

from picdesk import Article, open_archive
from picdesk.api import Archive
from picdesk.archive.schema import StoredEncoder
from picdesk.archive.store import Store
from picdesk.encoders import load_encoder
from picdesk.errors import FilterError, InputError
from picdesk.search.dual_softmax import DualSoftmax
from picdesk.search.exact import nearest_photos
from picdesk.search.vectors import query_vector, text_vectors
from tests.command_line import picdesk
from tests.drawn.scenes import draw_scene, jpeg_bytes
from tests.tiny import build_clip

ARTICLES = [
    Article(headline="A red house on fire", id="a1", url="https://news.example/1"),
    Article(headline="Green trees, blue car", id="a2", url="https://news.example/2"),
    Article(headline="xyzzy", id="a3", url="https://news.example/3"),
    Article(headline="Yellow sun over the city", lead="A white boat.", text="A white boat.", id="a4"),
]
CAPTIONS = ["red house", "green trees", "a car in the city", "boat in the sun", "the fire", "", "blue", "yellow sun"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_clip(tmp_path_factory.mktemp("encoders") / "colours")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Archive:
    folder = tmp_path_factory.mktemp("photos")
    rows = []
    for seed in range(24):
        (folder / f"{seed}.jpg").write_bytes(jpeg_bytes(draw_scene(seed)))
        rows.append({"file": f"{seed}.jpg", "id": f"photo-{seed:02}", "caption": CAPTIONS[seed % len(CAPTIONS)]})
    (folder / "list.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    archive = open_archive(tmp_path_factory.mktemp("archive") / "a", encoder=clip)
    archive.add(folder / "list.jsonl")
    return archive


def test_a_run_is_one_search_for_each_article(archive: Archive) -> None:
    ranked = archive.rank(ARTICLES, name="both", depth=7)
    assert (ranked.name, ranked.articles) == ("both", ("a1", "a2", "a3", "a4"))
    for article, (called, photos) in zip(ARTICLES, ranked, strict=True):
        found = archive.search(article, k=7)
        assert called == article.id
        assert [name for name, _ in photos] == [hit.photo.name for hit in found]
        np.testing.assert_allclose([score for _, score in photos], [hit.score for hit in found], rtol=1e-6)


def test_words_alone_give_bm25_and_no_photo_where_nothing_matches(archive: Archive) -> None:
    plain = open_archive(archive.path)
    ranked = dict(plain.rank(ARTICLES, depth=100))
    words = {hit.photo.name: hit.signals["words"] for hit in archive.search(ARTICLES[0], k=24)}
    only_words = dict(archive.rank(ARTICLES[:1]))["a1"]
    assert only_words
    assert ranked.keys() == {"a1", "a2", "a3", "a4"}
    assert dict(archive.rank([ARTICLES[2]], words=True))["a3"], "the encoder finds something for every text"
    assert {name for name, value in words.items() if value} <= {name for name, _ in ranked["a1"]}


def test_without_words_the_score_is_the_cosine(archive: Archive) -> None:
    ranked = archive.rank(ARTICLES, words=False, depth=24)
    for article, (_, photos) in zip(ARTICLES, ranked, strict=True):
        cosines = {hit.photo.name: hit.signals["colours"] for hit in archive.search(article, k=24)}
        for name, score in photos:
            assert score == pytest.approx(cosines[name], abs=1e-6)
        assert [score for _, score in photos] == sorted((score for _, score in photos), reverse=True)


def test_filters_hold_for_every_article(archive: Archive) -> None:
    ranked = archive.rank(ARTICLES, where="name < 'photo-05'")
    assert {name for _, photos in ranked for name, _ in photos} <= {f"photo-{seed:02}" for seed in range(5)}
    with pytest.raises(FilterError):
        archive.rank(ARTICLES, where="nonsense = 1")


def test_what_cannot_be_ranked_is_named(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="article 'a1' is there twice"):
        archive.rank([ARTICLES[0], ARTICLES[0]])
    with pytest.raises(InputError, match="no id: 'Nameless'"):
        archive.rank([Article(headline="Nameless")])
    with pytest.raises(InputError, match="no signal"):
        open_archive(archive.path, encoder=build_clip(tmp_path / "eyes", sides=["visual"])).rank(ARTICLES, words=False)


def test_vectors_of_many_queries_are_those_of_each(archive: Archive, clip: Path) -> None:
    encoder = load_encoder(clip)
    queries = [archive.to_query(article) for article in ARTICLES]
    together = text_vectors(encoder, queries)
    for row, query in zip(together, queries, strict=True):
        np.testing.assert_allclose(row, query_vector(encoder, query), atol=1e-6)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 30), st.integers(1, 40), st.integers(0, 1000))
def test_blocks_change_nothing(archive: Archive, clip: Path, k: int, block: int, seed: int) -> None:
    store = Store.open(archive.path)
    entry = store.stored(StoredEncoder.of(load_encoder(clip)))
    queries = np.random.default_rng(seed).standard_normal((5, 16)).astype(np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    found = nearest_photos(store, entry, queries, k, block=block)
    rows = [row for batch in store.rows(["id", entry.column]) for row in batch.to_pylist()]
    matrix = np.array([row[entry.column] for row in rows], dtype=np.float32)
    cosines = queries @ (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).T
    for number in range(len(queries)):
        wanted = sorted(zip(-cosines[number], (row["id"] for row in rows), strict=True))[:k]
        there = found.photos[number] >= 0
        assert there.sum() == min(k, len(rows))
        assert [found.ids[photo] for photo in found.photos[number][there]] == [photo for _, photo in wanted]
        np.testing.assert_allclose(found.scores[number][there], [-cosine for cosine, _ in wanted], atol=1e-6)
        assert np.isneginf(found.scores[number][~there]).all()


def cosines_of(archive: Archive) -> tuple[list[str], np.ndarray]:
    """Names of all photos and the cosines of every article to them."""
    found = [dict(photos) for _, photos in archive.rank(ARTICLES, words=False, depth=24)]
    names = sorted(found[0])
    return names, np.array([[each[name] for name in names] for each in found])


def test_dual_softmax_is_taken_before_anything_is_joined(archive: Archive, tmp_path: Path) -> None:
    names, cosines = cosines_of(archive)
    revised = np.log(softmax(8 * cosines, axis=1) * softmax(8 * cosines, axis=0))
    settled = DualSoftmax(temperature=8)
    ranked = archive.rank(ARTICLES, words=False, depth=24, dual_softmax=settled)
    for row, (_, photos) in zip(revised, ranked, strict=True):
        assert dict(photos) == pytest.approx(dict(zip(names, row, strict=True)), abs=1e-4)
    words = dict(archive.rank(ARTICLES, depth=24))
    fused = dict(archive.rank(ARTICLES, depth=24, dual_softmax=settled))
    assert fused.keys() == words.keys()
    assert fused != words
    with pytest.raises(InputError, match="no encoder with a text side"):
        open_archive(archive.path, encoder=build_clip(tmp_path / "looks", sides=["visual"])).rank(
            ARTICLES, dual_softmax=settled
        )


def test_the_bank_makes_one_article_what_it_was_among_others(archive: Archive) -> None:
    settled = DualSoftmax(temperature=8, bank=True)
    together = dict(archive.rank(ARTICLES, words=False, dual_softmax=settled))
    alone = dict(archive.rank(ARTICLES[1:2], words=False, dual_softmax=settled))
    assert dict(alone["a2"]) == pytest.approx(dict(together["a2"]), abs=0.02)
    assert dict(alone["a2"]) != pytest.approx(
        dict(next(iter(archive.rank(ARTICLES[1:2], words=False, dual_softmax=DualSoftmax(temperature=8))))[1]), abs=0.02
    )


def test_one_to_one_is_the_best_assignment_and_the_rest_follows(archive: Archive) -> None:
    names, cosines = cosines_of(archive)
    rows, columns = linear_sum_assignment(cosines, maximize=True)
    plain = dict(archive.rank(ARTICLES, words=False, depth=24))
    ranked = dict(archive.rank(ARTICLES, words=False, depth=5, one_to_one=True))
    firsts = [photos[0][0] for photos in ranked.values()]
    assert len(set(firsts)) == len(ARTICLES)
    picked = sum(cosines[row, names.index(first)] for row, first in enumerate(firsts))
    assert picked == pytest.approx(cosines[rows, columns].sum(), abs=1e-6)
    for article, photos in ranked.items():
        assert [score for _, score in photos] == [-1, -2, -3, -4, -5]
        rest = [name for name, _ in plain[article] if name != photos[0][0]]
        assert [name for name, _ in photos[1:]] == rest[:4]


@pytest.mark.parametrize("one_to_one", [False, True])
def test_without_repeats_every_photo_is_given_once(archive: Archive, one_to_one: bool) -> None:
    ranked = dict(archive.rank(ARTICLES, words=False, depth=10, no_repeats=True, one_to_one=one_to_one))
    given = [name for photos in ranked.values() for name, _ in photos]
    assert len(set(given)) == len(given) == 24, "4 x 10 are asked for, and there are 24"
    assert {len(photos) for photos in ranked.values()} == {6}
    for photos in ranked.values():
        assert [score for _, score in photos] == sorted((score for _, score in photos), reverse=True)
    if one_to_one:
        firsts = dict(archive.rank(ARTICLES, words=False, depth=1, one_to_one=True))
        assert {article: photos[0] for article, photos in ranked.items()} == {
            article: photos[0] for article, photos in firsts.items()
        }


def test_the_command_takes_the_options(archive: Archive, clip: Path, tmp_path: Path) -> None:
    table = tmp_path / "articles.csv"
    table.write_text(
        "article_id,article_title\n" + "".join(f'{a.id},"{a.headline}"\n' for a in ARTICLES), encoding="utf-8"
    )
    out = tmp_path / "run.tsv"

    def ranked(*options: str) -> list[list[str]]:
        said = picdesk("rank", archive.path, table, "-o", out, "--encoder", clip, "-q", *options)
        assert said.code == 0, said.err
        return [line.split() for line in out.read_text(encoding="utf-8").splitlines()]

    revised = ranked("--dual-softmax", "--temperature", "8", "--within", "5", "--no-words", "--bank")
    assert len(revised) == 4 * 5
    assert all(float(line[4]) < 0 for line in revised)
    once = ranked("--no-repeats", "--one-to-one")
    assert len({line[2] for line in once}) == len(once) == 24
    assert {line[4] for line in once if line[3] == "1"} <= {"-1", "-1.0"}
    for wrong, message in (
        (["--temperature", "3"], "Add --dual-softmax"),
        (["--bank"], "Add --dual-softmax"),
        (["--device", "gpu"], "no device called 'gpu'"),
        (["--dual-softmax", "--temperature", "0"], "temperature of 0"),
        (["--dual-softmax", "--within", "0"], "within 0 photos"),
    ):
        said = picdesk("rank", archive.path, table, "-o", out, *wrong)
        assert said.code == 2
        assert message in said.err


def test_the_command_writes_a_run_that_can_be_measured(archive: Archive, tmp_path: Path) -> None:
    table = tmp_path / "articles.csv"
    rows = [f'{article.id},"{article.headline}",photo-0{number}' for number, article in enumerate(ARTICLES)]
    table.write_text("\n".join(["article_id,article_title,image_id", *rows]), encoding="utf-8")
    out = tmp_path / "words-and-colours.tsv"
    document = picdesk("rank", str(archive.path), str(table), "-o", str(out), "--json").document
    assert document | {"seconds": 0} == {
        "run": str(out),
        "name": "words-and-colours",
        "format": "trec",
        "articles": 4,
        "without_photos": 0,
        "unread": [],
        "seconds": 0,
    }
    measured = picdesk("evaluate", str(out), "--truth", str(table), "--json").document
    assert measured["runs"][0]["articles"] == 4
    assert measured["runs"][0]["measures"]["R@100"] == 1
    said = picdesk("rank", str(archive.path), str(table), "-o", str(out), "--format", "hieroglyphs")
    assert said.code == 2
    assert "no format of runs" in said.err
