"""Original weights of a model of the catalogue, where they were fetched before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from picdesk.encoders.snapshot import repository_folder

if TYPE_CHECKING:
    from pathlib import Path

    from picdesk.encoders.catalogue import CatalogueEntry

_WEIGHTS = ("model.safetensors", "pytorch_model.bin", "model.safetensors.index.json", "pytorch_model.bin.index.json")


def find_weights(entry: CatalogueEntry) -> Path | None:
    """The file of weights, or the folder of transformers, in the hub's cache; ``None`` where it was never fetched.

    ``picdesk models export NAME DIR`` fetches it. The network is not asked.

    Args:
        entry: the model.
    """
    if not entry.loadable or not entry.weights:
        return None
    snapshots = repository_folder(replace(entry, onnx=entry.weights)) / "snapshots"
    if not snapshots.is_dir():
        return None
    newest_first = sorted(snapshots.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    names = (entry.file,) if entry.file else _WEIGHTS
    folder = next((each for each in newest_first if any((each / name).is_file() for name in names)), None)
    if folder is None:
        return None
    return folder / entry.file if entry.file else folder
