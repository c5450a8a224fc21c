"""Vectors are computed once, whatever happens meanwhile."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from picdesk.encoders import load_encoder
from picdesk.photos.locate import to_uri
from picdesk.train.features import FeatureStore, photo_features, text_features


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "cache"))


def test_what_was_encoded_is_not_encoded_again(clip: Path, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_encoder(clip)
    uris = [to_uri(path) for path in sorted(photos.iterdir())]
    texts = [f"red car {number % 5}" for number in range(12)]
    seen: list[int] = []
    first, refused = photo_features(encoder, uris, seen.append)
    words = text_features(encoder, texts, seen.append)
    assert (sum(seen), refused) == (12 + 5, {})
    assert words == pytest.approx(encoder.encode_texts(texts), abs=1e-6)

    def never(*_: object) -> None:
        raise AssertionError("encoded again")

    monkeypatch.setattr(type(encoder), "encode_pixels", never)
    monkeypatch.setattr(type(encoder), "encode_texts", never)
    (photos / "renamed.jpg").write_bytes(Path(photos / "scene-0003.jpg").read_bytes())
    again, _ = photo_features(encoder, [to_uri(photos / "renamed.jpg"), *uris])
    assert again[to_uri(photos / "renamed.jpg")].tobytes() == first[to_uri(photos / "scene-0003.jpg")].tobytes()
    assert text_features(encoder, texts).tobytes() == words.tobytes()


def test_photos_that_cannot_be_read_are_told(clip: Path, photos: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"\xff\xd8 no photo")
    rows, refused = photo_features(load_encoder(clip), [to_uri(path) for path in sorted(photos.iterdir())])
    assert len(rows) == 12
    assert list(refused) == [to_uri(photos / "broken.jpg")]


@pytest.mark.parametrize(("file", "cut"), [("keys", 5), ("rows", 3), ("rows", 12), ("keys", 32)])
def test_a_store_that_was_killed_in_the_middle_loses_only_what_was_in_hand(tmp_path: Path, file: str, cut: int) -> None:
    rows = np.arange(12, dtype=np.float32).reshape(4, 3)
    digests = [bytes([number]) * 32 for number in range(4)]
    FeatureStore(tmp_path / "store", 3).add(digests, rows)
    path = tmp_path / "store" / file
    path.write_bytes(path.read_bytes()[:-cut])
    damaged = FeatureStore(tmp_path / "store", 3)
    assert [digest in damaged for digest in digests] == [True, True, True, False]
    damaged.add(digests[3:], rows[3:])
    assert FeatureStore(tmp_path / "store", 3).rows(digests).tolist() == rows.tolist()


def test_two_stores_of_one_folder_share_what_each_adds(tmp_path: Path) -> None:
    ours, theirs = FeatureStore(tmp_path, 2), FeatureStore(tmp_path, 2)
    ours.add([b"a" * 32], np.ones((1, 2), np.float32))
    theirs.add([b"a" * 32, b"b" * 32], np.full((2, 2), 2, np.float32))
    read = FeatureStore(tmp_path, 2)
    assert read.rows([b"b" * 32, b"a" * 32]).tolist() == [[2, 2], [1, 1]]
    assert theirs.rows([b"b" * 32]).tolist() == [[2, 2]]
