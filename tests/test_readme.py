"""The README's tutorial runs, word for word; so do the examples in docstrings."""

from __future__ import annotations

import doctest
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import picdesk
from tests.command_line import ENVIRONMENT, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder with ``picdesk`` on the path."""
    folder = tmp_path_factory.mktemp("desk")
    program = folder / ".bin/picdesk"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nfrom picdesk.cli import main\nmain()\n")
    program.chmod(0o755)
    return folder


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_tutorial_runs(desk: Path) -> None:
    environment = {**ENVIRONMENT, "PATH": f"{desk / '.bin'}{os.pathsep}{os.environ['PATH']}"}
    script = "set -eux\n" + "\n".join(blocks("sh"))
    done = subprocess.run(["sh", "-c", script], cwd=desk, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "falcon-9-dscovr" in done.stdout
    assert "colon-tissue-stain" in done.stdout
    assert "every promise holds" in done.stdout
    assert "<img" in (desk / "answer.html").read_text(encoding="utf-8")
    assert '"pompeii-coins"' in (desk / "hits.json").read_text(encoding="utf-8")
    (python,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", python], cwd=desk, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 falcon-9-dscovr SpaceX ")


def test_the_commands_of_the_readme_are_make_targets() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("name", [part.name for part in pkgutil.walk_packages(picdesk.__path__, "picdesk.")])
def test_examples_in_docstrings(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
