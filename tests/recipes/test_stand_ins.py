"""Every recipe's stand-in, whole but small, on the real pairs of ``../shared``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from picdesk.recipes.read import load_recipe, recipe_names
from picdesk.recipes.run import SMALL
from tests.command_line import picdesk
from tests.train.clips import needs_torch

pytestmark = [pytest.mark.shared, needs_torch]

Results = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def results(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A recipe's document; recipes share their stages, and each is run once."""
    stages = tmp_path_factory.mktemp("stages")

    @cache
    def of(name: str) -> dict[str, Any]:
        said = picdesk(
            *("reproduce", name, "--stand-in", "--small", "--data", shared / "data", "--models", shared / "models"),
            *("-o", tmp_path_factory.mktemp(name), "--cache", stages, "--json", "-q"),
        )
        assert said.code == 0, said.err
        return said.document

    return of


@pytest.mark.parametrize("name", recipe_names())
def test_it_runs_whole(name: str, results: Results) -> None:
    document, recipe = results(name), load_recipe(name, stand_in=True)
    assert document["label"] == f"STAND-IN-{name}"
    assert document["beside"] == []
    assert {row["run"] for row in document["runs"]} == set(recipe.runs)
    for row in document["runs"]:
        assert row["articles"] == (SMALL if row["side"] == "train" else SMALL // 2)
        assert Path(row["file"]).name.startswith("STAND-IN-")
        assert 0 < row["measures"]["MRR@100"] <= 1
        first = Path(row["file"]).read_text(encoding="utf-8").partition("\n")[0]
        assert recipe.sets[row["set"]].format != "trec" or first.split()[-1].startswith("STAND-IN-")


def test_the_projects_own_is_the_best_on_the_same_pairs(results: Results) -> None:
    best = {
        name: max(row["measures"]["MRR@100"] for row in results(name)["runs"] if row["side"] == "test")
        for name in recipe_names()
    }
    assert max(best, key=lambda name: best[name]) == "picdesk-2026", best
