"""What was used, and when: the filter against a loop over every use, and the warning that hits carry."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from picdesk import Article, open_archive
from picdesk.api import Archive
from picdesk.archive.store import Store
from picdesk.errors import FilterError
from picdesk.search.filters.parse import check_filter, filter_sql
from tests.command_line import picdesk
from tests.drawn.scenes import fill_folder

STORY = Article(headline="Fire in Kansas City")
NOW = dt.datetime.now(dt.UTC)
MOMENTS = [
    *("2025-12-31T23:59:59", "2026-01-01T00:00:00", "2026-02-28T12:00:00", "2026-03-01T00:00:00"),
    *("2026-03-31T23:59:59.999999", "2024-02-29T00:00:00"),
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Twenty photos, used at random: on the edges of days, months and years, and some days ago."""
    folder = tmp_path_factory.mktemp("used")
    fill_folder(folder / "photos", 20)
    archive = open_archive(folder / "archive")
    archive.add(folder / "photos")
    chance = random.Random(4)
    moments = [dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC) for text in MOMENTS]
    moments += [NOW - dt.timedelta(days=days, hours=1) for days in (0, 6, 29, 31, 400)]
    for number in range(12):
        for when in chance.sample(moments, chance.randint(1, 3)):
            archive.use(f"scene-{number:04d}", STORY, when=when)
    archive.undo(archive.use("scene-0019", STORY).id)
    return archive


def moments_of(archive: Archive) -> dict[str, list[dt.datetime]]:
    found: dict[str, list[dt.datetime]] = {photo.id: [] for photo in Store.open(archive.path).photos_where("true")}
    for use in archive.uses():
        found[use.photo].append(use.when)
    return found


def meant(span: str) -> tuple[dt.datetime, dt.datetime]:
    first = dt.datetime.fromisoformat(f"{span}-01-01"[: max(10, len(span))]).replace(tzinfo=dt.UTC)
    if len(span) == 4:
        return first, first.replace(year=first.year + 1)
    if len(span) == 7:
        return first, (first + dt.timedelta(days=31)).replace(day=1)
    return first, first + dt.timedelta(days=1)


def holds(moments: list[dt.datetime], operator: str, span: str) -> bool:
    first, end = meant(span)
    inside = any(first <= when < end for when in moments)
    return {
        ":": inside,
        "=": inside,
        "!=": not inside,
        ">=": any(when >= first for when in moments),
        "<": any(when < first for when in moments),
        ">": any(when >= end for when in moments),
        "<=": any(when < end for when in moments),
    }[operator]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    operator=st.sampled_from([":", "=", "!=", ">=", "<", ">", "<="]),
    span=st.sampled_from(["2025", "2026", "2026-02", "2026-03", "2025-12-31", "2026-01-01", "2024-02-29", "2024-02"]),
    negated=st.booleans(),
)
def test_equals_the_obvious_loop(archive: Archive, operator: str, span: str, negated: bool) -> None:
    store = Store.open(archive.path)
    expression = f"{'not ' * negated}used{operator}{span} and width>=1"
    expected = {photo for photo, moments in moments_of(archive).items() if holds(moments, operator, span) != negated}
    found = store.photos_where(filter_sql(expression, store.uses.photos_used))
    assert {photo.id for photo in found} == expected


@pytest.mark.parametrize("days", [0, 1, 7, 30, 40, 500])
def test_lately(archive: Archive, days: int) -> None:
    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    lately = {photo for photo, moments in moments_of(archive).items() if any(when >= since for when in moments)}
    everyone = set(moments_of(archive))
    assert {hit.photo.id for hit in archive.search("scene", k=50, filter=f"used:{days}d")} == lately
    assert {hit.photo.id for hit in archive.search("scene", k=50, filter=f"not used:{days}d")} == everyone - lately
    assert {hit.photo.id for hit in archive.search("scene", k=50, not_used=days)} == everyone - lately
    run = archive.rank([Article(id="a", headline="scene")], not_used=days)
    assert {name for _, photos in run for name, _ in photos} <= {
        photo.name for photo in Store.open(archive.path).photos_where("true") if photo.id not in lately
    }


def test_weeks_and_ever(archive: Archive) -> None:
    four_weeks, days = (archive.search("scene", filter=f"used:{span}").searched for span in ("4w", "28d"))
    assert four_weeks == days
    used = {photo for photo, moments in moments_of(archive).items() if moments}
    assert archive.search("scene", filter="has:used").searched == len(used)
    assert archive.search("scene", filter="not has:used").searched == 20 - len(used)
    assert archive.search("scene", filter="used:99999d").searched == len(used)


def test_a_photo_is_out_as_soon_as_it_is_used(tmp_path: Path) -> None:
    fill_folder(tmp_path / "photos", 3)
    fresh = open_archive(tmp_path / "archive")
    fresh.add(tmp_path / "photos")
    other = open_archive(tmp_path / "archive")
    assert fresh.search("scene", not_used=30).searched == 3
    use = other.use("scene-0001", STORY)
    assert fresh.search("scene", not_used=30).searched == 2
    other.undo(use.id)
    assert fresh.search("scene", not_used=30).searched == 3


@pytest.mark.parametrize("text", ["used:soon", "used>30d", "used:30", "used", "used:2026-13", "used:-3d", "has:width"])
def test_what_cannot_be_read_is_shown_with_its_place(text: str) -> None:
    with pytest.raises(FilterError, match=r"at character \d+: .+\n.*\n *\^"):
        check_filter(text)


def test_a_filter_on_uses_asks_an_archive() -> None:
    check_filter("not used:30d and credit:AP")
    with pytest.raises(FilterError, match="no archive says it"):
        filter_sql("used:30d")


def test_a_hit_says_when_it_was_used(archive: Archive) -> None:
    hits = {hit.photo.id: hit for hit in archive.search("scene", k=50, duplicates=True)}
    assert len(hits) == 20
    for photo, moments in moments_of(archive).items():
        said = [warning for warning in hits[photo].warnings if warning.startswith("used on")]
        assert len(said) == bool(moments)
        if moments:
            last, before = max(moments), len(moments) - 1
            expected = f"used on {last.day} {last:%b %Y} for 'Fire in Kansas City'"
            more = {0: "", 1: " (and once before)"}.get(before, f" (and {before} times before)")
            assert said == [expected + more]


def test_a_copy_of_a_used_picture_warns_too(tmp_path: Path) -> None:
    from tests.drawn.scenes import draw_scene, jpeg_bytes

    (tmp_path / "photos").mkdir()
    for name, quality in (("one", 95), ("two", 60)):
        (tmp_path / f"photos/{name}.jpg").write_bytes(jpeg_bytes(draw_scene(3), quality=quality))
    archive = open_archive(tmp_path / "archive")
    archive.add(tmp_path / "photos")
    archive.use("two", STORY)
    (hit,) = archive.search("one")
    assert [photo.name for photo in (hit.photo, *hit.siblings)].count("two") == 1
    assert hit.warnings[-1].startswith("used on")


def test_the_command_line_leaves_out_what_was_used(archive: Archive) -> None:
    left = archive.search("scene", not_used=500).searched
    said = picdesk("search", archive.path, "scene", "--not-used", "500", "-k", "50", "--json")
    assert said.document["searched"] == left < 20
    assert picdesk("search", archive.path, "scene", "--not-used", "-1").code == 2
