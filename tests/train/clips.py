"""Tiny CLIPs on drawn stories: one that has learned the day desk's, for every test that needs a model that knows."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.train.scenes import write_model, write_stories

TRAINABLE = all(importlib.util.find_spec(name) is not None for name in ("torch", "transformers", "safetensors", "onnx"))
needs_torch = pytest.mark.skipif(not TRAINABLE, reason="needs the train extra")


@dataclass(frozen=True)
class Desks:
    """What the tests train on; nothing in it is to be changed.

    Attributes:
        day: the day desk's table.
        night: the night desk's.
        few: forty stories of the night desk.
        blank: a model that has learned nothing.
        base: an encoder folder that has learned the day desk's stories.
        log: what training that gave.
    """

    day: Path
    night: Path
    few: Path
    blank: Path
    base: Path
    log: Any


def make_desks(folder: Path) -> Desks:
    """Draw, and train the base: seconds.

    Args:
        folder: exists; a folder for the desks is made in it.
    """
    folder = folder / "desks"
    day = write_stories(folder / "day", 1, 300)
    night = write_stories(folder / "night", 2, 300, night=True)
    few = write_stories(folder / "few", 3, 40, night=True)
    blank = write_model(folder / "blank")
    fast: dict[str, Any] = {"rate": 2e-3, "batch": 60, "piece": 60, "temperature": 0.1, "weight_decay": 0.0}
    log = tune(blank, day, folder / "base", tower="both", epochs=40, patience=0, measure_every=40, **fast)
    return Desks(day, night, few, blank, folder / "base", log)


def tune(where: Path, table: Path, target: Path, *, resume: bool = False, **settings: Any) -> Any:
    """Fine-tune on four fifths of a table, drawn at random from seed 0, and write the encoder."""
    from picdesk.train.clip.fine_tune import fine_tune
    from picdesk.train.clip.settings import ClipSettings
    from picdesk.train.pairs import read_pairs
    from picdesk.train.split import split_pairs

    pairs = read_pairs(table)
    split = split_pairs(pairs, way="random")
    return fine_tune(where, pairs, split, ClipSettings(device="cpu", **settings), target, resume=resume)


def mrr(where: Path, table: Path) -> float:
    """MRR of an encoder folder on the held-back stories of a table, through ONNX, as a user of the folder has it."""
    import numpy as np
    from PIL import Image

    from picdesk.encoders import load_encoder
    from picdesk.photos.locate import to_path
    from picdesk.train.pairs import read_pairs
    from picdesk.train.split import split_pairs

    pairs = read_pairs(table)
    held_back = pairs.some(split_pairs(pairs, way="random").test).pairs
    encoder = load_encoder(where, runtime="onnxruntime")
    texts = encoder.encode_texts([pair.text for pair in held_back])
    photos = encoder.encode_images([Image.open(to_path(pair.uri)[0]) for pair in held_back])
    scores = texts @ photos.T
    own = np.diag(scores)
    return float((1 / (scores >= own[:, None]).sum(axis=1)).mean())


def weights(folder: Path) -> dict[str, Any]:
    """Every tensor of an encoder folder's weights."""
    from safetensors.torch import load_file

    loaded: dict[str, Any] = load_file(folder / "weights" / "model.safetensors")
    return loaded
