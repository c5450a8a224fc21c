from dataclasses import fields

from picdesk.search.filters import Filters
from picdesk.search.filters.options import FilterOptions


def test_every_filter_can_be_named_in_a_call() -> None:
    assert list(FilterOptions.__annotations__) == [field.name for field in fields(Filters)]
    assert {field.name: field.type for field in fields(Filters)} == {
        name: kind.__forward_arg__ for name, kind in FilterOptions.__annotations__.items()
    }
