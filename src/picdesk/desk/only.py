"""Facets: what photos are told apart by in the margin of an answer, and the filter that each value stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import FilterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

NOT_SAID = ""
"""The value of a photo that does not say."""


@dataclass(frozen=True, slots=True)
class FacetKind:
    """One thing that photos are told apart by.

    Attributes:
        name: in filters and documents.
        label: for people.
        condition: of a value, as `picdesk.search.filters` reads it.
    """

    name: str
    label: str
    condition: Callable[[str], str]


def quoted(text: str) -> str:
    """A value of a filter.

    >>> quoted('Miller "Duke" Ellington')
    '"Miller ""Duke"" Ellington"'
    """
    return '"' + text.replace('"', '""') + '"'


def _exactly(field: str) -> Callable[[str], str]:
    return lambda value: f"{field}={quoted(value)}" if value else f"not has:{field}"


def _rights(value: str) -> str:
    known = {
        "editorial": "rights:editorial",
        "other": "has:rights and not rights:editorial",
        NOT_SAID: "not has:rights",
    }
    return known[value]


def _year(value: str) -> str:
    return f"taken:{int(value):04d}" if value else "not has:taken"


KINDS: Mapping[str, FacetKind] = {
    kind.name: kind
    for kind in (
        FacetKind("rights", "Rights", _rights),
        FacetKind("credit", "Credit", _exactly("credit")),
        FacetKind("year", "Year", _year),
        FacetKind(
            "orientation",
            "Shape",
            lambda value: {"landscape": "landscape", "portrait": "portrait", "square": "square"}[value],
        ),
        FacetKind("place", "Place", _exactly("place")),
        FacetKind("people", "People", _exactly("people")),
        FacetKind("origin", "Made by", {"ai": "ai", NOT_SAID: "not ai"}.__getitem__),
    )
}
"""Every facet by its name, in the order in which they are shown."""


def only_filter(only: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """A condition for each facet of which values were chosen: one of them must hold.

    Raises:
        FilterError: no such facet, or no such value.
    """
    for name, values in only.items():
        kind = KINDS.get(name)
        if kind is None:
            raise FilterError(f"no facet is called {name!r}", f"There are: {', '.join(KINDS)}.")
        try:
            conditions = [f"({kind.condition(value)})" for value in values]
        except (KeyError, ValueError):
            raise FilterError(f"{name} takes no value {values!r}", "Take one that /api/v1/facets names.") from None
        if conditions:
            yield " or ".join(conditions)
