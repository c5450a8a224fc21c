"""``picdesk compare`` as its users call it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from picdesk.newsimages.runs.formats import write_run
from picdesk.records import Run
from tests.command_line import ROOT, Said, picdesk, run_picdesk
from tests.drawn.scenes import draw_scene, jpeg_bytes
from tests.evaluate.made_up import random_ranks, run_of

IDS = [str(number) for number in range(60)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A truth that lists its articles, three runs, some photos."""
    rows = [f"{one},https://{'a' if int(one) % 3 else 'b'}.org/x/{one},Story number {one},photo-{one}" for one in IDS]
    header = "article_id,article_url,article_title,image_id"
    (tmp_path / "articles.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    for number, name in enumerate(("words", "fused", "third")):
        write_run(run_of(name, random_ranks(number, IDS, 0.4 + 0.2 * number)), tmp_path / f"{name}.tsv")
    (tmp_path / "photos").mkdir()
    for one in IDS[:20]:
        (tmp_path / f"photos/photo-{one}.jpg").write_bytes(jpeg_bytes(draw_scene(int(one))))
    return tmp_path


def compare(place: Path, *options: object, runs: tuple[str, ...] = ("words", "fused")) -> Said:
    paths = [place / f"{run}.tsv" for run in runs]
    return picdesk("compare", *paths, "--truth", place / "articles.csv", "--rounds", 500, *options)


def test_two_runs_as_tables(place: Path) -> None:
    said = compare(place, "--by", "domain")
    assert said.code == 0, said.err
    for title in ("Scores", "Differences", "By domain", "Changes of rank", "Wins and losses, from words to fused"):
        assert title in said.out
    assert "a words" in said.out
    assert "Story number" in said.out
    assert "better than the run of that letter" in said.out


def test_the_document(place: Path) -> None:
    said = compare(place, "--json", "--by", "domain", "--baseline", "words", runs=("words", "fused", "third"))
    document = said.document
    assert said.err == ""
    assert document["baseline"] == "words"
    assert [run["run"] for run in document["runs"]] == ["words", "fused", "third"]
    assert document["articles"] == 60
    assert len(document["contests"]) == 2 * 6
    assert {one["slice"] for one in document["slices"][0]["slices"]} == {"a.org", "b.org"}
    change = document["changes"][0]
    counts = ("improved", "decreased", "unchanged", "newly_found", "lost", "never_found")
    assert sum(change[name] for name in counts) == 60
    assert document["extremes"][0]["wins"][0]["headline"].startswith("Story number")
    assert compare(place, "--json", "--seed", 0).document == compare(place, "--json").document


def test_figures_are_those_of_evaluate(place: Path) -> None:
    evaluated = picdesk("evaluate", place / "fused.tsv", "--truth", place / "articles.csv", "--json").document
    compared = compare(place, "--json").document
    assert compared["runs"][1]["measures"] == pytest.approx(evaluated["runs"][0]["measures"])


def test_what_is_infinite_is_null_in_json(place: Path) -> None:
    said = compare(place, "--json", "--measures", "MedianRank,R@1", runs=("words", "third"))
    json.loads(said.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert said.document["runs"][0]["measures"]["MedianRank"] is None


def test_every_kind_of_file(place: Path) -> None:
    endings = ("md", "tex", "csv", "html", "png", "svg", "pdf")
    outputs = [part for ending in endings for part in ("-o", place / f"out.{ending}")]
    said = compare(place, *outputs, "--photos", place / "photos")
    assert said.code == 0, said.err
    assert said.err.count("written: ") == len(endings)
    for ending in endings:
        assert (place / f"out.{ending}").stat().st_size > 500
    assert "data:image/jpeg" in (place / "out.html").read_text(encoding="utf-8")


def test_quiet_says_nothing_beside_the_tables(place: Path) -> None:
    said = compare(place, "-q", "-o", place / "out.md")
    assert said.err == ""
    assert "Scores" in said.out


def test_runs_of_one_name_go_by_their_paths(place: Path) -> None:
    (place / "old").mkdir()
    older, newer = place / "old/words.tsv", place / "words.tsv"
    older.write_bytes((place / "fused.tsv").read_bytes())
    said = picdesk("compare", older, newer, "--truth", place / "articles.csv", "--baseline", newer, "--json")
    assert [run["run"] for run in said.document["runs"]] == [str(older), str(newer)]
    assert said.document["baseline"] == str(newer)


def test_a_list_of_its_own_for_the_slices(place: Path) -> None:
    (place / "kinds.tsv").write_text("id\tkind\n" + "".join(f"{one}\tk{int(one) % 2}\n" for one in IDS))
    said = compare(place, "--json", "--articles", place / "kinds.tsv", "--by", "kind")
    assert [one["articles"] for one in said.document["slices"][0]["slices"]] == [30, 30]


def test_qrels_are_a_truth_without_headlines(place: Path) -> None:
    (place / "truth.qrels").write_text("".join(f"{one} 0 photo-{one} 1\n" for one in IDS))
    runs = [place / "words.tsv", place / "fused.tsv"]
    said = picdesk("compare", *runs, "--truth", place / "truth.qrels", "--json", "--rounds", 500)
    assert said.document["contests"] == compare(place, "--json").document["contests"]
    assert said.document["extremes"][0]["wins"][0]["headline"] is None
    sliced = picdesk("compare", *runs, "--truth", place / "truth.qrels", "--by", "domain")
    assert sliced.code == 2
    assert "article_id" in sliced.err


WRONG: dict[str, tuple[tuple[str, ...], list[str], int, str]] = {
    "one run": (("words",), [], 2, "1 run cannot be compared"),
    "no such baseline": (("words", "fused"), ["--baseline", "nobody"], 2, "is none of the runs"),
    "no such measure": (("words", "fused"), ["--measures", "BLEU"], 2, "no measure is called"),
    "no such column": (("words", "fused"), ["--by", "colour"], 2, "no column 'colour'"),
    "no such ending": (("words", "fused"), ["-o", "table.docx"], 2, "no format has the ending"),
    "no such folder": (("words", "fused"), ["-o", "nowhere/table.md"], 2, "no such folder"),
    "the same file twice": (("words", "fused"), ["-o", "a.md", "-o", "a.md"], 2, "the same file"),
    "no photos": (("words", "fused"), ["-o", "a.html", "--photos", "nowhere"], 2, "no such file or folder"),
    "photos for nothing": (("words", "fused"), ["--photos", "photos"], 2, "only a report shows photos"),
    "no such run": (("words", "gone"), [], 2, "gone.tsv"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_usage(name: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    runs, options, code, message = WRONG[name]
    said = compare(place, *options, runs=runs)
    assert said.code == code
    assert message in " ".join(said.err.split())
    assert "Traceback" not in said.err
    assert said.out == ""


def test_hostile_names_reach_no_terminal(place: Path) -> None:
    evil: Run = run_of("evil", random_ranks(1, IDS))
    path = place / "\x1b[31mred [bold].tsv"
    write_run(evil, path)
    said = picdesk("compare", path, place / "words.tsv", "--truth", place / "articles.csv", "--rounds", 500)
    assert said.code == 0, said.err
    assert "\x1b" not in said.out + said.err
    assert "[bold]" in said.out


def test_as_a_process_of_its_own(place: Path) -> None:
    said = run_picdesk("compare", "words.tsv", "fused.tsv", "--truth", "articles.csv", "--rounds", 500, cwd=place)
    assert said.code == 0, said.err
    assert "Scores" in said.out


PAGE = (ROOT / "docs/scoring.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^picdesk (.+)$", "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE, re.M | re.S)), re.MULTILINE)


@pytest.mark.parametrize("command", [command for command in COMMANDS if "../shared" not in command])
def test_the_commands_of_the_docs_run(command: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    (place / "articles.csv").rename(place / "newsarticles.csv")
    (place / "photos").rename(place / "newsimages")
    said = picdesk(*shlex.split(command))
    assert said.code == 0, said.err
    for name in re.findall(r"-o (\S+)", command):
        assert (place / name).stat().st_size > 200


@pytest.mark.shared
@pytest.mark.parametrize("command", [command for command in COMMANDS if "../shared/data/newsimages21" in command])
def test_the_docs_show_what_the_measuring_material_gives(command: str, shared: Path) -> None:
    said = picdesk(*shlex.split(command.replace("../shared", str(shared))))
    assert said.code == 0, said.err
    after = PAGE.split(command)[1].split("```sh")[0]
    shown = [line for block in re.findall(r"^```text\n(.*?)^```", after, re.M | re.S) for line in block.splitlines()]
    printed = [line.rstrip() for line in said.out.splitlines()]
    assert [line for line in shown if line.rstrip() not in printed] == []
