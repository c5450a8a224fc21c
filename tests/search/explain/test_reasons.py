from __future__ import annotations

import datetime as dt

import pytest

from picdesk.records import Hit, Name, Query
from picdesk.search.explain.parts import Part
from picdesk.search.explain.reasons import reasons_of, shares
from tests.search.photos import photo


def test_shares_are_one_together_and_what_speaks_against_has_none() -> None:
    assert shares({}) == {}
    assert shares({"a": 0.0, "b": 0.0}) == {"a": 0.0, "b": 0.0}
    found = shares({"a": 1.5, "b": -0.5, "c": 0.5})
    assert found == {"a": 0.75, "c": 0.25, "b": 0.0}
    assert list(found) == ["a", "c", "b"]
    assert sum(shares({"x": 1 / 61, "y": 1 / 70, "z": 1 / 999}).values()) == pytest.approx(1)


def test_everything_that_speaks_for_a_photo() -> None:
    shown = photo("x", caption="Fire in Kansas City", taken=dt.datetime(2024, 5, 3, tzinfo=dt.UTC))
    hit = Hit(rank=1, photo=shown, score=0.03, signals={"words": 7.1, "clip": None}, matched=("fire", "Kansas", "City"))
    query = Query(words="fire", names=(Name(text="Kansas City", kind="place"),), date=dt.date(2024, 5, 1))
    why = reasons_of(query, hit, {"words": 0.03, "clip": 0.0}, {"clip": (Part("a fire", 0.041),)})
    assert [reason.kind for reason in why] == ["signal", "signal", "words", "names", "text", "date"]
    assert [reason.said for reason in why] == [
        "words 7.100: 100 % of the score",
        "clip silent: 0 % of the score",
        "says fire, Kansas, City",
        "names Kansas City",
        "“a fire” speaks for it (+0.041 in clip)",
        "taken 2 days after the event",
    ]
    assert why[0].share == 1.0
    assert why[4].about == ("a fire",)
    assert why[5].days == 2
    assert Hit(rank=1, photo=shown, score=1, signals={}, why=why).reasons == tuple(reason.said for reason in why)
    assert reasons_of(Query(), Hit(rank=1, photo=photo("y"), score=1, signals={}), {}) == ()
