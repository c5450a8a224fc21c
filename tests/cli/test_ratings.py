from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import picdesk


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    lines = ["run,task,article,rater,team,value"]
    for article in range(1, 6):
        for number, rater in enumerate("abc"):
            lines.append(f"good,SMALL,{article},{rater},{'tu'[number % 2]},{min(5, article + number % 2)}")
            lines.append(f"bad,SMALL,{article},{rater},{'tu'[number % 2]},1")
    (tmp_path / "r.csv").write_text("\n".join(lines))
    (tmp_path / "run.tsv").write_text("".join(f"{n} Q0 p{n} 1 {0.1 * n} good\n" for n in range(1, 6)))
    (tmp_path / "c.csv").write_text("article,category\n1,sport\n2,sport\n3,war\n")
    (tmp_path / "pairs.csv").write_text("first,second,winner\ngood,bad,good\ngood,bad,bad\ngood,bad,good\n")
    return tmp_path


def test_one_document_with_everything(ratings: Path) -> None:
    said = picdesk(
        "ratings", "summarise", ratings / "r.csv", ratings / "pairs.csv", "--categories", ratings / "c.csv",
        "--scores", f"good={ratings / 'run.tsv'}", "--resamples", 200, "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    document = said.document
    assert [
        {key: run[key] for key in ("run", "task", "official_mean", "mean", "ratings")} for run in document["runs"]
    ] == [
        {"run": "good", "task": "SMALL", "official_mean": 3.4, "mean": pytest.approx(49 / 15), "ratings": 15},
        {"run": "bad", "task": "SMALL", "official_mean": 1.0, "mean": 1.0, "ratings": 15},
    ]
    assert set(document["runs"][0]["intervals"]) == {"items", "raters", "both"}
    assert document["agreement"]["ordinal"] > 0.8
    assert document["categories"][1] == {
        "run": "good", "task": "SMALL", "category": "sport", "official_mean": 2.0, "items": 2,
    }  # fmt: skip
    (correlation,) = document["correlations"]
    assert (correlation["items"], correlation["spearman"]) == (5, pytest.approx(1.0))
    assert [(one["run"], one["wins"]) for one in document["choices"]] == [("good", 2.0), ("bad", 1.0)]


def test_tables_for_people(ratings: Path) -> None:
    said = picdesk("ratings", "summarise", ratings / "r.csv")
    assert said.code == 0
    assert [line.split()[:3] for line in said.out.splitlines()] == [
        ["run", "task", "official"],
        ["good", "SMALL", "3.400"],
        ["bad", "SMALL", "1.000"],
    ]
    assert "Krippendorff's alpha" in said.err
    assert picdesk("ratings", "summarise", ratings / "r.csv", "-q").err == ""
    assert "strength" in picdesk("ratings", "summarise", ratings / "pairs.csv").out


def test_the_same_seed_says_the_same(ratings: Path) -> None:
    lines = [f"A,{article},r{n},{1 + (article * 7 + n * n * 3) % 5}" for article in range(20) for n in range(15)]
    (ratings / "many.csv").write_text("\n".join(["run,article,rater,value", *lines]))
    said = [picdesk("ratings", "summarise", ratings / "many.csv", "--json", "--seed", seed).out for seed in (1, 1, 2)]
    assert said[0] == said[1]
    assert said[0] != said[2]


def test_mistakes(ratings: Path) -> None:
    assert picdesk("ratings", "summarise", ratings / "gone.csv").code == 2
    wrong = picdesk("ratings", "summarise", ratings / "r.csv", "--scores", f"other={ratings / 'run.tsv'}")
    assert wrong.code == 2
    assert "rated runs: good, bad" in wrong.err
    (ratings / "empty.csv").write_text("run,article,rater,value\n")
    assert picdesk("ratings", "summarise", ratings / "empty.csv").code == 1
    (ratings / "sure.csv").write_text("first,second,winner\nA,B,A\n")
    unsure = picdesk("ratings", "summarise", ratings / "sure.csv")
    assert (unsure.code, "no finite scores" in unsure.err) == (2, True)
    assert picdesk("ratings", "summarise", ratings / "sure.csv", "--prior", "0.1").code == 0


@pytest.mark.shared
def test_the_published_table_from_the_command_line(shared: Path) -> None:
    files = sorted((shared / "data/ratings25").glob("*.xlsx"))
    runs = picdesk("ratings", "summarise", *files, "--json").document["runs"]
    found = {(run["run"], run["task"]): round(run["official_mean"], 3) for run in runs}
    assert found["BASELINE", "SMALL"] == 3.041
    assert found["Das-RU_longtext", "LARGE"] == 2.953
