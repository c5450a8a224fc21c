from __future__ import annotations

import csv
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from picdesk.errors import SourceError
from picdesk.photos.locate import to_uri
from picdesk.photos.sources import open_source
from picdesk.records import PhotoMetadata
from tests.photos.sources.collect import outcome, outcomes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name in ("a.jpg", "b.jpg", "sub/c d#1.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_every_field_under_every_usual_name(here: Path) -> None:
    full = PhotoMetadata(
        caption="Fire, at\nthe harbour",
        headline="Fire",
        keywords=("fire", "harbour"),
        people=("Ann Lee", "Bo Ek"),
        place="Bergen",
        creator="P. Hoto",
        credit="NTB",
        rights="(c) NTB",
        usage_terms="No sale",
        instructions="Editorial use only",
        digital_source_type="trainedAlgorithmicMedia",
        taken=dt.datetime(2023, 7, 19, 18, 15, tzinfo=dt.UTC),
    )
    source_type = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    texts = ["Fire, at\nthe harbour", "Fire", "fire; harbour;fire", "Ann Lee|Bo Ek", "Bergen", "P. Hoto", "NTB"]
    texts += ["(c) NTB", "No sale", "Editorial use only", source_type]
    headers = [
        "path,id,caption,headline,keywords,people,place,creator,credit,rights,usage_terms,instructions,"
        "digital_source_type,taken",
        "File,Image ID,Description,Title,Tags,Persons,Location,Byline,Credit,Copyright,Usage Terms,INSTRUCTIONS,"
        "Digital Source Type,Date Taken",
        "image-path,photo_id,description,TITLE,tags,person,city,photographer,credit,licence,usageTerms,instructions,"
        "digitalSourceType,created",
    ]
    for header in headers:
        with (here / "list.csv").open("w", newline="") as file:
            csv.writer(file).writerows([header.split(","), ["a.jpg", "17", *texts, "2023-07-19T20:15+02:00"]])
        (found,) = open_source(here / "list.csv")
        assert found.given == full
        assert (found.name, outcome(found)) == ("17", "a.jpg")


def test_where_photos_are(here: Path) -> None:
    rows = [
        ("a.jpg", "a.jpg"),
        (str(here / "b.jpg"), "b.jpg"),
        (to_uri(here / "sub/c d#1.jpg"), "sub/c d#1.jpg"),
        ("sub/c d#1.jpg", "sub/c d#1.jpg"),
        ("sub/../a.jpg", "a.jpg"),
        ("a.jpg", "a.jpg"),
        ("none.jpg", "refused: no such file"),
        ("sub", "refused: not a regular file"),
        ("https://x.org/a.jpg", "refused: remote pictures are not fetched; download them first"),
        ("HTTP://x.org/a.jpg", "refused: remote pictures are not fetched; download them first"),
        ("ftp://bucket/a.jpg", "refused: not a file on this machine"),
        ("  ", "refused: line 13 names no file"),
        ("a\0.jpg", "refused: a path cannot hold a zero byte"),
    ]
    path = write(here / "list.csv", "image,note\n" + "".join(f"{where},x\n" for where, _ in rows))
    found = list(open_source(path))
    assert [outcome(item) for item in found] == [expected for _, expected in rows]
    assert found[0].uri == found[4].uri == to_uri(here / "a.jpg")
    assert found[0].stamp == found[5].stamp
    assert found[2].name == "c d#1"
    assert found[8].uri == "https://x.org/a.jpg"
    assert found[11].uri == to_uri(path, "line=13")


def test_a_list_reached_through_a_link_or_another_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here / "sub/list.csv", "path\n../a.jpg\n")
    (here / "link").symlink_to("sub")
    uris = set()
    for where in ("sub/list.csv", "./sub/../sub/list.csv", "link/list.csv", str(here / "sub/list.csv")):
        monkeypatch.chdir(here)
        (found,) = open_source(where)
        assert outcome(found) == "a.jpg"
        uris.add(found.uri)
    assert uris == {to_uri(here.resolve() / "a.jpg")}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(here: Path, encoding: str, delimiter: str) -> None:
    rows = [["path", "caption", "tags"], ["a.jpg", 'Zürich – "Fest"', "x"], ["b.jpg", f"one{delimiter}\ntwo", "y"]]
    with (here / "list.csv").open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    captions = [found.given.caption for found in open_source(here / "list.csv")]
    assert captions == ['Zürich – "Fest"', f"one{delimiter}\ntwo"]


def test_stray_bytes_of_windows_1252_do_not_stop_a_list(here: Path) -> None:
    (here / "list.csv").write_bytes(b"path,caption\r\na.jpg,Z\xfcrich \x81\r\n\r\nb.jpg,x\r\n")
    first, second = open_source(here / "list.csv")
    assert first.given.caption == "Zürich \ufffd"
    assert outcome(second) == "b.jpg"


def test_rows_of_the_wrong_length_are_refused_with_their_line(here: Path) -> None:
    text = 'path,caption\n\na.jpg,"two\nlines"\nb.jpg\nb.jpg,x,y\nb.jpg,x\n'
    reasons = [outcome(found) for found in open_source(write(here / "list.csv", text))]
    assert reasons == [
        "a.jpg",
        "refused: line 5 has 1 fields where the header has 2",
        "refused: line 6 has 3 fields where the header has 2",
        "b.jpg",
    ]


def test_a_quote_that_is_never_closed_is_told(here: Path) -> None:
    text = 'path,caption\na.jpg,x\nb.jpg,"open\na.jpg,y\n'
    first, second = open_source(write(here / "list.csv", text))
    assert outcome(first) == "a.jpg"
    assert outcome(second) == "refused: line 3: a quote opened here is never closed; the list was not read any further"


def test_a_quote_inside_a_field_is_a_letter(here: Path) -> None:
    (found,) = open_source(write(here / "list.tsv", 'path\tcaption\na.jpg\tthe 5" pipe; ok, no\n'))
    assert found.given.caption == 'the 5" pipe; ok, no'


def test_huge_fields(here: Path) -> None:
    long = "word " * 100_000
    (found,) = open_source(write(here / "list.csv", f"path,caption\na.jpg,{long}\n"))
    assert found.given.caption == long.strip()
    first, second = open_source(write(here / "list.csv", f"path,caption\na.jpg,x\nb.jpg,{'x' * (17 << 20)}\na.jpg,y\n"))
    assert outcome(first) == "a.jpg"
    assert outcome(second).startswith("refused: line 3: field larger than field limit")


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2023-07-19", dt.datetime(2023, 7, 19, tzinfo=dt.UTC)),
        ("2023-07-19 20:15:01", dt.datetime(2023, 7, 19, 20, 15, 1, tzinfo=dt.UTC)),
        ("2023-07-19T20:15:00Z", dt.datetime(2023, 7, 19, 20, 15, tzinfo=dt.UTC)),
        ("2023:07:19 20:15:00", dt.datetime(2023, 7, 19, 20, 15, tzinfo=dt.UTC)),
        ("2023:07:19 20:15:00+02:00", dt.datetime(2023, 7, 19, 18, 15, tzinfo=dt.UTC)),
        ("2023:07:19", dt.datetime(2023, 7, 19, tzinfo=dt.UTC)),
        ("0000:00:00 00:00:00", None),
        ("0001-01-01T00:00+14:00", None),
        ("yesterday", None),
        ("19.7.2023", None),
        ("", None),
    ],
)
def test_dates(here: Path, date: str, expected: dt.datetime | None) -> None:
    (found,) = open_source(write(here / "list.csv", f"path,date\na.jpg,{date}\n"))
    assert found.given.taken == expected
    assert outcome(found) == "a.jpg"


def test_columns_can_be_chosen(here: Path) -> None:
    path = write(here / "list.csv", "Bild,Beschreibung,caption\na.jpg,Feuer,x\n")
    with pytest.raises(SourceError, match=r"no column says where(.|\n)*Bild, Beschreibung, caption"):
        open_source(path)
    (found,) = open_source(path, columns={"path": "Bild", "caption": "beschreibung"})
    assert found.given.caption == "Feuer"
    with pytest.raises(SourceError, match=r"no column 'Foto'(.|\n)*Bild, Beschreibung, caption"):
        open_source(path, columns={"path": "Foto"})
    with pytest.raises(SourceError, match=r"no field 'captoin'(.|\n)*caption, headline"):
        open_source(path, columns={"captoin": "Beschreibung"})


def test_keywords_split_by_commas_only_where_nothing_else_splits(here: Path) -> None:
    text = 'path,keywords,people\na.jpg,"red, green , red","Lee, Ann; Ek, Bo"\n'
    (found,) = open_source(write(here / "list.csv", text))
    assert found.given.keywords == ("red", "green")
    assert found.given.people == ("Lee, Ann", "Ek, Bo")


def test_json_lines(here: Path) -> None:
    deep = "[" * 100_000
    lines = [
        '\ufeff{"path": "a.jpg", "id": 7, "keywords": ["fire", "a,b", null], "people": "Ann", "caption": null}',
        "",
        '["path"]',
        '{"path": "b.jpg"',
        deep,
        '{"path": 5}',
        '{"caption": "x"}',
        '{"path": "b.jpg", "caption": "half \\ud800 pair", "rights": {"a": 1}, "credit": true, "city": ["Oslo", "N"]}',
        '{"path": "\\ud800.jpg"}',
    ]
    found = list(open_source(write(here / "list.jsonl", "\n".join(lines))))
    results = [outcome(item) for item in found]
    assert results[0] == "a.jpg"
    assert found[0].name == "7"
    assert found[0].given == PhotoMetadata(keywords=("fire", "a,b"), people=("Ann",))
    assert results[1] == "refused: line 3 is not a JSON object"
    assert results[2].startswith("refused: line 4 is not JSON: ")
    assert results[3].startswith("refused: line 5 is not JSON: ")
    assert results[4:6] == ["refused: line 6 names no file", "refused: line 7 names no file"]
    assert found[6].given == PhotoMetadata(caption="half \\ud800 pair", place="Oslo, N")
    assert results[7] == "refused: no file can have such a name"
    for item in found:
        json.dumps([item.uri, item.name, item.file_words], ensure_ascii=False).encode()


def test_parquet_as_pandas_writes_it(here: Path) -> None:
    table: dict[str, Any] = {
        "image_id": pa.array([1.0, 2.0, None]),
        "file": ["a.jpg", "b.jpg", "none.jpg"],
        "tags": [["x", "y"], None, []],
        "date": pa.array([1_689_797_700_000_000_001, None, 0], pa.timestamp("ns")),
        "pixels": [b"\xff" * 10, b"", None],
    }
    pq.write_table(pa.table(table), here / "list.parquet", row_group_size=2)
    source = open_source(here / "list.parquet")
    assert source.count() == 3
    assert outcomes(source) == [("1", "a.jpg"), ("2", "b.jpg"), ("none", "refused: no such file")]
    first = next(iter(source))
    assert first.given.keywords == ("x", "y")
    assert first.given.taken == dt.datetime(2023, 7, 19, 20, 15, tzinfo=dt.UTC)


def test_broken_lists(here: Path) -> None:
    (here / "list.parquet").write_bytes(b"PAR1 no, not really")
    with pytest.raises(SourceError, match="not a readable Parquet file"):
        open_source(here / "list.parquet")
    for name, text in {"list.csv": "", "blank.csv": "\n \n", "list.jsonl": ""}.items():
        with pytest.raises(SourceError):
            open_source(write(here / name, text))
    with pytest.raises(SourceError, match="cannot be read"):
        open_source(here / "sub", format="list")
    assert outcomes(open_source(write(here / "head.csv", "path,caption\n"))) == []


def test_a_damaged_parquet_gives_what_came_before(here: Path) -> None:
    table = pa.table({"path": ["a.jpg"] * 3000, "caption": [f"{number:x}" * 40 for number in range(3000)]})
    pq.write_table(table, here / "list.parquet", row_group_size=1500, compression="gzip")
    data = bytearray((here / "list.parquet").read_bytes())
    middle = pq.ParquetFile(here / "list.parquet").metadata.row_group(1).column(1).data_page_offset
    data[middle : middle + 60] = bytes(60)
    (here / "list.parquet").write_bytes(data)
    results = outcomes(open_source(here / "list.parquet"))
    assert results[0] == ("a", "a.jpg")
    assert 1000 < len(results) < 3000
    assert "the list was not read any further" in results[-1][1]


def test_a_change_in_what_the_list_says_changes_the_stamp(here: Path) -> None:
    stamps = set()
    for row in ("a.jpg,1,x", "a.jpg,1,y", "a.jpg,2,y"):
        (found,) = open_source(write(here / "list.csv", f"path,id,caption\n{row}\n"))
        stamps.add(found.stamp)
    assert len(stamps) == 3
