"""Which share of the fine-tuned model is best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError
from picdesk.train.blend.average import average, interpolate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch

    from picdesk.train.blend.judge import Judge

    Weights = Mapping[str, torch.Tensor]

MOST = 1001


@dataclass(frozen=True, slots=True)
class Point:
    """Weights that were measured.

    Attributes:
        alpha: share of the second model.
        values: the measure on each data set.
    """

    alpha: float
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Of the data sets."""
        return float(np.mean(self.values))


def parse_sweep(text: str) -> tuple[float, ...]:
    """Alphas from ``FIRST:LAST:STEP``, both ends included.

    Raises:
        InputError: it is not written like this, or leaves 0 to 1.

    >>> parse_sweep("0:1:0.25")
    (0.0, 0.25, 0.5, 0.75, 1.0)
    """
    hint = "Write it as FIRST:LAST:STEP between 0 and 1, for example 0:1:0.1."
    try:
        first, last, step = map(float, text.split(":"))
    except ValueError:
        raise InputError(f"{text!r} is no sweep of alphas", hint) from None
    if not 0 <= first <= last <= 1 or not step > 0 or (last - first) / step > MOST:
        raise InputError(f"{text!r} is no sweep of alphas from 0 to 1", hint)
    # Counted and not added up, so that 0.1 three times is the 0.3 that people write.
    alphas = [round(first + number * step, 12) for number in range(int((last - first) / step + 1e-9) + 1)]
    return tuple(alphas if alphas[-1] == last else [*alphas, last])


def sweep(
    first: Weights,
    second: Weights,
    alphas: Sequence[float],
    judge: Judge,
    seen: Callable[[int, int], None] = lambda _done, _all: None,
) -> tuple[Point, ...]:
    """Measure the models between two, one alpha after the other.

    Args:
        first: the model as it came.
        second: its fine-tuning.
        alphas: from 0 to 1.
        judge: what measures.
        seen: called with alphas done so far, and all.
    """
    points = []
    for number, alpha in enumerate(alphas, start=1):
        points.append(Point(alpha, judge(interpolate(first, second, alpha))))
        seen(number, len(alphas))
    return tuple(points)


def best_point(points: Sequence[Point], *, less_is_better: bool = False) -> Point:
    """The point with the best mean; of equal ones the one nearest to the first model, which knows more of the world."""
    sign = -1 if less_is_better else 1
    return max(points, key=lambda point: (sign * point.mean, -point.alpha))


@dataclass(frozen=True, slots=True)
class Soup:
    """What went into a soup.

    Attributes:
        weights: the mean of those that went in.
        taken: numbers of the models that did, best first.
        alone: the mean measure of each model by itself.
        value: the mean measure of the soup.
    """

    weights: Mapping[str, torch.Tensor]
    taken: tuple[int, ...]
    alone: tuple[float, ...]
    value: float


def greedy_soup(every: Sequence[Weights], judge: Judge) -> Soup:
    """Take the best model, then each further one, best first, that does not make the soup worse.

    Recipe 1 of Wortsman et al. 2022, *Model soups*.

    Args:
        every: the models.
        judge: what measures, on pairs that none was trained on.
    """
    sign = -1 if judge.measure.less_is_better else 1
    alone = tuple(float(np.mean(judge(weights))) for weights in every)
    order = sorted(range(len(every)), key=lambda number: (-sign * alone[number], number))
    taken, value = [order[0]], alone[order[0]]
    for number in order[1:]:
        tried = float(np.mean(judge(average([every[each] for each in (*taken, number)]))))
        if sign * tried >= sign * value:
            taken.append(number)
            value = tried
    return Soup(average([every[number] for number in taken]), tuple(taken), alone, value)
