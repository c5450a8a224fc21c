"""Drawn desks and a tiny CLIP that knows one of them, made once."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.once import made_once
from tests.train.clips import TRAINABLE, Desks, make_desks

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    """See `Desks`; with a cache of its own."""
    if not TRAINABLE:
        pytest.skip("needs the train extra")
    with pytest.MonkeyPatch.context() as patch:
        import torch

        # Steps of a tiny model are too short for several threads, which only wait for each other.
        torch.set_num_threads(1)
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("PICDESK_CACHE", str(tmp_path_factory.mktemp("cache")))

        def make(folder: Path) -> None:
            (folder / "desks.pickle").write_bytes(pickle.dumps(make_desks(folder)))

        read: Desks = pickle.loads((made_once(tmp_path_factory, "train", make) / "desks.pickle").read_bytes())  # noqa: S301
        yield read
