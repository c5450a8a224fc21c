"""One search beside past queries, against dual softmax over the whole matrix."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax

from picdesk import Article, open_archive
from picdesk.search.bank import QueryBank
from picdesk.search.memory import Memory
from picdesk.search.signals.banked import PAST, BankedSignal
from picdesk.search.signals.vectors import VectorSignal
from tests.command_line import picdesk
from tests.search.made_up import archive_of, random_rows

if TYPE_CHECKING:
    from pathlib import Path

HEADLINES = ["A red house on fire", "Green trees, blue car", "Yellow sun over the city", "A white boat in the north"]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.integers(1, 60))
def test_candidates_are_in_the_order_of_dual_softmax_over_all(
    tmp_path_factory: pytest.TempPathFactory, seed: int, past: int
) -> None:
    store, entry, ids, vectors = archive_of(tmp_path_factory.mktemp("a") / "a", random_rows(seed, 40))
    query = random_rows(seed + 1, 1)[0]
    QueryBank(store, entry).keep(random_rows(seed + 2, past))
    kept = QueryBank(store, entry).vectors()
    signal = BankedSignal(store, entry, query, Memory(store))
    found = signal.candidates(None, 40)
    cosines = np.concatenate([query[None], kept]).astype(np.float64) @ vectors.T.astype(np.float64)
    t = signal.temperature
    naive = (log_softmax(t * cosines, axis=0) + log_softmax(t * cosines, axis=1))[0] / (2 * t)
    assert signal.past == past
    assert t == pytest.approx(1 / cosines[0].std(), rel=1e-3)
    revised = np.array([found[photo] for photo in ids])
    # Both are the same up to what is the same for all photos.
    np.testing.assert_allclose(revised - revised.mean(), naive - naive.mean(), atol=1e-4)
    assert np.mean(revised - cosines[0]) == pytest.approx(0, abs=1e-4), "an average photo keeps its cosine"


def test_what_is_shown_are_the_cosines_themselves(tmp_path: Path) -> None:
    store, entry, ids, _ = archive_of(tmp_path / "a", random_rows(0, 30))
    query = random_rows(1, 1)[0]
    QueryBank(store, entry).keep(random_rows(2, 10))
    banked, plain = (kind(store, entry, query, Memory(store)) for kind in (BankedSignal, VectorSignal))
    assert banked.candidates(None, 30) != pytest.approx(plain.candidates(None, 30), abs=1e-3)
    assert banked.values(ids) == pytest.approx(plain.values(ids), abs=1e-6)
    assert banked.candidates(None, 7).keys() == plain.candidates(None, 7).keys()


def test_a_query_does_not_compete_with_itself_nor_with_more_than_the_latest(tmp_path: Path) -> None:
    store, entry, _, _ = archive_of(tmp_path / "a", random_rows(0, 30))
    queries = random_rows(1, PAST + 30)
    bank = QueryBank(store, entry)
    assert BankedSignal(store, entry, queries[0], Memory(store)).past == 0
    bank.keep(queries[:1])
    signal = BankedSignal(store, entry, queries[0], Memory(store))
    assert signal.past == 0
    assert signal.candidates(None, 30) == VectorSignal(store, entry, queries[0], Memory(store)).candidates(None, 30)
    bank.keep(queries)
    assert BankedSignal(store, entry, queries[0], Memory(store)).past == PAST


def test_a_photo_that_all_queries_want_loses(tmp_path: Path) -> None:
    popular, own = random_rows(5, 2)
    query = popular + 0.9 * own
    query /= np.linalg.norm(query)
    store, entry, ids, _ = archive_of(tmp_path / "a", np.concatenate([[popular, own], random_rows(6, 60)]))
    near = popular + 0.3 * random_rows(7, 50)
    QueryBank(store, entry).keep(np.asarray(near / np.linalg.norm(near, axis=1, keepdims=True), dtype=np.float32))
    orders = []
    for kind in (VectorSignal, BankedSignal):
        scores = kind(store, entry, query, Memory(store)).candidates(None, 60)
        orders.append(sorted(scores, key=lambda photo: -scores[photo])[0])
    assert orders == [ids[0], ids[1]]


def test_the_bank_from_the_command_line(tmp_path: Path, clip: Path, photos: Path) -> None:
    archive = tmp_path / "archive"
    assert picdesk("add", archive, photos, "--encoder", clip).code == 0
    table = tmp_path / "past.csv"
    rows = [f'{number},"{headline}"' for number, headline in enumerate(HEADLINES)]
    table.write_text("\n".join(["article_id,article_title", *rows]), encoding="utf-8")
    nothing = json.loads(picdesk("search", archive, "A black horse", "--bank", "--json").out)
    assert "no past queries of 'tiny-clip' are kept yet" in " ".join(nothing["notes"])
    plain = picdesk("rank", archive, table, "-o", tmp_path / "plain.tsv")
    kept = picdesk("rank", archive, table, "-o", tmp_path / "kept.tsv", "--keep-bank")
    assert (plain.code, kept.code) == (0, 0), kept.err
    assert (tmp_path / "plain.tsv").read_text() == (tmp_path / "kept.tsv").read_text().replace("kept", "plain")
    beside = json.loads(picdesk("search", archive, "A black horse", "--bank", "--json").out)
    assert "'tiny-clip' was weighed beside 4 past queries" in " ".join(beside["notes"])
    alone = json.loads(picdesk("search", archive, "A black horse", "--json").out)
    assert not any("past queries" in note for note in alone["notes"])
    cosines = [{hit["id"]: hit["signals"]["tiny-clip"] for hit in each["hits"]} for each in (beside, alone)]
    both = cosines[0].keys() & cosines[1].keys()
    assert both
    assert all(cosines[0][photo] == pytest.approx(cosines[1][photo], abs=1e-5) for photo in both)
    found = open_archive(archive).search(Article(headline=HEADLINES[0]), bank=True)
    assert "weighed beside 3 past queries" in " ".join(found.notes), "its own is left out"
