"""Picdesk: photos by `add_photos`, vectors as every search of an archive asks them; an index where one is worth it."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers.side import DEPTH

if TYPE_CHECKING:
    from benchmarks.peers.side import Ask, Rows


class Side:
    """An archive."""

    def __init__(self, weights: Path, place: Path) -> None:
        os.environ["PICDESK_CACHE"] = str(weights.with_name("picdesk-cache"))  # of compiled models: nothing of photos
        self._weights, self._archive = weights / "picdesk", place / "archive"

    def load(self) -> None:
        from picdesk.encoders import load_encoder
        from picdesk.encoders.made_up import made_up_image

        import_module("lancedb")
        self._encoder = load_encoder(self._weights)
        self._encoder.encode_images([made_up_image(0)])  # weights are compiled when they are first used

    def add(self, photos: Path) -> dict[str, float]:
        from picdesk.archive.add import add_photos
        from picdesk.archive.store import Store
        from picdesk.photos.sources import open_source

        add_photos(Store.create(self._archive), [open_source(str(photos))], [self._encoder])
        return {}

    def search(self, text: str) -> list[str]:
        from picdesk import open_archive

        found = open_archive(self._archive, encoder=self._weights).search(text, k=DEPTH)
        return [Path(hit.photo.uri).name for hit in found]

    def vectors(self) -> dict[str, Any]:
        from picdesk.archive.store import Store

        store = Store.open(self._archive)
        column = store.encoders()[0].column
        return {Path(row["uri"]).name: row[column] for row in store.photos.search().limit(1 << 20).to_list()}

    def make(self, vectors: Path) -> None:
        from benchmarks.scale import SHARD, append
        from picdesk.archive.neighbours.build import build_index
        from picdesk.archive.neighbours.plan import EXACT_UP_TO
        from picdesk.archive.schema import StoredEncoder
        from picdesk.archive.store import Store

        rows = np.load(vectors, mmap_mode="r")
        store = Store.create(self._archive)
        entry = store.admit(
            StoredEncoder(name="made up", fingerprint="0" * 64, location="nowhere", dimension=rows.shape[1])
        )
        for start in range(0, len(rows), SHARD):
            append(store, entry, start, np.ascontiguousarray(rows[start : start + SHARD]))
        store.tidy()
        if len(rows) > EXACT_UP_TO:
            build_index(store, entry)

    def open(self) -> dict[str, Ask]:
        from benchmarks.scale import number_of
        from picdesk.archive.store import Store
        from picdesk.search.memory import Memory
        from picdesk.search.signals.vectors import VectorSignal

        store = Store.open(self._archive)
        entry, memory = store.encoders()[0], Memory(store)

        def ask(query: Rows) -> list[int]:
            found = VectorSignal(store, entry, query, memory.now()).candidates(None, DEPTH)
            return [number_of(photo) for photo in sorted(found, key=found.__getitem__, reverse=True)]

        return {"": ask}
