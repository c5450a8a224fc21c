"""sentence-transformers and FAISS's flat index, as the documentation of both has it."""

from __future__ import annotations

import json
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers.side import DEPTH

if TYPE_CHECKING:
    from benchmarks.peers.side import Ask


class Side:
    """``SentenceTransformer`` on a folder, ``IndexFlatIP`` in a file."""

    def __init__(self, weights: Path, place: Path) -> None:
        self._weights, self._file = weights, place / "photos.faiss"
        self._names_file = place / "names.json"
        self._faiss: Any = import_module("faiss")

    def load(self) -> None:
        library: Any = import_module("sentence_transformers")
        self._model = library.SentenceTransformer(str(self._weights / "transformers"), local_files_only=True)

    def add(self, photos: Path) -> dict[str, float]:
        image: Any = import_module("PIL.Image")
        files = sorted(photos.iterdir())
        start = time.perf_counter()
        rows = self._model.encode([image.open(file) for file in files], normalize_embeddings=True)
        encoded = time.perf_counter()
        self._write(np.asarray(rows, dtype=np.float32))
        self._names = [file.name for file in files]
        self._names_file.write_text(json.dumps(self._names))
        return {"encode": encoded - start, "index": time.perf_counter() - encoded}

    def search(self, text: str) -> list[str]:
        index = self._faiss.read_index(str(self._file))
        query = np.asarray(self._model.encode([text], normalize_embeddings=True), dtype=np.float32)
        return [self._names[row] for row in index.search(query, DEPTH)[1][0].tolist()]

    def vectors(self) -> dict[str, Any]:
        index = self._faiss.read_index(str(self._file))
        return {name: index.reconstruct(row) for row, name in enumerate(self._names)}

    def make(self, vectors: Path) -> None:
        self._write(np.load(vectors, mmap_mode="r"))

    def open(self) -> dict[str, Ask]:
        index = self._faiss.read_index(str(self._file))
        return {"": lambda query: [int(row) for row in index.search(query[None], DEPTH)[1][0]]}

    def _write(self, rows: Any) -> None:
        index = self._faiss.IndexFlatIP(rows.shape[1])
        for start in range(0, len(rows), 100_000):
            index.add(np.ascontiguousarray(rows[start : start + 100_000]))
        self._faiss.write_index(index, str(self._file))
