"""The meaning of captions: headlines that say the same in other words, against every caption by hand."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from picdesk import Archive, Query, open_archive
from picdesk.archive.store import Store
from picdesk.encoders.static import shipped_texts
from picdesk.search.gather import gather
from picdesk.search.memory import Memory
from picdesk.search.settings import settings_of
from picdesk.search.signals import signals_of
from picdesk.search.signals.meaning import MeaningSignal, meaning_signal, meaning_vectors
from tests.drawn.scenes import draw_scene, jpeg_bytes

PARAPHRASES = tomllib.loads((Path(__file__).parent / "paraphrases.toml").read_text(encoding="utf-8"))
PHOTOS = PARAPHRASES["photos"]
CAPTIONS = [*(photo["caption"] for photo in PHOTOS), *PARAPHRASES["distractors"]]
HEADLINES = [photo["headline"] for photo in PHOTOS]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    folder = tmp_path_factory.mktemp("paraphrased")
    rows = []
    for number, caption in enumerate(CAPTIONS):
        (folder / f"{number:03}.jpg").write_bytes(jpeg_bytes(draw_scene(number, size=(48, 36))))
        rows.append(json.dumps({"file": f"{number:03}.jpg", "caption": caption}))
    (folder / "list.jsonl").write_text("\n".join(rows), encoding="utf-8")
    archive = open_archive(folder / "archive")
    assert archive.add(folder / "list.jsonl").kept == len(CAPTIONS)
    return archive


def store_of(archive: Archive) -> Store:
    return Store.open(archive.path)


def reciprocal_ranks(archive: Archive, kinds: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """1 / rank of each headline's own photo, when signals of these kinds are asked; 0 where it is not found."""
    store, memory, settings = store_of(archive), Memory(store_of(archive)), settings_of(archive.path)
    names = {row["id"]: row["name"] for batch in store.rows(["id", "name"]) for row in batch.to_pylist()}
    found = []
    for number, headline in enumerate(HEADLINES):
        signals, _ = signals_of(store, archive.to_query(headline), [], memory, settings=settings)
        scores = gather([signal for signal in signals if signal.kind in kinds], settings).scores
        own = [photo for photo in scores if names[photo] == f"{number:03}"]
        found.append(1 / sum(score >= scores[own[0]] for score in scores.values()) if own else 0.0)
    return np.array(found)


def test_the_set_is_what_it_says() -> None:
    assert len(PHOTOS) >= 60
    assert len(PARAPHRASES["distractors"]) >= 50
    assert len(set(CAPTIONS)) == len(CAPTIONS)
    shared = [
        len(_words(photo["headline"]) & _words(photo["caption"])) / len(_words(photo["headline"])) for photo in PHOTOS
    ]
    assert np.mean(shared) < 0.1, "headlines share words with their captions"


def _words(text: str) -> set[str]:
    return {
        word
        for word in "".join(letter if letter.isalpha() else " " for letter in text.lower()).split()
        if len(word) > 3
    }


def test_meaning_and_words_beat_words_alone(archive: Archive) -> None:
    words, joined = (reciprocal_ranks(archive, kinds) for kinds in (["words"], ["words", "meaning"]))
    chance = np.random.default_rng(7)
    drawn = chance.integers(0, len(words), (10_000, len(words)))
    low, high = np.percentile((joined - words)[drawn].mean(axis=1), [2.5, 97.5])
    assert low > 0.2, f"words {words.mean():.3f}, with meaning {joined.mean():.3f} ({low:+.3f} to {high:+.3f})"


def test_every_caption_is_compared_and_raw_cosines_are_shown(archive: Archive) -> None:
    texts = shipped_texts()
    captions = texts.encode_texts(CAPTIONS)
    for headline in HEADLINES[:10]:
        answer = archive.search(headline, k=len(CAPTIONS))
        cosines = captions @ texts.encode_texts([headline])[0]
        assert len(answer) == len(CAPTIONS)
        for hit in answer:
            assert hit.signals["meaning"] == pytest.approx(float(cosines[int(hit.photo.name)]), abs=2e-3)


def test_one_story_and_many_are_read_alike(archive: Archive) -> None:
    store = store_of(archive)
    queries = [archive.to_query(headline) for headline in HEADLINES[:8]]
    queries += [Query(texts=("日本",)), Query(), Query(words="dogs and owners"), Query(image=b"no text")]
    queries += [Query(texts=("Brand im Wald",), language="de"), Query(texts=("A fire",), language="en")]
    entry, rows = meaning_vectors(store, queries)
    assert entry == store.meaning()
    for query, row in zip(queries, rows, strict=True):
        signal, _ = meaning_signal(store, query, Memory(store))
        if signal is None:
            assert np.isnan(row).all()
        else:
            assert np.allclose(signal.vector, row, atol=1e-6)
    assert np.isnan(rows[[9, 11, 12]]).all()
    assert not np.isnan(rows[[10, 13]]).any()


def test_a_filter_is_kept_and_a_photo_without_words_says_nothing(archive: Archive, tmp_path: Path) -> None:
    store = store_of(archive)
    signal, notes = meaning_signal(store, Query(texts=("A fire",)), Memory(store))
    assert isinstance(signal, MeaningSignal)
    assert (signal.name, signal.kind, notes) == ("meaning", "meaning", ())
    few = signal.candidates("name IN ('000', '070')", 10)
    assert {row["name"] for row in store.by_ids(list(few), ["id", "name"]).values()} == {"000", "070"}
    (tmp_path / "IMG_1.jpg").write_bytes(jpeg_bytes(draw_scene(1)))
    (tmp_path / "Dogs.jpg").write_bytes(jpeg_bytes(draw_scene(2)))
    other = open_archive(tmp_path / "archive")
    other.add(tmp_path / "IMG_1.jpg", tmp_path / "Dogs.jpg")
    signal, _ = meaning_signal(store_of(other), Query(texts=("A fire",)), Memory(store_of(other)))
    assert signal is not None
    silent = other.photo("IMG_1").id
    assert silent not in signal.candidates(None, 10)
    assert signal.values([silent]) == {silent: None}


def test_what_the_reader_of_an_answer_is_told(archive: Archive, tmp_path: Path) -> None:
    store = store_of(archive)
    signal, (note,) = meaning_signal(store, Query(texts=("!!!",)), Memory(store))
    assert signal is None
    assert "knows no word" in note
    signal, (note,) = meaning_signal(store, Query(texts=("Brand im Wald",), language="de"), Memory(store))
    assert signal is None
    assert "reads English, the story is in 'de'" in note
    (tmp_path / "A dog.jpg").write_bytes(jpeg_bytes(draw_scene(2)))
    older = open_archive(tmp_path / "archive")
    older.add(tmp_path / "A dog.jpg")
    left = store_of(older)
    left.mark_meanings(complete=False)
    assert "not all captions" in meaning_signal(left, Query(texts=("Cats",)), Memory(left))[1][0]
    entry = left.meaning()
    assert entry is not None
    left.photos.drop_columns([entry.column])
    signal, (note,) = meaning_signal(left, Query(texts=("Cats",)), Memory(left))
    assert signal is None
    assert "picdesk compact" in note
    older.compact()
    assert meaning_signal(left, Query(texts=("Cats",)), Memory(left))[1] == ()
