"""From choices between two to one scale: the model of Bradley and Terry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from picdesk.evaluate.ratings.choice import Choice

_STEPS = 10_000
_CLOSE = 1e-10


@dataclass(frozen=True, slots=True)
class Strength:
    """A run on the scale.

    Attributes:
        run: the run.
        score: the logarithm of its strength; the mean over runs is 0. It beats another with the chance
            1 / (1 + exp(other score - score)).
        wins: choices won, ties counting half.
        choices: choices it took part in.
    """

    run: str
    score: float
    wins: float
    choices: int


def bradley_terry(choices: Sequence[Choice], *, prior: float = 0.0) -> tuple[Strength, ...]:
    """The strengths under which the choices are likeliest, best first, equal ones by name.

    Bradley & Terry: Rank Analysis of Incomplete Block Designs (Biometrika 1952), by the iteration of Hunter: MM
    Algorithms for Generalized Bradley-Terry Models (Annals of Statistics 2004). A tie is half a win for each.

    Args:
        choices: at least one.
        prior: wins that every run is given against every other beforehand; over 0 there is always an answer, drawn
            towards equality.

    Raises:
        InputError: there are no choices, or no finite answer: some runs never lost to the others (Ford 1957).
    """
    runs = sorted({run for choice in choices for run in (choice.first, choice.second)})
    if not runs:
        raise InputError("there are no choices between two", "A choice has the columns first, second and winner.")
    place = {run: number for number, run in enumerate(runs)}
    wins = np.zeros((len(runs), len(runs)))
    for choice in choices:
        first, second = place[choice.first], place[choice.second]
        wins[first, second] += choice.share
        wins[second, first] += 1 - choice.share
    played = (wins + wins.T).sum(axis=1)
    unbeaten = _unbeaten(wins + prior * (1 - np.eye(len(runs))))
    if unbeaten:
        raise InputError(
            f"no finite scores: no other run ever won against {', '.join(runs[number] for number in unbeaten)}",
            "Collect more choices, or give every run a part of a win beforehand (prior, for example 0.1).",
        )
    scores = _fit(wins + prior * (1 - np.eye(len(runs))))
    found = [Strength(run, float(scores[n]), float(wins[n].sum()), round(played[n])) for n, run in enumerate(runs)]
    return tuple(sorted(found, key=lambda strength: (-strength.score, strength.run)))


def _unbeaten(wins: NDArray[np.float64]) -> list[int]:
    """Runs that nobody outside of them ever beat; empty where every run can be reached from every other by wins."""
    reach = (wins > 0) | np.eye(len(wins), dtype=bool)
    for _ in range(len(wins)):
        further = (reach.astype(np.int64) @ reach.astype(np.int64)) > 0
        if np.array_equal(further, reach):
            break
        reach = further
    # reach[a, b]: a beats b, or one that beats b, and so on. A class that nobody reaches from outside is unbeaten.
    for number in range(len(wins)):
        together = reach[number] & reach[:, number]
        if not np.any(reach[:, number] & ~together) and not together.all():
            return [int(member) for member in np.flatnonzero(together)]
    return []


def _fit(wins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log strengths of mean 0."""
    met, won = wins + wins.T, wins.sum(axis=1)
    strengths = np.ones(len(wins))
    for _ in range(_STEPS):
        updated = won / (met / (strengths[:, None] + strengths[None, :])).sum(axis=1)
        updated /= np.exp(np.log(updated).mean())
        moved = np.abs(np.log(updated) - np.log(strengths)).max()
        strengths = updated
        if moved < _CLOSE:
            break
    return np.asarray(np.log(strengths), dtype=np.float64)
