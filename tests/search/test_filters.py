"""Filters, against the obvious loop over every photo."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from picdesk import Archive, Photo, open_archive
from picdesk.errors import FilterError
from picdesk.search.filters import Filters
from tests.drawn.scenes import draw_scene, jpeg_bytes

RIGHTS = ["Editorial use only", "© Müller 2020, all rights reserved", "CC0", "100% free_to use", "don't use", None]
CREDITS = ["AP", "AP Photo/Jane O'Neill", "dpa", "Reuters", None]
DAYS = [None, "2019-12-31T23:59:59", "2020-01-01T00:00:00", "2020-01-01T12:00:00Z", "2021-06-15T23:30:00-05:00"]
SIZES = [(96, 64), (64, 96), (64, 64), (65, 64)]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    folder = tmp_path_factory.mktemp("filtered")
    rows = []
    for seed in range(60):
        name = f"{seed:02}.jpg"
        (folder / name).write_bytes(jpeg_bytes(draw_scene(seed, size=SIZES[seed % 4])))
        row = {
            "file": name,
            "caption": "a scene",
            "rights": RIGHTS[seed % 6],
            "credit": CREDITS[seed % 5],
            "usage_terms": RIGHTS[(seed // 6) % 6],
            "taken": DAYS[(seed // 2) % 5],
        }
        rows.append(json.dumps({name: value for name, value in row.items() if value}))
    (folder / "list.jsonl").write_text("\n".join(rows), encoding="utf-8")
    archive = open_archive(folder / "archive")
    assert archive.add(folder / "list.jsonl").kept == 60
    return archive


def passes(photo: Photo, chosen: Filters) -> bool:
    """The filters' meaning, in plain words."""
    said = [photo.rights, photo.usage_terms, photo.instructions]
    return all(
        [
            not chosen.rights or any(chosen.rights.lower() in text.lower() for text in said if text),
            not chosen.credit or (photo.credit is not None and chosen.credit.lower() in photo.credit.lower()),
            not chosen.after or (photo.taken is not None and photo.taken.astimezone(dt.UTC).date() >= chosen.after),
            not chosen.before or (photo.taken is not None and photo.taken.astimezone(dt.UTC).date() <= chosen.before),
            chosen.orientation != "landscape" or photo.width > photo.height,
            chosen.orientation != "portrait" or photo.width < photo.height,
            chosen.orientation != "square" or photo.width == photo.height,
        ]
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rights=st.sampled_from([None, "editorial", "müller", "%", "_", "'", "don't", "ALL RIGHTS", "nothing says this"]),
    credit=st.sampled_from([None, "ap", "O'Neill", "dpa", "x"]),
    after=st.sampled_from([None, dt.date(2020, 1, 1), dt.date(2021, 6, 16)]),
    before=st.sampled_from([None, dt.date(2021, 6, 16), dt.date(2021, 6, 17)]),
    orientation=st.sampled_from([None, "landscape", "portrait", "square"]),
)
def test_equals_the_obvious_loop(
    archive: Archive,
    rights: str | None,
    credit: str | None,
    after: dt.date | None,
    before: dt.date | None,
    orientation: str | None,
) -> None:
    chosen = Filters(rights=rights, credit=credit, after=after, before=before, orientation=orientation)
    everything = [hit.photo for hit in archive.search("scene", k=100)]
    assert len(everything) == 60
    expected = {photo.id for photo in everything if passes(photo, chosen)}
    answer = archive.search(
        "scene", k=100, rights=rights, credit=credit, after=after, before=before, orientation=orientation
    )
    assert {hit.photo.id for hit in answer} == expected
    assert answer.searched == len(expected)


def test_a_condition_of_ones_own(archive: Archive) -> None:
    wide = archive.search("scene", k=100, where="width > 64 AND height = 64")
    assert {(hit.photo.width, hit.photo.height) for hit in wide} == {(96, 64), (65, 64)}
    both = archive.search("scene", k=100, where="width = 96 OR width = 65", credit="dpa")
    assert both.searched == len(both)
    assert all(hit.photo.credit == "dpa" and hit.photo.width in (96, 65) for hit in both)


@pytest.mark.parametrize("condition", ["bogus = 3", "width >", "1; DROP TABLE photos", "width = 'x' OR (", "width"])
def test_a_condition_that_makes_no_sense_is_an_error(archive: Archive, condition: str) -> None:
    with pytest.raises(FilterError, match="the filter cannot be used"):
        archive.search("scene", where=condition)
    assert len(archive) == 60


def test_dates_that_exclude_each_other_and_unknown_orientations() -> None:
    with pytest.raises(FilterError, match="no day"):
        Filters(after=dt.date(2021, 1, 2), before=dt.date(2021, 1, 1)).sql()
    with pytest.raises(FilterError, match="landscape, portrait, square"):
        Filters(orientation="round").sql()
