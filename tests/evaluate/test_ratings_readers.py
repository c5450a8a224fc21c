from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from openpyxl import Workbook

from picdesk.errors import ExtraMissing, InputError
from picdesk.evaluate.ratings.categories import read_categories
from picdesk.evaluate.ratings.choice import Choice
from picdesk.evaluate.ratings.readers import read_judgements
from picdesk.evaluate.ratings.summarise import summarise
from picdesk.records import Rating

SHEET: list[list[Any]] = [
    ["Group Name", None, "G", None, "G"],
    ["Run Name", None, "G_one", None, "G_two"],
    ["Run Type", None, "RET", None, "GEN"],
    ["Task Type", None, "SMALL", None, "LARGE"],
    [],
    ["ResponseId", None, "76_13", None, "a_b_14"],
    [],
    ["R_1", None, 5, None, 1],
    ["R_2", None, 3, None, None],
    ["Group Average", None, 4, None, 1],
    [],
    ["YOUR RATINGS", None, 1, None, 5],
    ["YOUR RATINGS", None, 2, None, "N/A"],
    ["Group Average"],
    [],
    ["R_3", None, "2", None, 0],
    ["Group Average", None, 2, None, 0],
    [],
    ["Overall Average", None, 3, None, 0.5],
    [],
    ["Run ID", None, 13, None, 14],
]


def sheet(path: Path, rows: list[list[Any]]) -> Path:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    book.save(path)
    return path


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_sheet_of_the_survey(tmp_path: Path) -> None:
    ratings = read_judgements([sheet(tmp_path / "s.xlsx", SHEET)]).ratings
    said = [(one.run, one.task, one.article, one.rater, one.team, one.value, one.own) for one in ratings]
    assert said == [
        ("G_one", "SMALL", "76", "R_1", "team 1", 5.0, False),
        ("G_two", "LARGE", "a_b", "R_1", "team 1", 1.0, False),
        ("G_one", "SMALL", "76", "R_2", "team 1", 3.0, False),
        ("G_one", "SMALL", "76", "G 1", "team 2", 1.0, True),
        ("G_two", "LARGE", "a_b", "G 1", "team 2", 5.0, True),
        ("G_one", "SMALL", "76", "G 2", "team 2", 2.0, True),
        ("G_one", "SMALL", "76", "R_3", "team 3", 2.0, False),
        ("G_two", "LARGE", "a_b", "R_3", "team 3", 0.0, False),
    ]


def test_the_sheets_own_averages_are_not_believed(tmp_path: Path) -> None:
    wrong = [
        [("=AVERAGE(1,2)" if row and row[0] == "Group Average" and n else cell) for n, cell in enumerate(row)]
        for row in SHEET
    ]
    one, other = (read_judgements([sheet(tmp_path / f"{n}.xlsx", rows)]) for n, rows in enumerate((SHEET, wrong)))
    assert one.ratings == other.ratings


@pytest.mark.parametrize("cell", [6, -1, "good", True, 5.1, "inf"])
def test_what_is_no_rating_is_named_with_its_place(cell: object, tmp_path: Path) -> None:
    rows = [list(row) for row in SHEET]
    rows[8][2] = cell
    with pytest.raises(InputError, match=r"row 9, column 3: .* is no rating"):
        read_judgements([sheet(tmp_path / "s.xlsx", rows)])


def test_sheets_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no row 'Task Type'"):
        read_judgements([sheet(tmp_path / "s.xlsx", [row for row in SHEET if row[:1] != ["Task Type"]])])
    (tmp_path / "x.xlsx").write_bytes(b"PK\x03\x04 no")
    with pytest.raises(InputError, match="no spreadsheet that can be read"):
        read_judgements([tmp_path / "x.xlsx"])
    with pytest.raises(InputError, match="cannot be read: no such file"):
        read_judgements([tmp_path / "gone.xlsx"])
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}.xml", bytes(100_000_000))
    with pytest.raises(InputError, match="larger than any sheet"):
        read_judgements([tmp_path / "bomb.xlsx"])
    with pytest.raises(InputError, match=r"no file of ratings\n.*\.xlsx, \.csv, \.tsv"):
        read_judgements([tmp_path / "x.pdf"])


def test_an_entity_bomb_does_not_go_off(tmp_path: Path) -> None:
    good = sheet(tmp_path / "good.xlsx", SHEET)
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(12))
    with zipfile.ZipFile(good) as read, zipfile.ZipFile(tmp_path / "evil.xlsx", "w") as evil:
        for name in read.namelist():
            data = read.read(name).decode()
            if name == "xl/workbook.xml":
                data = f"<?xml version='1.0'?><!DOCTYPE x [{entities}]><x>&e11;</x>"
            evil.writestr(name, data)
    with pytest.raises(InputError, match="no spreadsheet that can be read"):
        read_judgements([tmp_path / "evil.xlsx"])


def test_without_openpyxl_it_says_what_to_install(tmp_path: Path) -> None:
    path = sheet(tmp_path / "s.xlsx", SHEET)
    with mock.patch.dict(sys.modules, {"openpyxl": None}), pytest.raises(ExtraMissing, match=r"picdesk\[ratings\]"):
        read_judgements([path])


def test_ratings_from_csv(tmp_path: Path) -> None:
    path = write(
        tmp_path / "r.csv",
        "Article ID,run,rater,rating,team,own\n7,A,x,4,t,\n7,A,y,2.5,t,no\n8,A,x,,t,\n8,A,y,N/A,t,\n9,A,z,5,u,yes\n",
    )
    assert read_judgements([path]).ratings == (
        Rating(run="A", article="7", rater="x", team="t", value=4.0),
        Rating(run="A", article="7", rater="y", team="t", value=2.5),
        Rating(run="A", article="9", rater="z", team="u", value=5.0, own=True),
    )
    bare = write(tmp_path / "bare.tsv", "run\tarticle\trater\tvalue\nA\t1\tx\t1\nA\t1\ty\t2\nA\t2\tx\t5\n")
    (summary,) = summarise(read_judgements([bare]).ratings, np.random.default_rng(0), resamples=100)
    assert (summary.official_mean, summary.teams) == (3.25, 1)


def test_choices_from_csv(tmp_path: Path) -> None:
    rows = ["A,B,A,x", "A,B,second,x", "A,B,tie,y", "first,B,first,y", "B,first,first,y", "A,B,,z"]
    path = write(tmp_path / "c.csv", "run_a,run_b,winner,rater\n" + "\n".join(rows))
    judged = read_judgements([path])
    assert [choice.share for choice in judged.choices] == [1.0, 0.0, 0.5, 1.0, 0.0, 0.5]
    assert judged.choices[0] == Choice(first="A", second="B", share=1.0, rater="x")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("run,article,rater,value\nA,1,x,9\n", "line 2: '9' is no rating from 0 to 5"),
        ("run,article,rater,value\nA,1,x,4\n,2,x,4\n", "line 3: no run"),
        ("run,article,rater,value,own\nA,1,x,4,perhaps\n", "line 2: own is 'perhaps'"),
        ("run,article,rater,value\nA,1,x\n", "line 2 has 3 fields"),
        ("first,second,winner\nA,A,A\n", "line 2: a choice is between two runs"),
        ("first,second,winner\nA,B,C\n", "line 2: the winner 'C' is neither A nor B nor a tie"),
        ("a,b,c\n1,2,3\n", "has no columns of ratings"),
        ("run,article,rater,value\nA,1,x,4\nA,1,x,5\n", "x rates article 1 of A twice, with 4 and 5"),
    ],
)
def test_bad_lines_are_errors_with_their_line(text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=complaint):
        read_judgements([write(tmp_path / "r.csv", text)])


def test_the_same_file_twice_counts_once(tmp_path: Path) -> None:
    path = sheet(tmp_path / "s.xlsx", SHEET)
    twice = read_judgements([path, path])
    assert twice.ratings == read_judgements([path]).ratings
    assert twice.notes == ("8 ratings stand twice and count once",)


def test_categories(tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", "article_id,Category\n1,sport\n2,\n3,war\n1,sport\n")
    assert read_categories(path) == {"1": "sport", "3": "war"}
    with pytest.raises(InputError, match="line 3: article 1 is of two categories"):
        read_categories(write(tmp_path / "d.csv", "article,topic\n1,sport\n1,war\n"))
    with pytest.raises(InputError, match="needs the columns article and category"):
        read_categories(write(tmp_path / "e.csv", "id,topic\n1,sport\n"))
