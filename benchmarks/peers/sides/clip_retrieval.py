"""clip-retrieval: ``inference``, ``index`` and ``back``, with open_clip as its encoder.

Its own default, OpenAI's file, is accepted with OpenAI's weights alone. ``back`` wants three more things from the
internet by default, which are turned off: aesthetic scores, M-CLIP, and TorchScript of a model of OpenAI. It listens on
every address of the machine; here on this machine's own alone.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
import urllib.request
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers.side import DEPTH
from benchmarks.peers.sides.open_clip import ARCHITECTURE, stand_in_for_torchvision

if TYPE_CHECKING:
    from benchmarks.peers.side import Ask, Rows

BATCH = 256
"""``inference``'s own; it warms up with two such batches."""


def stand_in_for_pkg_resources() -> None:
    """What it and its ``clip-anytorch`` use of a module that the setuptools of torch no longer has."""
    module: Any = ModuleType("pkg_resources")
    module.packaging = import_module("packaging")
    import_module("packaging.version")
    module.resource_filename = lambda package, path: str(Path(str(import_module(package).__file__)).parent / path)
    sys.modules.setdefault("pkg_resources", module)


class Side:
    """Vectors in ``.npy``, an index of autofaiss, names in Parquet, and a server."""

    def __init__(self, weights: Path, place: Path) -> None:
        stand_in_for_torchvision()
        stand_in_for_pkg_resources()
        self._place = place
        self._model = f"open_clip:{ARCHITECTURE}/{weights / 'model.pt'}"
        self._vectors_folder, self._index_folder = place / "vectors", place / "index"

    def load(self) -> None:
        # As `inference` does it, so that it finds the model loaded.
        loader: Any = import_module("all_clip").load_clip
        loader(clip_model=self._model, use_jit=False, warmup_batch_size=BATCH, clip_cache_path=None)

    def add(self, photos: Path) -> dict[str, float]:
        inference: Any = import_module("clip_retrieval.clip_inference.main")
        start = time.perf_counter()
        inference.main(str(photos), str(self._vectors_folder), clip_model=self._model)
        encoded = time.perf_counter()
        self._index()
        return {"encode": encoded - start, "index": time.perf_counter() - encoded}

    def search(self, text: str) -> list[str]:
        found = self._serve()({"text": text})
        return [Path(photo["image_path"]).name for photo in found]

    def vectors(self) -> dict[str, Any]:
        pandas: Any = import_module("pandas")
        files = sorted((self._vectors_folder / "metadata").iterdir())
        names = pandas.concat([pandas.read_parquet(file) for file in files])["image_path"]
        rows = np.concatenate([np.load(file) for file in sorted((self._vectors_folder / "img_emb").iterdir())])
        return dict(zip([Path(name).name for name in names], rows, strict=True))

    def make(self, vectors: Path) -> None:
        pandas: Any = import_module("pandas")
        for part in ("img_emb", "metadata"):
            (self._vectors_folder / part).mkdir(parents=True)
        (self._vectors_folder / "img_emb/img_emb_0.npy").hardlink_to(vectors)
        count = len(np.load(vectors, mmap_mode="r"))
        names = pandas.DataFrame({"image_path": [f"/made-up/{number}.jpg" for number in range(count)]})
        names.to_parquet(self._vectors_folder / "metadata/metadata_0.parquet")
        self._index()

    def open(self) -> dict[str, Ask]:
        serve = self._serve()
        back: Any = import_module("clip_retrieval.clip_back")
        service = back.KnnService(clip_resources=self._resources)

        def over_http(query: Rows) -> list[int]:
            return [int(photo["id"]) for photo in serve({"embedding_input": query.tolist()})]

        def inside(query: Rows) -> list[int]:
            found = service.query(
                embedding_input=query.tolist(), num_images=DEPTH, num_result_ids=DEPTH, deduplicate=False
            )
            return [int(photo["id"]) for photo in found]

        return {"": inside, "over HTTP": over_http}

    def _index(self) -> None:
        import_module("clip_retrieval.clip_index").clip_index(str(self._vectors_folder), str(self._index_folder))

    def _serve(self) -> Any:
        """`back` in a thread, and what asks it over HTTP."""
        back: Any = import_module("clip_retrieval.clip_back")
        flask: Any = import_module("flask")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        paths = self._place / "indices_paths.json"
        paths.write_text(json.dumps({"photos": str(self._index_folder)}))
        load, run = back.load_clip_indices, flask.Flask.run

        def remembered(*given: Any, **named: Any) -> Any:
            self._resources = load(*given, **named)
            return self._resources

        back.load_clip_indices = remembered
        flask.Flask.run = lambda app, **named: run(app, **{**named, "host": "127.0.0.1"})
        settings = {"clip_model": self._model, "use_jit": False, "enable_mclip_option": False}
        settings["provide_aesthetic_embeddings"] = False
        server = threading.Thread(target=back.clip_back, args=(str(paths), port), kwargs=settings, daemon=True)
        server.start()
        address = f"http://127.0.0.1:{port}/"
        while server.is_alive():
            try:
                urllib.request.urlopen(f"{address}indices-list").close()  # noqa: S310
                break
            except OSError:
                time.sleep(0.05)
        else:
            raise SystemExit("back did not start")

        def ask(what: dict[str, Any]) -> Any:
            body = {"modality": "image", "num_images": DEPTH, "indice_name": "photos", **what}
            with urllib.request.urlopen(f"{address}knn-service", json.dumps(body).encode()) as answer:  # noqa: S310
                return json.load(answer)

        return ask
