"""`picdesk evaluate` as people and scripts call it."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
from pathlib import Path

import pytest

from picdesk.newsimages.runs import make_run, write_run
from picdesk.newsimages.runs.newsimages2021 import obfuscate
from tests.command_line import ENVIRONMENT, picdesk
from tests.seconds import least_seconds

ARTICLES = [str(number) for number in range(1, 21)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A truth over 20 articles, a good run and a poor one that misses an article."""
    generator = random.Random(0)
    rows = [f"{article},https://example.com/{article},p{article}" for article in ARTICLES]
    (tmp_path / "newsarticles.csv").write_text("\n".join(["\ufeffarticle_id,article_url,image_id", *rows]) + "\n")
    for name, share in (("good", 0.9), ("poor", 0.2)):
        rankings = {}
        for article in ARTICLES:
            photos = [f"p{other}" for other in ARTICLES if other != article]
            generator.shuffle(photos)
            if generator.random() < share:
                photos.insert(generator.randrange(3), f"p{article}")
            rankings[article] = [(photo, 1 / rank) for rank, photo in enumerate(photos, start=1)]
        if name == "poor":
            del rankings["7"]
        write_run(make_run(name, rankings), tmp_path / f"{name}.tsv")
    return tmp_path


def test_the_document(place: Path) -> None:
    said = picdesk("evaluate", place / "good.tsv", place / "poor.tsv", "--truth", place / "newsarticles.csv", "--json")
    assert said.code == 0, said.err
    assert said.err == ""
    good, poor = said.document["runs"]
    assert (good["run"], good["articles"], good["missing"]) == ("good", 20, 0)
    assert list(good["measures"]) == ["MRR@100", "R@1", "R@5", "R@10", "R@50", "R@100"]
    for name, value in good["measures"].items():
        low, high = good["intervals"][name]
        assert 0 <= low <= value <= high <= 1
    assert good["measures"]["MRR@100"] > poor["measures"]["MRR@100"]
    assert poor["missing"] == 1
    assert poor["notes"] == ["1 of 20 articles have no photo in poor: they count 0"]


def test_the_table(place: Path) -> None:
    arguments = ["evaluate", place / "poor.tsv", "--truth", place / "newsarticles.csv", "--measures", "R@5,MedianRank"]
    said = picdesk(*arguments)
    assert said.code == 0
    assert "1 of 20 articles have no photo in poor: they count 0" in said.err
    lines = said.out.splitlines()
    assert lines[0].split() == ["run", "articles", "measure", "value", "95", "%", "interval"]
    assert lines[1].split()[:3] == ["poor", "20", "R@5"]
    assert lines[2].split()[0] == "MedianRank"
    assert "not found" in lines[2]
    quiet = picdesk(*arguments, "-q", "--resamples", 0)
    assert quiet.err == ""
    assert "interval" not in quiet.out


def test_what_is_infinite_is_null(place: Path) -> None:
    run = ["evaluate", place / "poor.tsv", "--truth", place / "newsarticles.csv", "--json", "--measures", "MedianRank"]
    document = picdesk(*run).document["runs"][0]
    assert document["measures"] == {"MedianRank": None}
    assert document["intervals"] == {"MedianRank": [None, None]}


def test_one_seed_one_answer(place: Path) -> None:
    def intervals(*more: object) -> object:
        said = picdesk("evaluate", place / "good.tsv", "--truth", place / "newsarticles.csv", "--json", *more)
        return said.document["runs"][0]["intervals"]

    assert intervals() == intervals("--seed", 0) != intervals("--seed", 1)


def test_demands(place: Path) -> None:
    run = ["evaluate", place / "good.tsv", place / "poor.tsv", "--truth", place / "newsarticles.csv", "--json"]
    assert picdesk(*run, "--min", "MRR@100=0.01", "--min", "recall@3=0").code == 0
    said = picdesk(*run, "--min", "nDCG@10=0.5")
    assert said.code == 1
    assert "poor: nDCG@10 is" in said.err
    assert "below the demanded 0.5" in said.err
    assert "good:" not in said.err
    assert "nDCG@10" in said.document["runs"][0]["measures"]  # the document is printed all the same


@pytest.mark.parametrize("demand", ["MRR@100", "MRR@100=", "MRR@100=x", "MRR@100=nan", "F1=0.5", "MedianRank=3", "=1"])
def test_demands_that_mean_nothing(demand: str, place: Path) -> None:
    said = picdesk("evaluate", place / "good.tsv", "--truth", place / "newsarticles.csv", "--min", demand)
    assert said.code == 2
    assert not said.out


def test_every_article(place: Path) -> None:
    run = ["evaluate", place / "good.tsv", place / "poor.tsv", "--truth", place / "newsarticles.csv", "--json"]
    document = picdesk(*run, "--per-article", place / "articles.csv").document
    with (place / "articles.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 40
    for run_document in document["runs"]:
        mine = [row for row in rows if row["run"] == run_document["run"]]
        assert sorted(row["article_id"] for row in mine) == sorted(ARTICLES)
        mean = sum(float(row["MRR@100"]) for row in mine) / 20
        assert mean == pytest.approx(run_document["measures"]["MRR@100"])
        assert all((row["rank"] == "") == (float(row["MRR@100"]) == 0) for row in mine)
    said = picdesk(*run, "--per-article", place / "no/such.csv")
    assert (said.code, "cannot be written" in said.err) == (2, True)


def test_runs_by_address_meet_a_truth_by_id(place: Path) -> None:
    rows = ["\t".join([f"https://example.com/{article}", f"p{article}", "px"]) for article in ARTICLES]
    (place / "run23.tsv").write_text("\n".join(rows))
    run = ["evaluate", place / "run23.tsv", "--truth", place / "newsarticles.csv", "--json"]
    assert picdesk(*run).document["runs"][0]["measures"]["R@1"] == 1
    (place / "run23.tsv").write_text("\n".join([*rows, "https://example.com/99\tpx"]))
    said = picdesk(*run)
    assert said.code == 2
    assert "run23.tsv, line 21: article https://example.com/99 is not in the truth" in said.err


def test_unknown_articles(place: Path) -> None:
    with (place / "good.tsv").open("a") as lines:
        lines.write("99\tQ0\tp1\t1\t1\tx\n")
    run = ["evaluate", place / "good.tsv", "--truth", place / "newsarticles.csv"]
    said = picdesk(*run)
    assert said.code == 2
    assert f"good.tsv, line {1 + len((place / 'good.tsv').read_text().splitlines()) - 1}: article 99" in said.err
    assert "--ignore-unknown" in said.err
    said = picdesk(*run, "--ignore-unknown")
    assert said.code == 0
    assert "1 articles of good are not in the truth and were left out" in said.err


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["gone.tsv"], "cannot be read"),
        (["good.tsv", "good.tsv"], "named twice"),
        (["newsarticles.csv"], "not recognised"),
        (["good.tsv", "--format", "csv"], "no header of a run"),
        (["good.tsv", "--format", "xml"], "no format of runs is called"),
        (["good.tsv", "--measures", "F1"], "no measure is called 'F1'"),
        (["good.tsv", "--measures", ","], "no measure was asked for"),
        (["good.tsv", "--protocol", "newsimages1999"], "no protocol is called"),
        (["good.tsv", "--protocol", "newsimages2021", "--measures", "MRR"], "its own measures"),
        (["good.tsv", "--protocol", "newsimages2021", "--format", "csv"], "its own measures"),
        (["good.tsv", "--truth", "good.tsv"], "no column of"),
    ],
)
def test_wrong_usage(arguments: list[str], what: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    truth = [] if "--truth" in arguments else ["--truth", "newsarticles.csv"]
    said = picdesk("evaluate", *arguments, *truth, "--json")
    assert said.code == 2
    assert what in said.err
    assert not said.out


def test_two_files_of_one_name_keep_their_paths(place: Path) -> None:
    (place / "other").mkdir()
    (place / "other/good.tsv").write_text((place / "poor.tsv").read_text())
    runs = [place / "good.tsv", place / "other/good.tsv"]
    documents = picdesk("evaluate", *runs, "--truth", place / "newsarticles.csv", "--json").document["runs"]
    assert [document["run"] for document in documents] == [str(run) for run in runs]


def test_names_do_not_steer_the_terminal(place: Path) -> None:
    (place / "[bold]x\x1b[31m.tsv").write_text((place / "good.tsv").read_text())
    said = picdesk("evaluate", place / "[bold]x\x1b[31m.tsv", "--truth", place / "newsarticles.csv")
    assert "[bold]x" in said.out
    assert "\x1b" not in said.out


@pytest.fixture
def place21(tmp_path: Path) -> Path:
    rows = [f"50000000{number}\ta\tu\ti\t13000{number}\th" for number in range(4)]
    (tmp_path / "gt.tsv").write_text("article\taid\turl\timg\tiid\thash\n" + "\n".join(rows) + "\n")
    photos = [str(number) for number in range(200, 298)]
    runs = [[obfuscate(f"50000000{number}"), "x", f"13000{number % 3}", *photos] for number in range(4)]
    (tmp_path / "run.tsv").write_text("\n".join("\t".join(row) for row in [*runs, runs[0]]))
    return tmp_path


def test_the_protocol_of_2021(place21: Path) -> None:
    run = ["evaluate", place21 / "run.tsv", "--truth", place21 / "gt.tsv", "--protocol", "newsimages2021"]
    document = picdesk(*run, "--json").document
    (told,) = document["runs"]
    assert told["printed"]["correctIn100"] == "4 of 5"
    assert told["measures"] == {
        "MRR@100": 0.375,
        "R@5": 0.75,
        "R@10": 0.75,
        "R@50": 0.75,
        "R@100": 0.75,
        "matchIn100": 4,
    }
    assert (told["articles"], told["intervals"]) == (4, {})
    assert "line 5 answers article" in told["notes"][0]
    said = picdesk(*run, "--per-article", place21 / "ranks.csv", "--min", "MRR@100=0.4")
    assert said.code == 1
    assert "below the demanded 0.4" in said.err
    assert "line 5 answers article" in said.err
    assert [line.split()[-1] for line in said.out.splitlines()[2:]] == ["0.37500"] + ["0.75000"] * 4
    assert (place21 / "ranks.csv").read_text().splitlines()[:2] == ["run,article_id,rank", "run,500000000,2"]
    assert picdesk(*run, "--min", "nDCG=0.4").code == 2


@pytest.mark.shared
def test_the_organisers_figures(shared: Path) -> None:
    folder = shared / "data/newsimages21"
    truth = folder / "content2019-04-gt.tsv"
    runs = [folder / "sample-prediction.tsv", folder / "made-prediction.tsv"]
    said = picdesk("evaluate", *runs, "--truth", truth, "--protocol", "newsimages2021", "--json")
    assert [run["measures"]["MRR@100"] for run in said.document["runs"]] == [0.00179, 0.15265]
    ours = picdesk("evaluate", *runs, "--truth", truth, "--json", "--measures", "MRR@100,R@100,matchIn100").document
    assert [run["measures"]["matchIn100"] for run in ours["runs"]] == [89, 1392]
    # As many images as articles, none twice: the house's own figures are the organisers'.
    assert [round(run["measures"]["MRR@100"], 5) for run in ours["runs"]] == [0.00179, 0.15265]


def test_nothing_heavy_is_loaded(place: Path) -> None:
    code = (
        "import sys; from picdesk.cli import app\n"
        f"app(['evaluate', {str(place / 'good.tsv')!r}, '--truth', {str(place / 'newsarticles.csv')!r}, '--json'],"
        " standalone_mode=False)\n"
        "heavy = {'lancedb', 'pyarrow', 'openvino', 'onnxruntime', 'PIL', 'torch', 'scipy', 'numba'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_a_start_is_little_beside_python_and_numpy(place: Path) -> None:
    arguments = ["picdesk", "evaluate", "good.tsv", "--truth", "newsarticles.csv"]
    code = f"import sys; sys.argv = {arguments!r}; from picdesk.cli import main; main()"
    whole, bare = least_seconds(code, "import numpy, typer, rich.table", cwd=place)
    assert whole < 3 * bare, "it is twice that where nothing is loaded that is not needed"
