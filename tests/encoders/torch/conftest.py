"""Checkpoints of every make, tiny and random."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import ENVIRONMENT, ROOT
from tests.encoders.torch.folders import make_folder
from tests.once import made_once

NEEDED = ("torch", "transformers", "safetensors", "onnx")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    for item in items:
        if missing and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=f"needs the torch extra: {', '.join(missing)}"))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoints by open_clip, each in a folder with what open_clip makes of fixed inputs; not to be changed."""
    if importlib.util.find_spec("open_clip") is None:
        pytest.skip("needs open_clip as the judge: pip install --no-deps open_clip_torch")

    def make(folder: Path) -> None:
        command = [sys.executable, "-W", "ignore", "-m", "tests.encoders.torch.makers", str(folder)]
        done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    return made_once(tmp_path_factory, "open-clip", make)


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A folder of transformers' CLIP, and the model; not to be changed."""
    return make_folder(tmp_path_factory.mktemp("transformers") / "tiny-clip", "clip")
