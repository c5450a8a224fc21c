"""Blind studies: who is asked what, that nobody judges the own team, and that answers come out as they were given."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from picdesk.errors import InputError, NothingFound
from picdesk.evaluate.ratings.readers import read_judgements
from picdesk.evaluate.ratings.study.answers import read_answers, write_answer
from picdesk.evaluate.ratings.study.folder import read_study
from picdesk.evaluate.ratings.study.links import rater_of, token_of
from picdesk.evaluate.ratings.study.plan import items_of, may_see, plan, sides
from picdesk.evaluate.ratings.study.records import PAIRS, Item, Rater, Story, Study
from picdesk.evaluate.ratings.study.results import TIE, progress_of, read_study_answers
from picdesk.evaluate.ratings.study.setup import Wanted, set_up
from picdesk.evaluate.ratings.study.taking_part import TakingPart
from picdesk.evaluate.ratings.study.write import write_judgements
from tests.drawn.scenes import draw_scene, jpeg_bytes

ARTICLES = [str(number) for number in range(12)]
STORIES = {article: Story(id=article, headline=f"Headline {article}") for article in ARTICLES}
RATERS = (Rater(id="a", name="Ada", team="red"), Rater(id="b", name="Ben", team="blue"), Rater(id="c", name="Cleo"))


def pictures(first: int, articles: list[str] = ARTICLES) -> dict[str, Callable[[], bytes]]:
    return {article: partial(_drawn, first + int(article)) for article in articles}


def _drawn(seed: int) -> bytes:
    return jpeg_bytes(draw_scene(seed))


def three_runs(**changed: Mapping[str, Callable[[], bytes]]) -> list[TakingPart]:
    """Runs x, y, z of teams red, blue and nobody; y and z agree on articles 0 and 1."""
    given = {"x": pictures(0), "y": pictures(100), "z": {**pictures(200), **pictures(100, ["0", "1"])}} | changed
    teams = {"x": "red", "y": "blue"}
    return [TakingPart(run=run, team=teams.get(run, ""), pictures=found) for run, found in given.items()]


def made(folder: Path, **wanted: object) -> Study:
    study, _ = set_up(folder, three_runs(), STORIES, RATERS, replace(Wanted(), **wanted))  # type: ignore[arg-type]
    return study


def answer_all(folder: Path, value: Callable[[Rater, Item], str]) -> None:
    study = read_study(folder)
    for rater in study.raters:
        for item in plan(study)[rater.id]:
            write_answer(folder, rater.id, item.key, value(rater, item))


def test_nobody_is_asked_about_the_own_teams_run_alone(tmp_path: Path) -> None:
    for kind in ("points", "pairs"):
        study = made(tmp_path / kind, kind=kind)
        teams = {entry.run: entry.team for entry in study.entries}
        for rater in study.raters:
            asked = plan(study)[rater.id]
            assert set(asked) == {item for item in items_of(study) if may_see(study, rater, item)}
            for item in asked:
                assert all(any(not rater.team or teams[run] != rater.team for run in runs) for runs in item.runs)
        assert len(plan(study)["c"]) == len(items_of(study)) > len(plan(study)["a"])


def test_the_same_picture_is_asked_about_once(tmp_path: Path) -> None:
    points, pairs = made(tmp_path / "points"), made(tmp_path / "pairs", kind="pairs")
    assert len(items_of(points)) == 3 * 12 - 2
    shared = [item for item in items_of(points) if item.runs == (("y", "z"),)]
    assert {item.article for item in shared} == {"0", "1"}
    assert Counter(item.article for item in items_of(pairs)) == {a: 1 if a in "01" else 3 for a in ARTICLES}


def test_order_is_each_raters_own_and_always_the_same(tmp_path: Path) -> None:
    study = made(tmp_path / "s", kind="pairs")
    again = made(tmp_path / "t", kind="pairs")
    other = made(tmp_path / "u", kind="pairs", seed=1)
    assert plan(study) == plan(again)
    assert plan(study)["c"] != plan(other)["c"]
    assert [item.article for item in plan(study)["a"]] != [item.article for item in plan(study)["b"]]
    places = Counter(sides(study, "c", item).index(item.pictures[0]) for item in plan(study)["c"])
    assert set(places) == {0, 1}
    # A story is read once: its pictures follow one another.
    read = [item.article for item in plan(study)["c"]]
    assert len([1 for one, two in zip(read, read[1:], strict=False) if one != two]) == len(set(read)) - 1


def test_a_question_goes_to_as_many_raters_as_wanted_and_all_have_as_much_to_do(tmp_path: Path) -> None:
    raters = [Rater(id=f"r{n}", name=f"Rater {n}") for n in range(7)]
    study, _ = set_up(tmp_path / "s", three_runs(), STORIES, raters, Wanted(each=3, seed=5))
    shown = Counter(item.key for mine in plan(study).values() for item in mine)
    assert set(shown.values()) == {3}
    loads = [len(mine) for mine in plan(study).values()]
    assert max(loads) - min(loads) <= 1


def test_pictures_tell_nothing_of_their_run(tmp_path: Path) -> None:
    def with_credit(article: str) -> bytes:
        image = draw_scene(int(article))
        exif = Image.Exif()
        exif[0x8298] = "Credit of run x"
        return jpeg_bytes(image, exif=exif)

    entries = three_runs(x={article: partial(with_credit, article) for article in ARTICLES})
    set_up(tmp_path / "s", entries, STORIES, RATERS, Wanted())
    for path in (tmp_path / "s" / "pictures").iterdir():
        assert b"Credit" not in path.read_bytes()
        with Image.open(path) as picture:
            assert not picture.getexif()
        assert len(bytes.fromhex(path.stem)) == 32


def test_ratings_come_out_as_they_were_given(tmp_path: Path) -> None:
    made(tmp_path / "s")
    generator = np.random.default_rng(0)
    given: dict[tuple[str, str, str], float] = {}

    def value(rater: Rater, item: Item) -> str:
        said = int(generator.integers(1, 6))
        for run in item.runs[0]:
            given[run, item.article, rater.name] = said
        return str(said)

    answer_all(tmp_path / "s", value)
    ratings, choices = read_study_answers(tmp_path / "s")
    assert not choices
    assert {(one.run, one.article, one.rater): one.value for one in ratings} == given
    teams = {"x": "red", "y": "blue", "z": ""}
    assert all(one.own == (bool(one.team) and teams[one.run] == one.team) for one in ratings)
    # Ben saw pictures of his own run y only where z gave the same one.
    assert {one.article for one in ratings if one.own} == {"0", "1"}
    assert all(one.answered == one.asked for one in progress_of(tmp_path / "s"))
    write_judgements(tmp_path / "r.csv", ratings, choices)
    assert sorted(map(str, read_judgements([tmp_path / "r.csv"]).ratings)) == sorted(map(str, ratings))
    assert read_judgements([tmp_path / "s"]).ratings == tuple(ratings)


def test_choices_come_out_as_they_were_given(tmp_path: Path) -> None:
    made(tmp_path / "s", kind="pairs")
    order = {"x": 3, "z": 2, "y": 1}

    def better(_rater: Rater, item: Item) -> str:
        first, second = (max(order[run] for run in runs) for runs in item.runs)
        return TIE if item.article == "5" else item.pictures[0] if first > second else item.pictures[1]

    answer_all(tmp_path / "s", better)
    ratings, choices = read_study_answers(tmp_path / "s")
    assert not ratings
    for one in choices:
        if one.article == "5":
            assert one.share == 0.5
        elif one.article in "01":  # x against the picture that y and z share
            assert (one.share if one.first == "x" else 1 - one.share) == 1
        else:
            assert one.share == float(order[one.first] > order[one.second])
        assert one.team not in [{"x": "red", "y": "blue"}.get(run) for run in (one.first, one.second)] or not one.team
    write_judgements(tmp_path / "c.csv", ratings, choices)
    assert sorted(map(str, read_judgements([tmp_path / "c.csv"]).choices)) == sorted(map(str, choices))


def test_what_is_taken_back_is_no_answer_and_torn_lines_are_none(tmp_path: Path) -> None:
    study = made(tmp_path / "s")
    one, two = plan(study)["c"][:2]
    write_answer(tmp_path / "s", "c", one.key, "4")
    write_answer(tmp_path / "s", "c", two.key, "2")
    write_answer(tmp_path / "s", "c", one.key, "5")
    assert read_answers(tmp_path / "s", "c") == {two.key: "2", one.key: "5"}
    write_answer(tmp_path / "s", "c", one.key, None)
    assert read_answers(tmp_path / "s", "c") == {two.key: "2"}
    path = tmp_path / "s" / "answers" / "c.jsonl"
    with path.open("ab") as file:
        file.write(json.dumps({"item": one.key, "value": "1"}).encode()[:-4])  # a power cut
    assert read_answers(tmp_path / "s", "c") == {two.key: "2"}
    write_answer(tmp_path / "s", "c", one.key, "3")
    assert read_answers(tmp_path / "s", "c") == {two.key: "2", one.key: "3"}
    for nonsense in (b"[]\n", b'"x"\n', b"{}\n", b'{"item": [], "value": 3}\n', b"\xff\n"):
        with path.open("ab") as file:
            file.write(nonsense)
    assert read_answers(tmp_path / "s", "c") == {two.key: "2", one.key: "3"}


def test_an_answer_that_no_button_gives_does_not_count(tmp_path: Path) -> None:
    study = made(tmp_path / "s")
    write_answer(tmp_path / "s", "c", plan(study)["c"][0].key, "11")
    write_answer(tmp_path / "s", "c", "no such question", "3")
    assert read_study_answers(tmp_path / "s") == ([], [])


def test_articles_that_cannot_be_compared_are_left_out_and_said(tmp_path: Path) -> None:
    def broken() -> bytes:
        return b"no picture"

    entries = three_runs(x={**pictures(0, ARTICLES[1:]), "3": broken})
    stories = {article: story for article, story in STORIES.items() if article != "4"}
    study, notes = set_up(tmp_path / "s", entries, stories, RATERS, Wanted())
    assert {story.id for story in study.stories} == set(ARTICLES) - {"0", "3", "4"}
    assert notes == [
        "1 articles are left out: not every run has a picture for them",
        "1 articles are left out: no headline is known",
        "1 articles are left out: a picture cannot be read",
    ]
    study, _ = set_up(tmp_path / "t", three_runs(), STORIES, RATERS, Wanted(count=5, seed=2))
    assert len(study.stories) == 5
    assert {len(entry.pictures) for entry in study.entries} == {5}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"raters": ()}, "nobody is named to rate"),
        ({"raters": (RATERS[0], replace(RATERS[0], id="z"))}, "2 raters are called 'Ada'"),
        ({"entries": [*three_runs(), three_runs()[0]]}, "2 runs are called 'x'"),
        ({"wanted": Wanted(kind="stars")}, "no study is of the kind 'stars'"),
        ({"entries": three_runs()[:1], "wanted": Wanted(kind=PAIRS)}, "choices need two runs"),
        ({"entries": three_runs()[:1], "raters": RATERS[:1]}, "nothing is left for Ada to rate"),
    ],
)
def test_studies_that_make_no_sense(tmp_path: Path, changed: dict[str, object], message: str) -> None:
    given = {"entries": three_runs(), "stories": STORIES, "raters": RATERS, "wanted": Wanted()} | changed
    with pytest.raises(InputError, match=message):
        set_up(tmp_path / "s", *given.values())  # type: ignore[arg-type]
    assert not (tmp_path / "s").exists()


def test_runs_that_agree_on_everything(tmp_path: Path) -> None:
    entries = [TakingPart(run=run, pictures=pictures(0)) for run in ("x", "y")]
    with pytest.raises(NothingFound, match="all runs agree"):
        set_up(tmp_path / "s", entries, STORIES, RATERS, Wanted(kind=PAIRS))


def test_links_open_one_sheet_each_and_cannot_be_made_up(tmp_path: Path) -> None:
    made(tmp_path / "s")
    made(tmp_path / "t")
    tokens = [token_of(tmp_path / "s", rater.id) for rater in RATERS]
    assert [rater_of(tmp_path / "s", token) for token in tokens] == list(RATERS)
    assert len({*tokens, *(token_of(tmp_path / "t", rater.id) for rater in RATERS)}) == 6
    for wrong in ("", "a", tokens[0][:-1], tokens[0].swapcase(), "ä" * 24, token_of(tmp_path / "t", "a")):
        assert rater_of(tmp_path / "s", wrong) is None
    assert (tmp_path / "s" / "secret").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"raters": [{"id": "../x", "name": "x", "team": ""}]},
        {"entries": [{"run": "x", "pictures": {"1": "../../secret"}}]},
        {"kind": "stars"},
        {"format": 2},
        {"surprise": 1},
    ],
)
def test_a_study_that_was_tampered_with_is_not_opened(tmp_path: Path, changed: dict[str, object]) -> None:
    made(tmp_path / "s")
    path = tmp_path / "s" / "study.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    with pytest.raises(InputError, match="is damaged"):
        read_study(tmp_path / "s")


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="there is something in"):
        made(tmp_path / "s")
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["mine.txt"]
    with pytest.raises(InputError, match="there is no study"):
        read_study(tmp_path / "nowhere")


def test_answers_as_a_table_open_in_a_spreadsheet(tmp_path: Path) -> None:
    made(tmp_path / "s")
    answer_all(tmp_path / "s", lambda _rater, _item: "3")
    ratings, choices = read_study_answers(tmp_path / "s")
    assert write_judgements(tmp_path / "r.csv", ratings, choices) == len(ratings)
    with (tmp_path / "r.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["value"] for row in rows} == {"3"}
    assert len(rows) == len(ratings)
