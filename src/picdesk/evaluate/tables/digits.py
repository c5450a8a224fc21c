"""How many digits a figure is shown with: one column, one form."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from picdesk.evaluate.compare import Comparison


def digits(comparison: Comparison) -> Mapping[str, int]:
    """Measure -> digits behind the point: four for shares, none or one for ranks and counts."""
    groups = [comparison.overall, *(one for sliced in comparison.slices for one in sliced.groups)]
    shown = {}
    for number, measure in enumerate(comparison.measures):
        figures = [means[number] for one in groups for means in one.means]
        if max(figures) <= 1:
            shown[measure] = 4
        else:
            shown[measure] = 0 if all(figure.is_integer() for figure in figures) else 1
    return shown


def number_text(value: float, places: int) -> str:
    """A figure; what is infinite is called so.

    >>> number_text(0.25, 4), number_text(4370.0, 0), number_text(float("inf"), 1)
    ('0.2500', '4,370', 'infinite')
    """
    return "infinite" if value in {float("inf"), float("-inf")} else f"{value:,.{places}f}"


def signed(value: float, places: int) -> str:
    """A difference, with its sign; what would be shown as 0 has none.

    >>> signed(0.0686, 4), signed(-0.00001, 4), signed(float("-inf"), 1)
    ('+0.0686', '0.0000', '-infinite')
    """
    shown = number_text(abs(value), places)
    if value == 0 or not any(letter in shown for letter in "123456789e"):
        return shown
    return f"{'+' if value > 0 else '-'}{shown}"


def percent(share: float) -> str:
    """A level as people say it.

    >>> percent(0.95), percent(0.995)
    ('95 %', '99.5 %')
    """
    return f"{100 * share:.4g} %"
