from __future__ import annotations

from picdesk.records import Name, Query
from picdesk.search.explain.names import names_met, same_person
from tests.search.photos import photo


def query(*names: str) -> Query:
    return Query(names=tuple(Name(text=name) for name in names))


def test_whole_names_in_one_field() -> None:
    shown = photo(
        "x", caption="The mayor of Zürich opens a bridge", people=("Corine Mauch",), keywords=("Kansas", "City")
    )
    assert names_met(query("Zurich", "corine mauch", "Mauch"), shown) == ("Zurich", "corine mauch", "Mauch")
    assert names_met(query("Kansas City", "Zur", "bridge of Zürich", "", "..."), shown) == ()
    assert names_met(query("Zurich", "Zurich"), shown) == ("Zurich",)
    assert names_met(Query(), shown) == ()


def test_who_can_be_one_person() -> None:
    assert same_person("Merkel", "Angela Merkel")
    assert same_person("Angela D. Merkel", "angela merkel")
    assert not same_person("Angela Merkel", "Angela Davis")
    assert not same_person("", "Angela Davis")
    assert not same_person("Merkel Angela", "Angela Dorothea Merkel"), "the order counts"
