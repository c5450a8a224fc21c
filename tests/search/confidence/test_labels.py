from __future__ import annotations

from pathlib import Path

import pytest

from picdesk.errors import InputError
from picdesk.records import Place, Truth
from picdesk.search.confidence.labels import RatingLabels, TruthLabels, rated_photos
from tests.search.photos import photo


def test_a_sibling_and_a_copy_are_the_photo_too() -> None:
    labels = TruthLabels(Truth(name="x", gains={"a": {"right": 1.0}, "b": {"copy": 1.0}}))
    wrong, right, copied = photo("wrong"), photo("right"), photo("file", copies=(Place(uri="file:///x", name="copy"),))
    assert labels.of("a", [(wrong, right), (copied,)]) == {wrong.id: 1.0, copied.id: 0.0}
    assert labels.of("b", [(wrong, right), (copied,)]) == {wrong.id: 0.0, copied.id: 1.0}
    assert labels.of("unknown", [(wrong,)]) == {}


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_tables_that_name_the_photo(tmp_path: Path) -> None:
    table = write(tmp_path / "r.csv", "article,photo,rater,value\n1,x,A,5\n1,x,B,3\n1,y,A,2\n2,x,A,4\n2,y,A,\n")
    assert rated_photos([table], {}) == {"1": {"x": 0.5, "y": 0.0}, "2": {"x": 1.0}}
    assert rated_photos([table], {}, good=5)["2"] == {"x": 0.0}
    labels = RatingLabels(rated_photos([table], {}), {"x": "id-x"})
    assert labels.of("1", []) == {"id-x": 0.5}
    assert labels.of("9", []) == {}


def test_ratings_of_runs_are_of_their_first_photo(tmp_path: Path) -> None:
    table = write(
        tmp_path / "r.csv",
        "run,article,rater,team,value,own\nours,1,A,t,5,\nours,1,B,u,1,\nours,1,C,v,5,yes\nours,2,A,t,0,\nours,3,A,t,4,\n",
    )
    run = write(tmp_path / "ours.tsv", "1 Q0 y 2 0.1 ours\n1 Q0 x 1 0.9 ours\n2 Q0 z 1 0.9 ours\n")
    assert rated_photos([table], {"ours": run}) == {"1": {"x": 0.5}}
    with pytest.raises(InputError, match="which photos the run ours showed"):
        rated_photos([table], {})


@pytest.mark.parametrize("line", ["1,x,A,nonsense", "1,x,A,6", "1,x,A,-1", ",x,A,5", "1,,A,5", "1,x,A,nan"])
def test_lines_that_are_no_ratings(line: str, tmp_path: Path) -> None:
    table = write(tmp_path / "r.csv", f"article,photo,rater,value\n1,x,A,5\n{line}\n")
    with pytest.raises(InputError, match=r"r\.csv, line 3"):
        rated_photos([table], {})


def test_nothing_rated(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no rating"):
        rated_photos([write(tmp_path / "r.csv", "article,photo,rater,value\n1,x,A,\n")], {})
