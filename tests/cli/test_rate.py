"""`picdesk rate` as its users type it: from runs to links to a summary."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from picdesk.evaluate.ratings.study.answers import write_answer
from picdesk.evaluate.ratings.study.folder import read_study
from picdesk.evaluate.ratings.study.plan import plan
from tests.command_line import picdesk
from tests.drawn.scenes import draw_scene, fill_folder
from tests.newsimages.made_submission import png, sound_2025, sound_2026, write_folder, write_zip


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """Ten photos and articles; run ``ours`` gives article n photo n, ``theirs`` the next one."""
    (tmp_path / "photos").mkdir()
    names = [path.stem for path in fill_folder(tmp_path / "photos", 11)]
    with (tmp_path / "articles.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["article_id", "article_title", "lead", "image_id"])
        writer.writerows([n, f"Headline {n}", f"Lead {n}.", names[n]] for n in range(10))
    for run, step in (("ours", 0), ("theirs", 1)):
        lines = [f"{n} Q0 {names[n + step]} 1 1.0 {run}\n" for n in range(10)]
        (tmp_path / f"{run}.tsv").write_text("".join(lines))
    return tmp_path


def set_up(room: Path, *more: str) -> list[str]:
    runs = ("--run", f"ours={room / 'ours.tsv'}", "--run", f"theirs={room / 'theirs.tsv'}")
    given = ("rate", "setup", str(room / "study"), *runs, "--articles", str(room / "articles.csv"))
    return [*given, "--rater", "Ada=red", "--rater", "Ben", *more]


def test_from_runs_to_a_summary(room: Path) -> None:
    said = picdesk(*set_up(room, "--photos", str(room / "photos"), "--team", "ours=red", "--count", "6", "--json"))
    assert said.code == 0, said.err
    assert said.document["questions"] == 12
    assert said.document["asked"] == {"Ada": 6, "Ben": 12}
    links = picdesk("rate", "links", str(room / "study"), "--address", "https://desk.example/", "--json").document
    assert [one["rater"] for one in links["links"]] == ["Ada", "Ben"]
    assert all(one["link"].startswith("https://desk.example/rate/") for one in links["links"])

    study = read_study(room / "study")
    assert {(story.headline, story.lead) for story in study.stories} <= {
        (f"Headline {n}", f"Lead {n}.") for n in range(10)
    }
    for rater in study.raters:
        for item in plan(study)[rater.id]:
            write_answer(room / "study", rater.id, item.key, "5" if item.runs == (("ours",),) else "2")
    progress = picdesk("rate", "progress", str(room / "study"), "--json").document["raters"]
    assert [(one["answered"], one["asked"]) for one in progress] == [(6, 6), (12, 12)]

    straight = picdesk("ratings", "summarise", str(room / "study"), "--json").document["runs"]
    assert {one["run"]: one["official_mean"] for one in straight} == {"ours": 5.0, "theirs": 2.0}
    assert picdesk("rate", "export", str(room / "study"), "-o", str(room / "r.csv")).code == 0
    assert picdesk("ratings", "summarise", str(room / "r.csv"), "--json").document["runs"] == straight


def test_the_newspapers_own_choice_takes_part(room: Path) -> None:
    said = picdesk(*set_up(room, "--photos", str(room / "photos"), "--run", f"paper={room / 'articles.csv'}", "--json"))
    assert said.code == 0, said.err
    # The newspaper chose what ours found: the same picture is asked about once.
    assert said.document["questions"] == 20
    assert {one["run"] for one in said.document["runs"]} == {"ours", "theirs", "paper"}


def test_photos_come_out_of_an_archive(room: Path) -> None:
    assert picdesk("add", str(room / "archive"), str(room / "photos"), "-q").code == 0
    said = picdesk(*set_up(room, "--photos", str(room / "archive"), "--json"))
    assert said.code == 0, said.err
    assert said.document["articles"] == 10


def test_submissions_take_part_task_by_task(tmp_path: Path) -> None:
    (tmp_path / "articles.csv").write_text("article_id,title\n" + "".join(f"{n},Headline {n}\n" for n in range(1, 5)))
    one = write_zip(tmp_path / "G.zip", sound_2025())
    other = write_folder(
        tmp_path / "H",
        {path.replace("G/", "H/").replace("_G_", "_H_"): png(90 + n) for n, path in enumerate(sound_2025())},
    )
    given = [
        *("rate", "setup", str(tmp_path / "study"), "--run", f"ours={one}", "--run", f"theirs={other}"),
        *("--articles", str(tmp_path / "articles.csv"), "--rater", "Ben", "--kind", "pairs", "--json"),
    ]
    # Every pair has a picture of Ada's own team in it.
    refused = picdesk(*given, "--rater", "Ada=G")
    assert (refused.code, "nothing is left for Ada to rate" in refused.err) == (2, True)
    said = picdesk(*given)
    assert said.code == 0, said.err
    listed = [(one["run"], one["task"], one["team"], one["articles"]) for one in said.document["runs"]]
    assert sorted(listed) == [
        *(("ours", task, "G", count) for task, count in (("LARGE", 4), ("SMALL", 2))),
        *(("theirs", task, "H", count) for task, count in (("LARGE", 4), ("SMALL", 2))),
    ]
    assert said.document["questions"] == 6
    assert said.document["asked"] == {"Ben": 6}


def test_a_submission_of_two_runs_is_two(tmp_path: Path) -> None:
    (tmp_path / "articles.csv").write_text("article_id,title\n" + "".join(f"{n},Headline {n}\n" for n in range(1, 4)))
    said = picdesk(
        *("rate", "setup", str(tmp_path / "study"), "--run", f"GH={write_zip(tmp_path / 'G_H.zip', sound_2026())}"),
        *("--articles", str(tmp_path / "articles.csv"), "--rater", "Ada", "--json"),
    )
    assert said.code == 0, said.err
    assert [one["run"] for one in said.document["runs"]] == ["GH_one", "GH_two"]


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ([], 2, "nothing says where they are"),
        (["--photos", "nowhere"], 1, "neither an archive nor a folder with photos"),
        (["--photos", "photos", "--team", "our=red"], 2, "no run is called 'our'"),
        (["--photos", "photos", "--kind", "stars"], 2, "no study is of the kind 'stars'"),
        (["--photos", "photos", "--run", "broken=articles.txt"], 2, "articles.txt"),
    ],
)
def test_mistakes_are_named(
    room: Path, changed: list[str], code: int, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(room)
    (room / "articles.txt").write_text("no run at all\n")
    said = picdesk(*set_up(room, *changed))
    assert said.code == code
    assert message in said.err
    assert not (room / "study").exists()


@pytest.mark.shared
def test_the_survey_of_2025_is_set_up_again(tmp_path: Path, shared: Path) -> None:
    pytest.importorskip("openpyxl")
    sheets = [shared / "data" / "ratings25" / f"survey_results_{name}.xlsx" for name in ("Das-RU", "BASELINE_v2")]
    from picdesk.evaluate.ratings.study.survey import read_survey

    surveyed = read_survey(sheets)
    asked = {run: set(articles) for (run, task), articles in surveyed.articles.items() if task == "SMALL"}
    articles = sorted(asked["BASELINE"] & asked["Das-RU_reg"])
    assert articles
    (tmp_path / "photos").mkdir()
    for n, article in enumerate(articles):
        for run, start in (("reg", 0), ("long", 1000), ("base", 2000)):
            draw_scene(start + n, size=(46, 26)).save(tmp_path / "photos" / f"{run}{article}.png")
    for run in ("reg", "long", "base"):
        lines = [f"{article} Q0 {run}{article} 1 1.0 {run}\n" for article in articles]
        (tmp_path / f"{run}.tsv").write_text("".join(lines))
    (tmp_path / "articles.csv").write_text("article_id,title\n" + "".join(f"{n},Headline {n}\n" for n in articles))
    said = picdesk(
        *("rate", "setup", str(tmp_path / "study"), "--photos", str(tmp_path / "photos")),
        *("--run", f"Das-RU_reg={tmp_path / 'reg.tsv'}", "--run", f"Das-RU_longtext={tmp_path / 'long.tsv'}"),
        *("--run", f"BASELINE={tmp_path / 'base.tsv'}", "--articles", str(tmp_path / "articles.csv")),
        *("--survey", str(sheets[0]), "--survey", str(sheets[1]), "--json"),
    )
    assert said.code == 0, said.err
    small = [one for one in said.document["runs"] if one["task"] == "SMALL"]
    assert {one["run"]: one["team"] for one in small} == {
        "Das-RU_reg": "team 6",
        "Das-RU_longtext": "team 6",
        "BASELINE": "",
    }
    assert len({one["articles"] for one in small}) == 1
    assert "Das-RU_SDXL" in said.document["notes"][0]
    study = read_study(tmp_path / "study")
    own = {entry.run for entry in study.entries if entry.team}
    teams = {rater.id: rater.team for rater in study.raters}
    assert len(teams) == 31  # rows of the baseline's sheet, where all have names
    for rater, mine in plan(study).items():
        if teams[rater] == "team 6":
            assert {run for item in mine for runs in item.runs for run in runs} == {"BASELINE"}
        else:
            assert own < {run for item in mine for runs in item.runs for run in runs}
