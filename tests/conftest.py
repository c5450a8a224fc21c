"""What many tests stand on: drawn photos, a tiny encoder, the measuring material where it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.command_line import ENVIRONMENT
from tests.drawn.scenes import fill_folder
from tests.tiny import build_clip

os.environ["PICDESK_CACHE"] = ENVIRONMENT["PICDESK_CACHE"]  # compiled models of tests are no user's business
os.environ["HF_HUB_OFFLINE"] = "1"

# A busy machine is slow to draw an example and to try it; neither is a fault of what is tried.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

SHARED = Path(__file__).resolve().parents[1] / "../shared"

LONG = (
    *("recipes/test_stand_ins.py", "archive/test_kill.py", "test_real_photos.py", "objects/test_faults.py"),
    *("recipes/test_engine.py", "cluster/", "train/test_clip.py", "objects/", "encoders/torch/", "test_readme.py"),
    *("train/", "articles/test_language.py", "desk/browser/", "archive/", "cli/", "desk/"),
)
"""Files that take long, and folders where many do: begun first, so that no process works alone at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first; pytest keeps the order inside a file."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(here).as_posix()
        return next((place for place, start in enumerate(LONG) if path.startswith(start)), len(LONG))

    items.sort(key=place)


# As for the processes that tests start (command_line.py); read when the first library with threads is loaded.
os.environ["OMP_NUM_THREADS"] = "1"


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny encoder with both sides, which knows colours."""
    return build_clip(tmp_path_factory.mktemp("encoders") / "tiny-clip")


@pytest.fixture(scope="session")
def other_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another tiny encoder, of another dimension."""
    return build_clip(tmp_path_factory.mktemp("encoders") / "other-clip", seed=7, dimension=24)


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 40 drawn photos; not to be changed."""
    folder = tmp_path_factory.mktemp("scenes")
    fill_folder(folder, 40)
    return folder


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of 12 drawn photos of one's own."""
    folder = tmp_path / "photos"
    folder.mkdir()
    fill_folder(folder, 12)
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """The measuring material, or a skip."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the measuring material in ../shared is not here")
    return SHARED
