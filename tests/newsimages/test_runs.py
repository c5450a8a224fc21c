"""Runs: what is written reads back, what is read is ordered, and what is broken is refused with its line."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from picdesk.errors import InputError
from picdesk.newsimages.runs import RUN_FORMATS, make_run, read_run, write_run
from picdesk.newsimages.runs import arrow as arrow_module
from picdesk.newsimages.runs.newsimages2021 import obfuscate, reveal
from picdesk.records import Run

Listed = dict[str, list[tuple[str, float]]]

hostile = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ids = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=8).map(str.strip)
scores = st.floats(allow_nan=False, allow_infinity=False)


def answers(names: st.SearchStrategy[str]) -> st.SearchStrategy[Listed]:
    filled = names.filter(bool)
    places = st.dictionaries(filled, scores, min_size=1, max_size=6).map(lambda found: list(found.items()))
    return st.dictionaries(filled, places, min_size=1, max_size=4)


def listed(run: Run) -> Listed:
    return dict(run)


def in_order(places: list[tuple[str, float]]) -> list[tuple[str, float]]:
    return sorted(places, key=lambda place: (-place[1], place[0]))


def hundred(count: int, name: str = "run") -> Run:
    """A run of NewsImages: nine-digit articles, a hundred photos each."""
    generator = random.Random(0)
    return make_run(
        name,
        {
            str(500_000_000 + 7 * number): [(str(photo), -rank) for rank, photo in enumerate(photos, start=1)]
            for number in range(count)
            for photos in [generator.sample(range(134_000, 136_000), 100)]
        },
    )


@hostile
@given(answers(ids))
@example({"a": [("x", 1.0), ("y", 1.0)], "b": [("x", -0.0), ("z", 5e-324)]})
def test_trec_reads_back(tmp_path: Path, rankings: Listed) -> None:
    run = make_run("my run", rankings)
    write_run(run, tmp_path / "my run.tsv", "trec")
    again = read_run(tmp_path / "my run.tsv", "trec")
    assert listed(again) == listed(run) == {article: in_order(places) for article, places in rankings.items()}
    assert (again.name, again.source) == ("my run", str(tmp_path / "my run.tsv"))
    assert read_run(tmp_path / "my run.tsv").articles == again.articles


@hostile
@given(answers(texts))
@example({'a,"b"': [("x;y", 1.0), ("y\u00a0z", 1.0)], "é – 北京": [("-", -0.0)]})
def test_csv_reads_back(tmp_path: Path, rankings: Listed) -> None:
    run = make_run("run", rankings)
    write_run(run, tmp_path / "run.csv", "csv")
    assert listed(read_run(tmp_path / "run.csv")) == listed(run)
    with (tmp_path / "run.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["photo"] for row in rows] == [photo for _, places in run for photo, _ in places]
    assert [int(row["rank"]) for row in rows] == [rank for _, places in run for rank in range(1, len(places) + 1)]


@pytest.mark.parametrize("format", ["newsimages2021", "newsimages2022", "newsimages2023"])
def test_the_benchmarks_formats_read_back(format: str, tmp_path: Path) -> None:
    run = hundred(7)
    addresses = {article: f"https://example.com/{article}?a=1" for article in run.articles}
    write_run(run, tmp_path / "run.tsv", format, addresses=addresses)
    rows = [line.split("\t") for line in (tmp_path / "run.tsv").read_text().splitlines()]
    assert {len(row) for row in rows} == {101}
    assert listed(read_run(tmp_path / "run.tsv", addresses=addresses)) == listed(run)
    if format == "newsimages2021":
        assert rows[0][:2] == ["articleID", "iid1"]
        assert rows[1][0] == obfuscate(run.articles[0])
    else:
        assert read_run(tmp_path / "run.tsv").articles == tuple(addresses.values())


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_obfuscated_ids(article: str) -> None:
    hidden = obfuscate(article)
    assert hidden[6:10] + hidden[1:6] == article
    assert reveal(hidden) == article


@pytest.mark.parametrize("article", ["", "12345678", "1234567890", "12345678x", "１２３４５６７８９", "/etc/pas"])
def test_ids_that_cannot_be_obfuscated(article: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nine digits"):
        obfuscate(article)
    run = make_run("r", {article: [(str(number), -number) for number in range(100)]})
    with pytest.raises(InputError):
        write_run(run, tmp_path / "r.tsv", "newsimages2021")
    assert not list(tmp_path.iterdir())


@pytest.mark.shared
def test_the_organisers_own_files(shared: Path) -> None:
    folder = shared / "data/newsimages21"
    made = read_run(folder / "made-prediction.tsv")
    assert (len(made), len(made.photos)) == (1861, 186_100)
    sample = read_run(folder / "sample-prediction.tsv")  # with headers in its midst
    assert (len(sample), sample.articles[0]) == (1915, reveal("1802285239"))


def test_as_the_scores_say_whatever_the_file_order_is(tmp_path: Path) -> None:
    path = tmp_path / "run.txt"
    path.write_text("2 Q0 b 1 0.5 x\n1 Q0 c 9 1 x\n2 Q0 a 2 0.5 x\n1 Q0 d 1 2e0 x\n2 Q0 c 3 .75 x\n")
    run = read_run(path)
    assert listed(run) == {"2": [("c", 0.75), ("a", 0.5), ("b", 0.5)], "1": [("d", 2), ("c", 1)]}
    assert run.lines is not None
    assert run.lines.tolist() == [1, 2]
    assert run.starts.tolist() == [0, 3, 5]


@pytest.mark.parametrize(
    "text",
    [
        "7 Q0 a 1 2 x\n7 Q0 b 2 1 x",
        "\ufeff7 Q0 a 1 2 x\r\n\r\n7   Q0\tb 2 1 x\r\n",
        "7\tQ0\ta\t1\t2\tmy run\n7\tQ0\tb\t2\t1\tmy run\n\n",
        "7 0 a 1 2 x\r7 0 b 2 1 x\r",
        "article_id,photo,rank,score\n7,a,1,2\n7,b,2,1\n",
        "\ufeffPhoto ID;Score;QID;other\r\na;2;7;\r\nb;1;7;x\r\n",
        'score\tphoto\tarticle\n2\t"a"\t7\n\n1\tb\t7',
        "# article|image|rank\n7|b|2\n7|a|1\n",
    ],
)
def test_many_spellings_of_one_run(text: str, tmp_path: Path) -> None:
    (tmp_path / "run").write_bytes(text.encode())
    places = listed(read_run(tmp_path / "run"))["7"]
    assert [name for name, _ in places] == ["a", "b"]
    assert places in ([("a", 2), ("b", 1)], [("a", -1), ("b", -2)])


TREC_FAULTS = {
    "7 Q0 a 1 2 x\n7 Q0 a 2 1 x\n": "line 2: photo a is named a second time for article 7",
    "8 Q0 a 1 2 x\n7 Q0 b 1 2 x\n7 Q0 a 1 9 x\n7 Q0 b 2 3 x\n": "line 4: photo b is named a second time for article 7",
    "7 Q0 a 1 2 x\n\n7 Q0 b 2\n": "line 3: 4 columns, where a TREC run has six",
    "7 Q0 a 1 2 x y\n": "line 1: 7 columns",
    "7 Q0 a 1 nan x\n": "line 1: the score 'nan' is not a finite number",
    "7 Q0 a 1 1e999 x\n": "line 1: the score '1e999' is not",
    "7 Q0 a 1 -inf x\n": "line 1: the score '-inf' is not",
    "7 Q0 a 1 1_0 x\n": "line 1: the score '1_0' is not",
    "7 Q0 a 1 １ x\n": "line 1: the score '１' is not",
    "7 Q0 a 1 0,5 x\n": "line 1: the score '0,5' is not",
    "7\tQ0\t\t1\t1\tx\n": "line 1: the photo has no id",
    "\tQ0\ta\t1\t1\tx\n": "line 1: the article has no id",
    "7 Q0 a 1 1 x\n7 Q0 \x00 1 1 x\n": "line 2: has a control character",
    "": "no article is answered",
    "\n \r\n": "no article is answered",
    "\ufeff": "no article is answered",
}


@pytest.mark.parametrize("text", TREC_FAULTS)
def test_faults_of_trec(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.tsv").write_bytes(text.encode())
    with pytest.raises(InputError) as caught:
        read_run(tmp_path / "run.tsv", "trec")
    assert TREC_FAULTS[text] in caught.value.message
    assert "run.tsv" in caught.value.message


CSV_FAULTS = {
    "": "line 1: no header of a run",
    "a,b,c\n": "line 1: no header of a run",
    "article_id,photo\n7,a\n": "line 1: no header of a run",
    "article_id,photo,score\n": "no article is answered",
    "article_id,photo,score\n7,a,1\n7,b\n": "line 3: 2 columns, where the header has 3",
    "article_id,photo,score\n7,a,1,\n": "line 2: 4 columns",
    "article_id,photo,score\n7,a,\n": "line 2: the score '' is not",
    "article_id,photo,rank\n7,a,NaN\n": "line 2: the rank 'NaN' is not",
    "article_id,photo,score\n7,,1\n": "line 2: the photo has no id",
    "article_id,photo,score\n 7,a,1\n7,a,2\n": "line 3: photo a is named a second time",
    'article_id,photo,score\n7,"a,1\n7,b,2\n': "line 3: the file ends inside quotes",
    'article_id,photo,score\n7,"a\nb",1\n': "a field holds a line end",
}


@pytest.mark.parametrize("text", CSV_FAULTS)
def test_faults_of_csv(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.csv").write_bytes(text.encode())
    with pytest.raises(InputError) as caught:
        read_run(tmp_path / "run.csv", "csv")
    assert CSV_FAULTS[text] in caught.value.message


LINE_FAULTS = {
    "1490725239\ta\tb\n\n1490725239\tc\n": "line 3: article 1490725239 is answered a second time",
    "1490725239\ta\tb\ta\n": "line 1: photo a is named a second time for article 523949072",
    "1490725239\ta\t\tb\n": "line 1: the photo has no id",
    "1490725239\n": "line 1: article 1490725239 has no photos",
    "articleID\tiid1\n523949072\ta\n": "line 2: 523949072 is no obfuscated article id",
    "2490725239\ta\n": "line 1: 2490725239 is no obfuscated article id",
    "articleID\tiid1\n": "no article is answered",
}


@pytest.mark.parametrize("text", LINE_FAULTS)
def test_faults_of_2021(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.tsv").write_bytes(text.encode())
    with pytest.raises(InputError) as caught:
        read_run(tmp_path / "run.tsv", "newsimages2021")
    assert LINE_FAULTS[text] in caught.value.message


def test_2023_names_articles_by_address(tmp_path: Path) -> None:
    path = tmp_path / "run.tsv"
    path.write_text("https://a.example/1\tx\ty\t\nhttps://a.example/2\ty\n")
    assert listed(read_run(path)) == {"https://a.example/1": [("x", -1), ("y", -2)], "https://a.example/2": [("y", -1)]}
    told = read_run(path, addresses={"1": "https://a.example/1", "9": "https://a.example/9"})
    assert told.articles == ("1", "https://a.example/2")  # one that nobody knows stays as it is
    with pytest.raises(InputError, match="articles 1 and 2 have one address"):
        read_run(path, addresses={"1": "https://a.example/1", "2": "https://a.example/1"})
    with pytest.raises(InputError, match="no address is known of article 500000000"):
        write_run(hundred(2), tmp_path / "out.tsv", "newsimages2023")
    path.write_text("https://a.example/1\tx\nhttps://a.example/1\ty\n")
    with pytest.raises(InputError, match=r"line 2: article https://a\.example/1 is answered a second time"):
        read_run(path)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0", b"\xff\xfe7\0 \0", b"caf\xe9\n", b"\0" * 5000])
@pytest.mark.parametrize("format", [None, *RUN_FORMATS])
def test_files_that_are_no_text(content: bytes, format: str | None, tmp_path: Path) -> None:
    (tmp_path / "run.tsv").write_bytes(content)
    with pytest.raises(InputError, match=r"run\.tsv, line 1: "):
        read_run(tmp_path / "run.tsv", format)


def test_a_table_of_addresses_is_a_table(tmp_path: Path) -> None:
    (tmp_path / "run.tsv").write_text(
        "article_id\tphoto\tscore\nhttps://a.example/1\tx\t1\nhttps://a.example/1\ty\t2\n"
    )
    assert listed(read_run(tmp_path / "run.tsv")) == {"https://a.example/1": [("y", 2), ("x", 1)]}


def test_files_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: no such file"):
        read_run(tmp_path / "gone.tsv")
    with pytest.raises(InputError, match="not a regular file"):
        read_run(tmp_path)
    (tmp_path / "empty").write_text("\n\n")
    (tmp_path / "prose").write_text("Once upon a time\nthere was a run\n")
    with pytest.raises(InputError, match="the run is empty"):
        read_run(tmp_path / "empty")
    with pytest.raises(InputError, match="is not recognised") as caught:
        read_run(tmp_path / "prose")
    assert all(name in caught.value.hint for name in RUN_FORMATS)
    with pytest.raises(InputError, match="no format of runs is called 'xml'"):
        read_run(tmp_path / "prose", "xml")


def test_a_line_without_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picdesk.newsimages.runs.lines.LINE_LIMIT", 1000)
    (tmp_path / "run.tsv").write_bytes(b"7 Q0 a 1 1 x\n" + b"9" * 5000)
    with pytest.raises(InputError, match="line 2: is longer than"):
        read_run(tmp_path / "run.tsv")


def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, name: str = "run.tsv") -> Run:
    """The run by the parallel reader, which otherwise looks at large files only; equal to that line by line."""
    (tmp_path / name).write_bytes(text.encode())
    monkeypatch.setattr(arrow_module, "LARGE", 0)
    by_arrow = read_run(tmp_path / name)
    monkeypatch.setattr(arrow_module, "LARGE", 10**9)
    by_line = read_run(tmp_path / name)
    assert list(by_arrow) == list(by_line)
    assert (by_arrow.names, by_arrow.name) == (by_line.names, by_line.name)
    assert np.array_equal(by_arrow.starts, by_line.starts)
    assert by_arrow.lines is not None
    assert by_line.lines is not None
    assert by_arrow.lines.tolist() == by_line.lines.tolist()
    return by_arrow


@pytest.mark.parametrize("format", ["trec", "csv"])
@pytest.mark.parametrize("seed", range(4))
def test_large_files_read_like_small_ones(
    format: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = random.Random(seed)
    rankings = {
        f"é{article}": [
            (f"p{photo}", generator.choice([0.5, 1e-3, -2.0])) for photo in generator.sample(range(300), 50)
        ]
        for article in range(100)
    }
    write_run(make_run("run", rankings), tmp_path / "run.tsv", format)
    lines = (tmp_path / "run.tsv").read_text(encoding="utf-8").splitlines()
    rows = lines[1:] if format == "csv" else lines
    if seed % 2:
        generator.shuffle(rows)
    monkeypatch.setattr(arrow_module, "_BLOCK", 4096)
    used: list[object] = []
    original = arrow_module._table

    def spied(*arguments: Any) -> object:
        used.append(original(*arguments))
        return used[-1]

    monkeypatch.setattr(arrow_module, "_table", spied)
    run = large(tmp_path, monkeypatch, "\n".join([*lines[: len(lines) - len(rows)], *rows]) + "\n")
    assert used[0] is not None  # the parallel reader did answer
    assert listed(run) == {article: in_order(rankings[article]) for article in run.articles}


@pytest.mark.parametrize(
    "text",
    [
        "7\tQ0\ta\t1\t2\tx\n\n7\tQ0\tb\t2\t1\tx\n",
        "7 Q0 a 1 2 x\n7  Q0 b 2 1 x\n",
        "7\tQ0\t a \t1\t2\tx\n7\tQ0\ta b\t1\t1\tx\n",
        '7 Q0 "a 1 2 x\n7 Q0 b" 2 1 x\n',
        "7 Q0 a 1 +2 x\r\n7 Q0 NA 2 1 x\r\n",
        "\ufeff7 Q0 a 1 2 x\n",
        'article_id,photo,score,note\n7,"a"b,1,"x,y"\n"7","c""d",2,\n',
        'article_id,photo,score,note\n7,a"b,1,\n\n7, "c,2,x\n',
    ],
)
def test_large_files_with_oddities(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large(tmp_path, monkeypatch, text)


@pytest.mark.parametrize("text", [text for text in TREC_FAULTS if text])
def test_faults_of_large_files(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_module, "LARGE", 0)
    test_faults_of_trec(text, tmp_path)


@pytest.mark.parametrize("text", [text for text in CSV_FAULTS if text])
def test_faults_of_large_tables(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_module, "LARGE", 0)
    test_faults_of_csv(text, tmp_path)


def test_what_a_format_cannot_hold(tmp_path: Path) -> None:
    path = tmp_path / "run.tsv"
    with pytest.raises(InputError, match="cannot name the photo 'a b'"):
        write_run(make_run("r", {"7": [("a b", 1.0)]}), path, "trec")
    with pytest.raises(InputError, match="article 523949072 has 99 photos"):
        write_run(make_run("r", {"523949072": [(str(n), -n) for n in range(99)]}), path, "newsimages2021")
    tabbed = make_run("r", {"523949072": [(f"a\t{n}", -n) for n in range(100)]})
    with pytest.raises(InputError, match="tabs separate its columns"):
        write_run(tabbed, path, "newsimages2021")
    with pytest.raises(InputError, match="not valid Unicode"):
        write_run(make_run("r", {"7": [("\ud800", 1.0)]}), path, "csv")
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match="cannot be written"):
        write_run(hundred(1), tmp_path / "no/such/run.tsv")


def test_a_run_in_memory() -> None:
    run = make_run("r", {"7": [], "8": [("a", 1.0)]})
    assert listed(run) == {"7": [], "8": [("a", 1.0)]}
    with pytest.raises(InputError, match="photo a is named a second time for article 7"):
        make_run("r", {"7": [("a", 1.0), ("a", 0.5)]})
    with pytest.raises(InputError, match="the score nan of a photo of article 7"):
        make_run("r", {"7": [("a", float("nan"))]})
    assert len(make_run("r", {})) == 0
