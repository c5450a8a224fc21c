"""The ratings of one run as a table of items and raters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from picdesk.records import Rating


@dataclass(frozen=True, slots=True, eq=False)
class RatingTable:
    """Who gave what to which item.

    Attributes:
        items: articles, in the order in which they were met.
        raters: raters, likewise.
        teams: teams, likewise.
        values: ``(items, raters)`` float64; ``nan`` where not rated.
        members: ``(raters, teams)`` bool; one team a rater.
    """

    items: tuple[str, ...]
    raters: tuple[str, ...]
    teams: tuple[str, ...]
    values: NDArray[np.float64]
    members: NDArray[np.bool_]


def table_of(ratings: Iterable[Rating]) -> RatingTable:
    """Put ratings into a table; own ratings are left out.

    A rater is a person in a team: one name in two teams is two rows.
    """
    counted = [rating for rating in ratings if not rating.own]
    items = {item: place for place, item in enumerate(dict.fromkeys(rating.article for rating in counted))}
    people = dict.fromkeys((rating.team, rating.rater) for rating in counted)
    raters = {person: place for place, person in enumerate(people)}
    teams = {team: place for place, team in enumerate(dict.fromkeys(team for team, _ in people))}
    values = np.full((len(items), len(raters)), np.nan)
    for rating in counted:
        values[items[rating.article], raters[rating.team, rating.rater]] = rating.value
    members = np.zeros((len(raters), len(teams)), dtype=bool)
    members[np.arange(len(raters)), [teams[team] for team, _ in people]] = True
    return RatingTable(tuple(items), tuple(rater for _, rater in people), tuple(teams), values, members)
