"""The pages in ``docs/systems`` say what the recipes say, and their commands are real."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from picdesk.recipes.read import load_recipe, recipe_names
from tests.command_line import ROOT, picdesk

if TYPE_CHECKING:
    from pathlib import Path

    from picdesk.recipes.recipe import Published, Recipe

PAGES = ROOT / "docs/systems"
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def page_of(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def commands(page: str) -> list[str]:
    return [line for block in _BLOCK.findall(page) for line in block.splitlines() if line.startswith("picdesk ")]


def as_markdown(table: Published, recipe: Recipe) -> str:
    """A published table as the pages have it."""
    seen = "" if table.seen else "; not looked up there, known at second hand"
    lines = [f"**{table.name}**: {table.about}", f"(from {table.source}{seen})", ""]
    lines += [f"| published | set | {' | '.join(table.measures)} |", "|---|---|" + "---|" * len(table.measures)]
    for row in table.rows:
        label = row.label or recipe.runs[row.run].about
        side = f"{row.set}, training" if row.side == "train" else row.set
        values = ("-" if value != value else f"{value:.4g}" for value in row.values)
        lines.append(f"| {label} | {side} | {' | '.join(values)} |")
    return "\n".join(lines)


def test_every_recipe_has_a_page_and_every_page_a_recipe() -> None:
    pages = {path.stem for path in PAGES.iterdir() if path.suffix == ".md"} - {"README"}
    assert pages == set(recipe_names())
    index = page_of("README")
    assert set(re.findall(r"\]\(([\w-]+)\.md\)", index)) == pages


@pytest.mark.parametrize("name", recipe_names())
def test_the_tables_of_a_page_are_those_of_its_recipe(name: str) -> None:
    recipe, page = load_recipe(name), page_of(name)
    for table in recipe.published:
        assert as_markdown(table, recipe) in page
    assert page.count("| published | set |") == len(recipe.published), "the page has a table that the recipe has not"


@pytest.mark.parametrize("name", recipe_names())
def test_the_runs_of_a_page_are_those_of_its_recipe(name: str) -> None:
    assert re.findall(r"^\| `([\w-]+)` \| (?!the |tables)", page_of(name).split("## ")[1], re.MULTILINE)
    named = re.findall(r"^\| `([\w-]+)` \|", page_of(name).split("\n## ")[1], re.MULTILINE)
    assert named == list(load_recipe(name).runs)


@pytest.mark.parametrize("name", recipe_names())
def test_a_page_names_the_folders_that_its_recipe_reads(name: str) -> None:
    for data in load_recipe(name).data.values():
        assert f"{data.folder}" in page_of(name), data.folder


@pytest.mark.parametrize("page", sorted(path.stem for path in PAGES.glob("*.md")))
def test_every_command_is_one(page: str) -> None:
    """Each with ``--help`` behind it: an option or a verb that there is not is an error then too."""
    said = commands(page_of(page))
    assert said
    for command in said:
        shown = picdesk(*shlex.split(command)[1:], "--help")
        assert shown.code == 0, f"{command}\n{shown.err}"


@pytest.mark.parametrize("name", recipe_names())
def test_what_is_needed_is_shown_and_said_before_anything_starts(name: str, tmp_path: Path) -> None:
    shown = picdesk("recipes", "show", name)
    assert shown.code == 0, shown.err
    assert load_recipe(name).about.title in shown.out
    for table in load_recipe(name).published:
        assert table.name in shown.out
    planned = picdesk("reproduce", name, "--data", tmp_path, "--models", tmp_path, "-o", tmp_path / "out", "--dry-run")
    assert planned.code == 3
    for data in load_recipe(name).data.values():
        if not data.optional:
            assert data.folder in planned.err
