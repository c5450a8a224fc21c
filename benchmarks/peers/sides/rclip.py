"""rclip: the parts of its command, in one process instead of one a search.

Its command reads all vectors from SQLite at each search; so does this. Weights lie where it looks for those it would
download.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers.side import DEPTH

if TYPE_CHECKING:
    from benchmarks.peers.side import Ask, Rows

FOLDER = "/made-up"


class Side:
    """A SQLite database of photos and vectors."""

    def __init__(self, weights: Path, place: Path) -> None:
        os.environ["RCLIP_DATADIR"] = str(place)
        for each in (weights / "rclip").iterdir():
            if not (place / each.name).exists():
                (place / each.name).symlink_to(each)
        self._main: Any = import_module("rclip.main")
        self._db: Any = import_module("rclip.db")
        arguments: Any = import_module("rclip.utils.helpers").init_arg_parser()
        self._batch = int(arguments.get_default("indexing_batch_size"))
        self._file = place / "db.sqlite3"

    def load(self) -> None:
        self._model: Any = import_module("rclip.model").Model()
        self._model.ensure_downloaded()
        self._model.compute_text_features(["warm"])
        self._model.compute_preprocessed_image_features([np.zeros((3, 256, 256), dtype=np.float32)])

    def add(self, photos: Path) -> dict[str, float]:
        self._photos = str(photos)
        self._rclip = self._main.RClip(self._model, self._db.DB(self._file), self._batch, None)
        self._rclip.ensure_index(self._photos)
        return {}

    def search(self, text: str) -> list[str]:
        return [Path(hit.filepath).name for hit in self._rclip.search(text, self._photos, DEPTH)]

    def vectors(self) -> dict[str, Any]:
        rows = self._db.DB(self._file).get_image_vectors_by_dir_path(self._photos)
        return {Path(row["filepath"]).name: np.frombuffer(row["vector"], np.float32) for row in rows}

    def make(self, vectors: Path) -> None:
        database = self._db.DB(self._file)
        for number, row in enumerate(np.load(vectors, mmap_mode="r")):
            photo = self._db.NewImage(
                filepath=f"{FOLDER}/{number}.jpg", modified_at=0.0, size=1, vector=row.tobytes(), hash=str(number)
            )
            database.upsert_image(photo, commit=False)
        database.close()

    def open(self) -> dict[str, Ask]:
        asked: list[Rows] = []

        class Given(import_module("rclip.model").Model):  # type: ignore[misc] # it is not installed where types are checked
            """Texts are the vectors that are asked for; what is to be left out is none."""

            def compute_features_for_queries(self, queries: list[str]) -> Rows:
                return asked[-1] if queries else np.zeros(self.VECTOR_SIZE, dtype=np.float32)

        rclip = self._main.RClip(Given(), self._db.DB(self._file, allow_vector_cache_reset=False), self._batch, None)

        def ask(query: Rows) -> list[int]:
            asked[:] = [query]
            return [int(Path(hit.filepath).stem) for hit in rclip.search("given", FOLDER, DEPTH)]

        return {"": ask}
