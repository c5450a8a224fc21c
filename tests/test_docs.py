"""What the docs say of the archive is what the code has."""

from __future__ import annotations

import doctest
import re

import pytest

from picdesk.archive.schema import photos_schema
from tests.command_line import ROOT


def test_every_column_is_described() -> None:
    text = (ROOT / "docs/archive.md").read_text(encoding="utf-8")
    described = re.findall(r"^\| `(\w+?)(?:\.\.\.)?` \|", text.split("## Where")[0], re.MULTILINE)
    assert described == [*photos_schema("English").names, "vector_", "meaning_"]


def test_every_figure_of_the_numbers_page_is_committed() -> None:
    page = (ROOT / "docs/numbers.md").read_text(encoding="utf-8")
    figures = set(re.findall(r"\]\((figures/[^)]+)\)", page))
    assert figures
    assert {f"figures/{path.name}" for path in (ROOT / "docs/figures").iterdir()} == figures


@pytest.mark.parametrize("page", ["articles.md", "ranking.md"])
def test_the_examples_of_a_page_run(page: str) -> None:
    done = doctest.testfile(str(ROOT / "docs" / page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert done.attempted
    assert done.failed == 0
