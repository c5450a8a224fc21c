"""What the docs say of the archive is what the code has."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest

from picdesk.archive.schema import photos_schema
from picdesk.evaluate.ratings.study.answers import write_answer
from picdesk.evaluate.ratings.study.folder import read_study
from picdesk.evaluate.ratings.study.plan import plan
from tests.command_line import ROOT, picdesk
from tests.drawn.scenes import fill_folder


def test_every_column_is_described() -> None:
    text = (ROOT / "docs/archive.md").read_text(encoding="utf-8")
    described = re.findall(r"^\| `(\w+?)(?:\.\.\.)?` \|", text.split("## Where")[0], re.MULTILINE)
    assert described == [*photos_schema("English").names, "vector_", "meaning_"]


def test_every_figure_of_the_numbers_page_is_committed() -> None:
    page = (ROOT / "docs/numbers.md").read_text(encoding="utf-8")
    figures = set(re.findall(r"\]\((figures/[^)]+)\)", page))
    assert figures
    assert {f"figures/{path.name}" for path in (ROOT / "docs/figures").iterdir()} == figures


@pytest.mark.parametrize("page", ["articles.md", "ranking.md", "choices.md"])
def test_the_examples_of_a_page_run(page: str) -> None:
    done = doctest.testfile(str(ROOT / "docs" / page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert done.attempted
    assert done.failed == 0


def test_the_commands_of_the_rating_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    names = [path.stem for path in fill_folder(Path("photos"), 33)]
    assert picdesk("add", "archive", "photos", "-q").code == 0
    for run, step in (("ours", 0), ("theirs", 1)):
        Path(f"{run}.tsv").write_text("".join(f"{n} Q0 {names[n + step]} 1 1.0 {run}\n" for n in range(32)))
    Path("newsarticles.csv").write_text("article_id,article_title\n" + "".join(f"{n},Story {n}\n" for n in range(32)))
    commands = re.findall(r"^picdesk .+$", "\n".join(shell_blocks("rating.md")), re.MULTILINE)
    assert len(commands) == 5
    for command in commands:
        if "summarise" in command:
            study = read_study(Path("study"))
            for rater in study.raters:
                for number, item in enumerate(plan(study)[rater.id]):
                    write_answer(Path("study"), rater.id, item.key, str(number % 5 + 1))
        said = picdesk(*shlex.split(command)[1:])
        assert said.code == 0, f"{command}\n{said.err}"
    assert len(Path("ratings.csv").read_text().splitlines()) == 1 + 3 * 60


def shell_blocks(page: str) -> list[str]:
    return re.findall(
        r"^```sh\n(.+?)^```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
