"""Truths: the benchmark's lists, qrels, and what is neither."""

from __future__ import annotations

from pathlib import Path

import pytest

from picdesk.errors import InputError
from picdesk.newsimages.truth import read_truth
from picdesk.records import Truth


def read(tmp_path: Path, text: str, name: str = "truth.csv", encoding: str = "utf-8") -> Truth:
    (tmp_path / name).write_bytes(text.encode(encoding))
    return read_truth(tmp_path / name)


@pytest.mark.shared
def test_newsimages_2025(shared: Path) -> None:
    truth = read_truth(shared / "data/newsimages25/newsarticles.csv")
    assert len(truth.gains) == 5000
    assert truth.gains["1"] == {"2745A43B9E53413E39DFD0B2E52500B1": 1.0}
    assert truth.addresses["1"].startswith("https://www.rfdtv.com/helena")
    assert truth.notes == ()


@pytest.mark.shared
def test_newsimages_2021(shared: Path) -> None:
    truth = read_truth(shared / "data/newsimages21/content2019-04-gt.tsv")
    assert len(truth.gains) == 1915
    assert truth.gains["523949072"] == {"134123": 1.0}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "article_id,image_id\n7,a\n8,b\n"),
        ("a.csv", "\ufeffimage_id;x;Article ID\r\na;;7\r\n\r\nb;;8\r\n"),
        ("a.tsv", '# article\turl\tiid\n7\t"x ""y"""\ta\n8\t\tb\n'),
        ("a.jsonl", '{"article": 7, "photo": "a"}\n{"article": "8", "photo": "b"}\n'),
        ("qrels.txt", "7 0 a 1\n8\t0\tb\t1\n8 0 a 0\n"),
        ("qrels.txt", "\ufeff7 Q0 a 1\r\n\r\n  8 0 b 1.0 \r\n"),
    ],
)
def test_many_spellings_of_one_truth(name: str, text: str, tmp_path: Path) -> None:
    assert read(tmp_path, text, name).gains == {"7": {"a": 1.0}, "8": {"b": 1.0}}


def test_gains(tmp_path: Path) -> None:
    truth = read(tmp_path, "7 0 a 2\n7 0 b 0.5\n7 0 c 0\n7 0 d -1\n8 0 a 0\n", "qrels")
    assert truth.gains == {"7": {"a": 2.0, "b": 0.5}}
    assert truth.notes == ("nothing fits 1 articles of qrels; they are left out",)


def test_rows_without_a_photo_are_counted(tmp_path: Path) -> None:
    truth = read(tmp_path, "article_id,image_id\n7,a\n8,\n9,N/A\n,b\n")
    assert truth.gains == {"7": {"a": 1.0}}
    assert truth.notes == ("3 rows of truth.csv name no article or no photo and are left out",)


def test_old_encodings(tmp_path: Path) -> None:
    truth = read(tmp_path, "article_id,image_id,title\n7,a,Köln\n", encoding="cp1252")
    assert truth.gains == {"7": {"a": 1.0}}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "the truth is empty"),
        ("\n\n", "the truth is empty"),
        ("article_id,title\n7,x\n", "no column of .*truth.csv names the photo"),
        ("title,image_id\n7,x\n", "no column of .*truth.csv names the article"),
        ("article_id,image_id\n", "no article has a photo"),
        ("article_id,image_id\n7,a\n8,b\n7,c\n", "line 4: article 7 stands here a second time"),
        ("article_id,image_id\n7,a\n8\n", "line 3 has 1 fields where the header has 2"),
        ('article_id,image_id\n7,"a\n', "a quote opened here is never closed"),
        ("7 0 a 1\n7 0 a 1\n", "line 2: photo a is judged a second time for article 7"),
        ("7 0 a 1\n7 0 b\n", "line 2: 3 columns, where qrels have four"),
        ("7 0 a 1\n7 0 b x\n", "line 2: the gain 'x' is no number"),
        ("7 0 a 0\n", "no article has a photo"),
        ("7 Q0 a 1 0.5 run\n", "no column of"),
        ("\0\1\2", "no column of"),
    ],
)
def test_faults(text: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=what):
        read(tmp_path, text)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: no such file"):
        read_truth(tmp_path / "gone.csv")
