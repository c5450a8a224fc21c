"""The curve of a sweep as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.evaluate.plots import COLOURS, MARKERS, require_matplotlib

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from picdesk.train.blend.sweep import Point

_CURVES = COLOURS[:-1]  # black is the mean's


def plot_sweep(points: Sequence[Point], best: Point, names: Sequence[str], measure: str, path: Path) -> None:
    """Draw a measure over alpha: a curve a data set, their mean where there are several, the chosen alpha.

    Args:
        points: as ``sweep`` gives them.
        best: the one that was chosen.
        names: of the data sets.
        measure: its name.
        path: picture to write; its ending says the format (``.png``, ``.svg``, ``.pdf``).

    Raises:
        ExtraMissing: matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib.figure import Figure  # without pyplot: no window, no global state

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    alphas = [point.alpha for point in points]
    for number, name in enumerate(names):
        look: dict[str, Any] = {"color": _CURVES[number % len(_CURVES)], "marker": MARKERS[number % len(_CURVES)]}
        axes.plot(alphas, [point.values[number] for point in points], label=f" {name}", markersize=4, **look)
    if len(names) > 1:
        axes.plot(alphas, [point.mean for point in points], color="#000000", linestyle="--", label="mean")
    axes.axvline(best.alpha, color="#999999", linewidth=0.8)
    axes.annotate(f"alpha {best.alpha:g}", (best.alpha, best.mean), textcoords="offset points", xytext=(5, -12))
    axes.set_xlabel("alpha: share of the second model")
    axes.set_ylabel(measure)
    axes.grid(color="#DDDDDD", linewidth=0.6)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=120)
