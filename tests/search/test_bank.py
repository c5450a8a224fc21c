"""The bank of past queries: what is kept, what is forgotten, what is refused."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from picdesk.archive.schema import StoredEncoder
from picdesk.archive.store import Store
from picdesk.archive.verify import verify
from picdesk.errors import ArchiveDamaged
from picdesk.search.bank import QueryBank
from tests.search.made_up import archive_of, random_rows

Opened = tuple[Store, StoredEncoder]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    store, entry, _, _ = archive_of(tmp_path / "a", random_rows(0, 5))
    return store, entry


def test_queries_come_back_as_unit_rows_each_once(opened: Opened) -> None:
    bank = QueryBank(*opened)
    assert bank.vectors().shape == (0, 16)
    rows = random_rows(1, 6)
    assert bank.keep(rows[:4]) == 4
    assert bank.keep(rows[[3, 4, 4, 5]]) == 6
    kept = QueryBank(*opened).vectors()
    np.testing.assert_allclose(kept, rows[[0, 1, 2, 3, 4, 5]], atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(kept, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(bank.beside(rows[1:3]), rows[[0, 3, 4, 5]], atol=1e-3)


def test_the_oldest_go_first(opened: Opened) -> None:
    bank = QueryBank(*opened)
    rows = random_rows(2, 12)
    bank.keep(rows[:8], most=6)
    np.testing.assert_allclose(bank.vectors(), rows[2:8], atol=1e-3)
    bank.keep(rows[[2, 8]], most=6)
    np.testing.assert_allclose(bank.vectors(), rows[[4, 5, 6, 7, 2, 8]], atol=1e-3)
    bank.keep(rows, most=1)
    assert len(bank.vectors()) == 1


def test_banks_of_encoders_are_apart_and_the_archive_stays_whole(opened: Opened) -> None:
    store, entry = opened
    QueryBank(store, entry).keep(random_rows(3, 2))
    other = StoredEncoder(name="other", fingerprint="6" * 64, location="nowhere", dimension=16)
    assert not len(QueryBank(store, other).vectors())
    assert not [problem for problem in verify(store, originals=False) if problem.promise in {"table", "vector"}]
    assert Store.create(store.folder).count() == 5


@pytest.mark.parametrize(
    "written",
    [b"", b"nonsense", np.zeros((2, 16), dtype=np.float16), np.ones((2, 3), dtype=np.float16), np.ones((2, 16))],
)
def test_a_damaged_bank_is_named(opened: Opened, written: bytes | np.ndarray) -> None:
    bank = QueryBank(*opened)
    bank.keep(random_rows(4, 2))
    (path,) = Path(str(opened[0].folder / "queries")).glob("*.npy")
    if isinstance(written, bytes):
        path.write_bytes(written)
    else:
        np.save(path, written)
    with pytest.raises(ArchiveDamaged, match=path.name):
        bank.vectors()


def test_several_may_write_at_once(opened: Opened) -> None:
    rows = random_rows(5, 40)
    threads = [Thread(target=QueryBank(*opened).keep, args=(rows[at : at + 5],)) for at in range(0, 40, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = QueryBank(*opened).vectors()
    assert len(kept) == 40
    assert ((rows @ kept.T).max(axis=1) > 0.999).all()
