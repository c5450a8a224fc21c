"""Tables as Markdown, LaTeX, CSV and HTML: what is marked, and that text stays text."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from picdesk.evaluate.article_list import ArticleList
from picdesk.evaluate.compare import Comparison, compare
from picdesk.evaluate.tables import FORMATS
from picdesk.evaluate.tables.comparison import contest_table, score_table, tables_of
from picdesk.evaluate.tables.html import html_table
from picdesk.records import Truth
from tests.evaluate.made_up import run_of, truth_of

HOSTILE = "<script>alert(1)</script> & a|b \\input{x} $x$ *b* _u_ `c` \x1b[31m\n# %~^"
IDS = [str(number) for number in range(40)]


def comparison(*, baseline: str | None = None, names: tuple[str, str, str] = ("bad", "good", "same")) -> Comparison:
    """Of three runs the second is better than the others, which are equal but for one article."""
    ranks = (dict.fromkeys(IDS, 20), dict.fromkeys(IDS, 2), dict.fromkeys(IDS, 20) | {"0": 10})
    runs = [run_of(name, of_run) for name, of_run in zip(names, ranks, strict=True)]
    rows = {article: {"id": article, "title": f"Story {article}", "kind": names[0]} for article in IDS}
    listed = ArticleList("list", ("id", "title", "kind"), rows)
    return compare(
        runs, truth_of(IDS), baseline=baseline, measures=["MRR@100", "R@5"], listed=listed, by=["kind"], rounds=2000
    )


def test_letters_say_whom_a_run_beats() -> None:
    table = score_table(comparison())
    assert [row[0].text for row in table.rows] == ["a bad", "b good", "c same"]
    assert [row[1].marks for row in table.rows] == ["", "a,c", ""]
    assert [row[1].best for row in table.rows] == [False, True, False]
    assert "better than the run of that letter" in table.legend[0]
    assert "p < 0.05 after Holm's correction over the 3 contests of a measure" in table.legend[0]


def test_daggers_say_how_a_run_stands_to_the_baseline() -> None:
    table = score_table(comparison(baseline="good"))
    assert [row[0].text for row in table.rows] == ["bad", "good (baseline)", "same"]
    assert [row[1].marks for row in table.rows] == ["‡", "", "‡"]
    assert table.legend[0].startswith("† better, ‡ worse than good (")
    table = score_table(comparison(baseline="bad"))
    assert [row[1].marks for row in table.rows] == ["", "†", ""]


def test_where_all_are_equal_none_is_the_best() -> None:
    runs = [run_of(name, dict.fromkeys(IDS, 3)) for name in ("a", "b")]
    table = score_table(compare(runs, truth_of(IDS), rounds=200))
    assert not any(cell.best or cell.marks for row in table.rows for cell in row)


def test_every_row_is_as_long_as_its_heading() -> None:
    tables = tables_of(comparison())
    assert [table.title for table in tables] == [
        "Scores",
        "Differences",
        "By kind",
        "Changes of rank",
        "Wins and losses, from bad to good",
        "Wins and losses, from bad to same",
        "Wins and losses, from good to same",
    ]
    assert all(len(row) == len(table.columns) for table in tables for row in table.rows)


def test_figures_of_one_measure_have_one_form() -> None:
    runs = [run_of("a", dict.fromkeys(IDS, 1)), run_of("b", dict.fromkeys(IDS, 7))]
    compared = compare(runs, truth_of(IDS), measures=["MedianRank", "matchIn100", "MRR"], rounds=200)
    assert [[cell.text for cell in row[1:]] for row in score_table(compared).rows] == [
        ["1", "40", "1.0000"],
        ["7", "40", "0.1429"],
    ]
    assert "for MedianRank the sign test" in contest_table(compared).legend[0]
    assert contest_table(compared).title == "Differences, b against a"
    assert [row[1].text for row in contest_table(compared).rows] == ["+6", "0", "-0.8571"]


def test_markdown() -> None:
    text = FORMATS[".md"](comparison())
    assert "| b good | **0.5000** <sup>a,c</sup> | **1.0000** <sup>a,c</sup> |" in text
    assert "### Changes of rank" in text


def test_csv_holds_every_contest_in_full() -> None:
    compared = comparison()
    rows = list(csv.DictReader(io.StringIO(FORMATS[".csv"](compared))))
    assert len(rows) == 3 * 2 * 2  # pairs, measures, all articles and one slice
    first, contest = rows[0], compared.overall.contests[0]
    assert (first["measure"], first["run"], first["against"], first["by"]) == ("MRR@100", "good", "bad", "")
    assert (float(first["difference"]), float(first["p_holm"])) == (contest.difference, contest.p_holm)
    assert float(first["mean"]) - float(first["mean_against"]) == contest.difference


def test_hostile_names_stay_text() -> None:
    compared = comparison(names=(HOSTILE, "=cmd|' /C calc'!A0", "same"))
    markdown, latex = FORMATS[".md"](compared), FORMATS[".tex"](compared)
    assert "<script" not in markdown
    assert "\x1b" not in markdown + latex
    table = next(line for line in markdown.splitlines() if "alert" in line and line.startswith("|"))
    assert len(re.findall(r"(?<!\\)\|", table)) == 4  # the pipe of the name opens no column
    # A backslash of the name begins no command: what begins with one is ours.
    assert r"\input" not in latex.replace(r"\textbackslash{}", "")
    assert r"\textbackslash{}input\{x\}" in latex
    assert latex.count("{") - latex.count(r"\{") == latex.count("}") - latex.count(r"\}")
    assert "<script" not in "".join(map(html_table, tables_of(compared)))
    rows = list(csv.DictReader(io.StringIO(FORMATS[".csv"](compared))))
    assert {row["against"] for row in rows} == {HOSTILE, "=cmd|' /C calc'!A0"}


def test_hostile_ids_and_headlines_stay_text() -> None:
    truth = Truth(name="t", gains={HOSTILE: {"photo-1": 1.0}, "2": {"photo-2": 1.0}})
    runs = [run_of("a", {HOSTILE: None, "2": 1}), run_of("b", {HOSTILE: None, "2": None})]
    listed = ArticleList("l", ("id", "title"), {"2": {"id": "2", "title": HOSTILE}})
    compared = compare(runs, truth, listed=listed, rounds=200)
    for written in (FORMATS[".md"](compared), "".join(map(html_table, tables_of(compared)))):
        assert "alert" in written
        assert "<script" not in written


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(tmp_path: Path) -> None:
    document = "\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n%s\\end{document}\n"
    tables = FORMATS[".tex"](comparison(names=(HOSTILE, '"quoted" [x]', "* same")))
    (tmp_path / "t.tex").write_text(document % tables, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"], cwd=tmp_path, capture_output=True
    )
    assert done.returncode == 0, done.stdout[-2000:]
