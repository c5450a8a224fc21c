"""LanceDB alone: its own embedding function for open_clip, its own index.

Photos are added as its guide to searching pictures by text does it. Its function encodes one picture at a time, in
threads. Of the index nothing is chosen but the distance: IVF_PQ, searched with LanceDB's own number of probes; asked a
second way with ``refine_factor(10)``, which its documentation recommends where answers shall be better.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers.side import DEPTH
from benchmarks.peers.sides.open_clip import ARCHITECTURE, stand_in_for_torchvision

if TYPE_CHECKING:
    from benchmarks.peers.side import Ask, Rows

SHARD = 100_000


class Side:
    """A table of photos with a vector each."""

    def __init__(self, weights: Path, place: Path) -> None:
        self._weights, self._place = weights, place
        self._lancedb: Any = import_module("lancedb")

    def load(self) -> None:
        stand_in_for_torchvision()
        registry: Any = import_module("lancedb.embeddings").get_registry()
        function = registry.get("open-clip").create(name=ARCHITECTURE, pretrained=str(self._weights / "model.pt"))
        pydantic: Any = import_module("lancedb.pydantic")
        fields = {
            "__annotations__": {"vector": pydantic.Vector(function.ndims()), "image_uri": str},
            "vector": function.VectorField(),
            "image_uri": function.SourceField(),
        }
        self._schema = type("Photo", (pydantic.LanceModel,), fields)

    def add(self, photos: Path) -> dict[str, float]:
        database = self._lancedb.connect(str(self._place / "photos"))
        self._table = database.create_table("photos", schema=self._schema)
        self._table.add([{"image_uri": str(file)} for file in sorted(photos.iterdir())])
        return {}

    def search(self, text: str) -> list[str]:
        return [Path(row["image_uri"]).name for row in self._table.search(text).limit(DEPTH).to_list()]

    def vectors(self) -> dict[str, Any]:
        return {Path(row["image_uri"]).name: row["vector"] for row in self._table.search().limit(1 << 20).to_list()}

    def make(self, vectors: Path) -> None:
        arrow: Any = import_module("pyarrow")
        rows = np.load(vectors, mmap_mode="r")
        table = None
        for start in range(0, len(rows), SHARD):
            part = np.ascontiguousarray(rows[start : start + SHARD])
            column = arrow.FixedSizeListArray.from_arrays(arrow.array(part.reshape(-1)), part.shape[1])
            numbers = arrow.array(np.arange(start, start + len(part)))
            shard = arrow.table({"number": numbers, "vector": column})
            if table is None:
                table = self._lancedb.connect(str(self._place / "vectors")).create_table("vectors", shard)
            else:
                table.add(shard)
        assert table is not None
        table.create_index("vector", config=import_module("lancedb.index").IvfPq(distance_type="cosine"))

    def open(self) -> dict[str, Ask]:
        table = self._lancedb.connect(str(self._place / "vectors")).open_table("vectors")

        def searching(refine: int | None) -> Ask:
            def ask(query: Rows) -> list[int]:
                search = table.search(query).distance_type("cosine").limit(DEPTH).select(["number"])
                found = (search.refine_factor(refine) if refine else search).to_arrow()
                return [int(number) for number in found["number"].to_pylist()]

            return ask

        return {"": searching(None), "refine_factor 10": searching(10)}
