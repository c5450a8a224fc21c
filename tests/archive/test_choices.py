"""Choices and uses: a log to which rows are only added, and which holds whatever else happens to the archive."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from picdesk import Article, open_archive
from picdesk.api import Archive
from picdesk.archive.choices import Choice, standing, story_id
from picdesk.archive.choices_file import read_choices, to_csv, to_jsonl
from picdesk.archive.log import TIDY_EVERY
from picdesk.archive.store import Store
from picdesk.errors import ArchiveDamaged, InputError, NothingFound
from tests.command_line import ENVIRONMENT, ROOT, picdesk

FIRE, FLOOD = Article(id="a1", headline="Fire in Kansas City"), Article(headline="Flood in Lima", lead="It rained.")


@pytest.fixture
def archive(photos: Path, tmp_path: Path) -> Archive:
    archive = open_archive(tmp_path / "archive")
    archive.add(photos)
    return archive


def names(archive: Archive) -> list[str]:
    return [photo.name for photo in Store.open(archive.path).photos_where("true")]


def test_an_archive_without_a_log_is_an_archive(archive: Archive) -> None:
    assert archive.choices() == []
    assert archive.uses() == []
    assert archive.verify() == []
    assert not (archive.path / "choices.lance").exists()
    assert (archive.info().choices, archive.info().uses) == (0, 0)


def test_a_choice_says_what_was_known(archive: Archive) -> None:
    story = Article(headline="Fire", lead="It burns.", url="https://a.example/1", published=dt.date(2026, 11, 2))
    made = archive.choose(
        "scene-0001",
        story,
        "rejected",
        who="ann",
        rank=3,
        signals={"words": 1.5, "clip": None},
        confidence=0.4,
        query="q",
    )
    (kept,) = open_archive(archive.path).choices()
    assert kept == made
    assert kept.photo == archive.photo("scene-0001").id
    assert (kept.article, kept.url, kept.lead, kept.published) == (story.url, story.url, "It burns.", story.published)
    assert (kept.rank, kept.signals, kept.confidence) == (3, {"words": 1.5, "clip": None}, 0.4)
    assert kept.when.tzinfo is not None
    assert abs(kept.when - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


def test_what_holds_and_what_is_taken_back(archive: Archive) -> None:
    first = archive.choose("scene-0001", FIRE, who="ann")
    assert archive.choose("scene-0001", FIRE, who="ann").id == first.id
    archive.choose("scene-0001", FIRE, "rejected", who="bob")
    second = archive.choose("scene-0001", FIRE, "rejected", who="ann")
    archive.choose("scene-0002", FLOOD, who="ann")
    assert [choice.verdict for choice in archive.choices(article="a1", who="ann")] == ["rejected"]
    assert archive.undo(second.id) == second
    assert [choice.id for choice in archive.choices(article="a1", who="ann")] == [first.id]
    with pytest.raises(NothingFound, match="take back"):
        archive.undo(second.id)
    with pytest.raises(NothingFound, match="take back"):
        archive.undo("0" * 32)
    assert [choice.verdict for choice in archive.choices(history=True)] == [
        *("picked", "rejected", "rejected", "picked", "undone")
    ]
    assert archive.choices(article=story_id(FLOOD))[0].headline == "Flood in Lima"


def test_what_makes_no_sense_is_refused(archive: Archive) -> None:
    with pytest.raises(InputError, match="no verdict 'maybe'"):
        archive.choose("scene-0001", FIRE, "maybe")
    with pytest.raises(InputError, match="no words"):
        archive.choose("scene-0001", Article(id="x", headline=" "))
    with pytest.raises(NothingFound, match="no photo"):
        archive.choose("scene-9999", FIRE)
    with pytest.raises(InputError, match="no part of a photo"):
        archive.use("scene-0001", FIRE, box=(0.5, 0, 0.4, 1))
    assert archive.choices(history=True) == []


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob"]),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["p", "q"]),
        st.sampled_from(["picked", "rejected", "undo"]),
    ),
    max_size=25,
)


@given(entries=ENTRIES)
def test_what_holds_equals_a_stack_of_decisions(entries: list[tuple[str, str, str, str]]) -> None:
    """Of each person, story and photo the decisions are a stack; taking one back takes the top away."""
    rows: list[Choice] = []
    stacks: dict[tuple[str, str, str], list[Choice]] = {}
    when = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for number, (who, article, photo, verdict) in enumerate(entries):
        stack = stacks.setdefault((who, article, photo), [])
        undoes = stack.pop().id if verdict == "undo" and stack else ""
        if verdict == "undo" and not undoes:
            continue
        row = Choice(
            id=str(number),
            when=when + dt.timedelta(seconds=number),
            verdict="undone" if undoes else verdict,
            article=article,
            headline="h",
            photo=photo,
            who=who,
            undoes=undoes,
        )
        rows.append(row)
        if not undoes:
            stack.append(row)
    tops = sorted((stack[-1] for stack in stacks.values() if stack), key=lambda choice: choice.when)
    assert standing(rows) == tops


def test_uses_are_said_in_words(archive: Archive) -> None:
    when = dt.datetime(2026, 11, 2, 23, 30, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
    use = archive.use(
        "scene-0001", FIRE, when=when, outlet="front page", slot="1:1", box=(0, 0, 0.5, 1), size=(160, 240)
    )
    assert use.said() == "used on 3 Nov 2026 for 'Fire in Kansas City' (front page)"
    assert archive.uses("scene-0001") == archive.uses() == [use]
    assert archive.uses("scene-0002") == []
    assert use.box == (0, 0, 0.5, 1)
    archive.undo(use.id)
    assert archive.uses() == []
    assert len(Store.open(archive.path).uses.every()) == 2


def test_a_removed_photo_leaves_answers_and_stays_in_the_log(archive: Archive) -> None:
    archive.choose("scene-0001", FIRE)
    archive.use("scene-0001", FIRE)
    archive.remove("scene-0001")
    assert [choice.name for choice in archive.choices()] == ["scene-0001"]
    assert [use.name for use in archive.uses()] == ["scene-0001"]
    assert archive.verify() == []
    assert archive.search("scene 0001", filter="has:used", k=50).searched == 0


def test_compacting_keeps_the_log_and_makes_it_small(archive: Archive) -> None:
    for number in range(TIDY_EVERY + 5):
        archive.use(f"scene-{number % 12:04d}", FIRE)
    before = archive.uses()
    archive.choose("scene-0001", FIRE)
    archive.compact()
    fragments = Store.open(archive.path).uses.log._table.stats()["fragment_stats"]["num_fragments"]
    assert fragments == 1
    again = open_archive(archive.path)
    assert again.uses() == before
    assert (again.info().choices, again.info().uses) == (1, len(before))
    assert "choices" in picdesk("info", archive.path).out
    assert again.verify() == []


WRITER = """
import sys
from picdesk import Article, open_archive
archive = open_archive(sys.argv[1])
for number in range(int(sys.argv[3])):
    archive.choose(f"scene-{number:04d}", Article(id=f"{sys.argv[2]}-{number}", headline="Fire"), who=sys.argv[2])
"""


def test_writers_do_not_lose_each_others_rows(archive: Archive) -> None:
    """Processes that begin at once, when there is no table yet, and one that is killed in between."""
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, archive.path, name, "12"], cwd=ROOT, env=ENVIRONMENT)
        for name in ("ann", "bob")
    ]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    found = open_archive(archive.path).choices()
    assert sorted((choice.who, choice.name) for choice in found) == sorted(
        (who, f"scene-{number:04d}") for who in ("ann", "bob") for number in range(12)
    )
    killed = subprocess.Popen([sys.executable, "-c", WRITER, archive.path, "max", "100"], cwd=ROOT, env=ENVIRONMENT)
    while not archive.choices(who="max") and killed.poll() is None:
        pass
    killed.kill()
    killed.wait(10)
    kept = len(archive.choices())
    assert kept > len(found)
    archive.choose("scene-0001", FIRE, who="last")
    assert len(open_archive(archive.path).choices()) == kept + 1
    assert archive.verify() == []


def test_a_table_that_was_never_finished_is_made_again(archive: Archive) -> None:
    (archive.path / "uses.lance/data").mkdir(parents=True)
    (archive.path / "uses.lance/data/left.lance").write_bytes(b"torn")
    assert archive.uses() == []
    archive.use("scene-0001", FIRE)
    assert len(open_archive(archive.path).uses()) == 1


def test_broken_rows_are_named(archive: Archive) -> None:
    archive.choose("scene-0001", FIRE)
    log = Store.open(archive.path).choices.log
    (row,) = log.rows()
    log.append([dict(row), {**row, "id": "b", "verdict": "undone", "undoes": "gone"}])
    problems = archive.verify()
    assert [(problem.promise, problem.item) for problem in problems] == [("choices", row["id"]), ("choices", "b")]
    assert "2 rows" in problems[0].what
    for file in (archive.path / "choices.lance/data").iterdir():
        file.write_bytes(b"torn")
    with pytest.raises(ArchiveDamaged, match="choices"):
        open_archive(archive.path).choices()
    assert [problem.promise for problem in open_archive(archive.path).verify()] == ["choices"]
    assert len(archive.search("scene")) > 0


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=30) | st.sampled_from(
    ["=1+1", "'=1", "''-x", "+49", "-5", "@cmd", "\t=x", 'say "yes", now', "line\nline", "", "'", "=", "北京"]
)
SIGNALS = st.dictionaries(TEXTS, st.none() | st.floats(allow_nan=False, allow_infinity=False), max_size=3)
CHOICES = st.builds(
    Choice,
    id=st.text("0123456789abcdef", min_size=32, max_size=32),
    when=st.integers(0, 2**52).map(
        lambda past: dt.datetime(1980, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=past)
    ),
    verdict=st.sampled_from(["picked", "rejected", "undone"]),
    article=TEXTS,
    headline=TEXTS,
    lead=TEXTS,
    photo=st.text("0123456789abcdef", min_size=64, max_size=64),
    who=TEXTS,
    url=TEXTS,
    published=st.none() | st.dates(),
    name=TEXTS,
    rank=st.none() | st.integers(1, 2**31 - 1),
    signals=SIGNALS,
    confidence=st.none() | st.floats(0, 1),
    query=TEXTS,
    reading=TEXTS,
    desk=TEXTS,
    undoes=TEXTS,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(choices=st.lists(CHOICES, min_size=1, max_size=4))
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_file_gives_back_what_was_written(tmp_path: Path, ending: str, choices: list[Choice]) -> None:
    path = tmp_path / f"choices.{ending}"
    text = to_csv(choices) if ending == "csv" else to_jsonl(choices)
    path.write_text(text, encoding="utf-8", newline="")
    assert read_choices(path) == choices


def test_no_cell_of_a_spreadsheet_is_a_formula(archive: Archive) -> None:
    import csv
    import io

    archive.choose("scene-0001", Article(id="@sum(1)", headline='=HYPERLINK("https://evil.example")', lead="-2+3"))
    (row,) = csv.DictReader(io.StringIO(to_csv(archive.choices())))
    assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert row["headline"].startswith("'=")


def test_the_command_line_exports_and_imports(archive: Archive, photos: Path, tmp_path: Path) -> None:
    empty = picdesk("choices", "export", archive.path)
    assert (empty.code, empty.out) == (1, "")
    archive.choose("scene-0001", FIRE, who="ann", signals={"words": 2.5})
    archive.undo(archive.choose("scene-0002", FIRE, "rejected", who="ann").id)
    out = tmp_path / "choices.csv"
    said = picdesk("choices", "export", archive.path, "-o", out)
    assert said.out.startswith("1 picked and 0 rejected for 1 stories: ")
    assert picdesk("choices", "export", archive.path).out.splitlines() == out.read_text().splitlines()
    assert picdesk("choices", "export", archive.path, "--json").document["choices"][0]["signals"] == {"words": 2.5}
    history = tmp_path / "all.jsonl"
    assert picdesk("choices", "export", archive.path, "--history", "-o", history, "-q").out == ""

    other = open_archive(tmp_path / "other")
    (photos / "scene-0001.jpg").unlink()
    other.add(photos)
    said = picdesk("choices", "import", other.path, history, "--json")
    assert said.document == {"read": 3, "new": 3, "photos_not_here": 1}
    assert picdesk("choices", "import", other.path, history).out == "0 new of 3\n"
    assert other.choices(history=True) == archive.choices(history=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "no list of choices"),
        ("id,when,verdict,article,photo\nx,yesterday,picked,a,b\n", "line 2"),
        ("id,when,verdict,article,photo\nx,2026-01-01,maybe,a," + "0" * 64 + "\n", "no verdict"),
        ("id,when,verdict,article,photo\nx,2026-01-01,picked,a,../../etc\n", "no photo's id|no id"),
    ],
)
def test_a_file_that_is_none_is_refused_whole(archive: Archive, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "c.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        archive.import_choices(tmp_path / "c.csv")
    assert archive.choices() == []
