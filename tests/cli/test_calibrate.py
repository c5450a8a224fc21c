"""`picdesk calibrate`, and what `picdesk search` then says."""

from __future__ import annotations

from pathlib import Path

import pytest

from picdesk import open_archive
from tests.command_line import picdesk
from tests.search.newsroom import Newsroom, open_newsroom


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    return open_newsroom(tmp_path_factory.mktemp("room") / "news")


@pytest.fixture(scope="module")
def archive(newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archives") / "archive"
    open_archive(folder).add(newsroom.photos)
    return folder


def test_from_pairs_to_a_probability(archive: Path, newsroom: Newsroom, tmp_path: Path) -> None:
    before = picdesk("search", archive, "fire in Oslo", "--json").document
    assert before["fits_well"] is None
    assert {hit["confidence"] for hit in before["hits"]} == {None}
    assert picdesk("search", archive, "fire in Oslo", "--risk", "0.5").code == 3
    plot = tmp_path / "plot.svg"
    said = picdesk("calibrate", archive, newsroom.articles, "--truth", newsroom.articles, "-o", plot, "--json")
    document = said.document
    assert said.code == 0
    assert document["articles"] == 120
    assert document["model"] in {"logistic", "isotonic"}
    assert 0 < document["brier"] < document["brier_constant"]
    assert 0 <= document["calibration_error"] < 0.1
    assert sum(each["hits"] for each in document["bins"]) == document["hits"]
    assert plot.read_text(encoding="utf-8").startswith("<?xml")
    first = plot.read_bytes()
    again = picdesk("calibrate", archive, newsroom.articles, "--truth", newsroom.articles, "-o", plot)
    assert plot.read_bytes() == first, "the same calibration gives the same picture"
    for part in ("Brier score", "expected calibration error", "accepted risk", "said    "):
        assert part in again.out
    assert "were held back" in again.err

    clear = picdesk("search", archive, "Reports of a storm near Delhi", "--json").document
    assert clear["fits_well"] is True
    assert clear["hits"][0]["confidence"] > 0.5
    table = picdesk("search", archive, "Reports of a storm near Delhi")
    assert "fits: " in table.out
    vague = picdesk("search", archive, "What comes after the storm", "--risk", "0.1")
    assert vague.code == 1
    assert "nothing here fits well" in vague.err
    assert "no photo fits with 90 % or more" in vague.err
    assert picdesk("search", archive, "What comes after the storm", "--risk", "1").code == 0


def test_from_ratings(archive: Path, newsroom: Newsroom, tmp_path: Path) -> None:
    hits = {
        f"a{number}": picdesk("search", archive, headline, "-k", 4, "--json").document["hits"]
        for number, headline in enumerate(
            line.split(",")[1] for line in newsroom.articles.read_text(encoding="utf-8").splitlines()[1:31]
        )
    }
    lines = ["article,photo,rater,value"]
    for article, found in hits.items():
        lines += [f"{article},{hit['name']},A,{5 if hit['rank'] == 1 else 2}" for hit in found]
        lines += [f"{article},{found[0]['name']},B,{3 if article.endswith('7') else 4}"]
    table = tmp_path / "ratings.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    said = picdesk("calibrate", archive, newsroom.articles, "--ratings", table, "--json", "-q").document
    assert said["labels"] == "ratings"
    assert said["articles_used"] == 30
    assert said["hits"] == sum(map(len, hits.values()))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "which photos fit"),
        (["--truth", "{table}", "--ratings", "{table}"], "which photos fit"),
        (["--truth", "{table}", "-o", "x.bmp"], "no plot has the ending"),
        (["--truth", "{table}", "-o", "nowhere/x.png"], "no such folder"),
        (["--truth", "nothing.csv"], "nothing.csv"),
        (["--ratings", "{table}"], ""),
        (["--ratings", "{table}", "--run", "x"], "names no run file"),
    ],
)
def test_wrong_usage(options: list[str], said: str, archive: Path, newsroom: Newsroom) -> None:
    filled = [option.format(table=newsroom.articles) for option in options]
    answer = picdesk("calibrate", archive, newsroom.articles, *filled)
    assert answer.code == 2, answer.err
    assert said in answer.err
    assert answer.out == ""


def test_explain_and_duplicates_are_shown(archive: Path) -> None:
    said = picdesk("search", archive, "fire in Oslo", "-k", 2, "--explain", "--json").document
    why = said["hits"][0]["why"]
    assert {"kind", "said", "by", "share", "about", "days"} == set(why[0])
    assert sum(each["share"] for each in why if each["kind"] == "signal") == pytest.approx(1)
    assert said["hits"][0]["siblings"] == []
    assert said["hits"][0]["warnings"] == []
    table = picdesk("search", archive, "fire in Oslo", "-k", 2, "--explain")
    assert "% of the score" in " ".join(table.out.split())
    assert picdesk("search", archive, "fire", "--variety", "2").code == 2
    assert picdesk("search", archive, "fire", "--keep-duplicates", "--variety", "0.5").code == 0
