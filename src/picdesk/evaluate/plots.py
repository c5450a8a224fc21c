"""Drawn comparisons: recall curves with their bands, and each article's rank in one run over its rank in another.

Matplotlib draws without a display and without its global state. Colours are those of Okabe & Ito, which people with
any colour vision tell apart; curves differ in their markers too.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.errors import ExtraMissing
from picdesk.evaluate.curves import PLACES, recall_curves
from picdesk.evaluate.tables.digits import percent
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from picdesk.evaluate.compare import Comparison
    from picdesk.evaluate.rank_change import RankChange

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "osD^vPX"
MOST_PAIRS = 5
"""Pairs of runs that get a panel of their own; the figure says how many were left out."""

_STYLE = {
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#555555",
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "legend.frameon": False,
    "svg.hashsalt": "picdesk",
    "text.parse_math": False,  # a run called a$b$c is no formula
}


def draw(comparison: Comparison, format: str = "png") -> bytes:
    """One figure: recall curves, then a scatter for each pair of runs.

    Args:
        comparison: what is drawn.
        format: ``png``, ``svg`` or ``pdf``.

    Raises:
        ExtraMissing: matplotlib is not installed.
    """
    pairs = _pairs(comparison)
    panels = 1 + len(pairs)
    columns = min(panels, 3)
    rows = -(-panels // columns)
    with _matplotlib().rc_context(_STYLE):
        figure = _figure(5.2 * columns, 4.9 * rows)
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        _curves(axes[0], comparison)
        for panel, change in zip(axes[1:], pairs, strict=False):
            _scatter(panel, comparison, change)
        for empty in axes[panels:]:
            empty.set_axis_off()
        left_out = len(comparison.changes) - len(pairs)
        if left_out:
            figure.supxlabel(f"{left_out} further pairs of runs are not drawn", fontsize=8, color="#555555")
        return _saved(figure, format)


def draw_curves(comparison: Comparison, format: str = "png") -> bytes:
    """Recall curves alone; formats and errors as for ``draw``."""
    with _matplotlib().rc_context(_STYLE):
        figure = _figure(6.2, 4.6)
        _curves(figure.subplots(), comparison)
        return _saved(figure, format)


def draw_ranks(comparison: Comparison, change: RankChange, format: str = "png") -> bytes:
    """The scatter of one pair of runs alone; formats and errors as for ``draw``."""
    with _matplotlib().rc_context(_STYLE):
        figure = _figure(5.2, 5.2)
        _scatter(figure.subplots(), comparison, change)
        return _saved(figure, format)


def _curves(axes: Any, comparison: Comparison) -> None:
    curves = recall_curves(comparison)
    for number, curve in enumerate(curves):
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number // len(COLOURS) % len(MARKERS)]
        marker = MARKERS[number % len(MARKERS)] if len(curves) <= len(MARKERS) else marker
        axes.fill_between(PLACES, curve.low, curve.high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(
            PLACES, curve.mean, color=colour, marker=marker, markersize=3.5, linewidth=1.4, label=_short(curve.run)
        )
    axes.set_xscale("log")
    _plain_ticks(axes.xaxis, [1, 2, 5, 10, 20, 50, 100])
    axes.set_xlim(0.93, 108)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("places looked at (k)")
    axes.set_ylabel("recall R@k")
    axes.grid(color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_title(f"Recall, with {percent(comparison.level)} bands", pad=8 + 15 * -(-len(curves) // 2))
    _legend_above(axes, columns=2)


def _scatter(axes: Any, comparison: Comparison, change: RankChange) -> None:
    """Each article at its two ranks; what a run does not find stands on a line past the last rank that counts."""
    before, after = (comparison.ranks[comparison.names.index(name)] for name in (change.before, change.after))
    first, second = ((ranks > 0) & (ranks <= change.depth) for ranks in (before, after))
    seen = first | second
    absent = change.depth * 1.9
    # Many articles share a point; a small seeded shift shows how many, too small to change a rank.
    rng = np.random.default_rng(comparison.seed)
    x, y = (
        np.where(found, ranks, absent)[seen] * np.exp(rng.uniform(-0.07, 0.07, int(seen.sum())))
        for found, ranks in ((first, before), (second, after))
    )
    size = _points(axes, x, y, _sides(before, after, first, second)[seen], change)
    axes.axline((1, 1), slope=1, color="#999999", linewidth=0.8, zorder=1)
    edge = change.depth * 1.36
    for line in (axes.axhline, axes.axvline):
        line(edge, color="#999999", linewidth=0.8, linestyle=(0, (3, 3)), zorder=1)
    ticks = [tick for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if tick <= change.depth]
    for axis, scale, limit in (
        (axes.xaxis, axes.set_xscale, axes.set_xlim),
        (axes.yaxis, axes.set_yscale, axes.set_ylim),
    ):
        scale("log")
        limit(0.85, absent * 1.25)
        _plain_ticks(axis, [*ticks, absent], {absent: "not\nfound"})
    axes.invert_xaxis()
    axes.invert_yaxis()
    axes.set_aspect("equal")
    axes.set_xlabel(f"rank in {_short(change.before)}")
    axes.set_ylabel(f"rank in {_short(change.after)}")
    axes.set_title("Rank of each article's photo", pad=8 + 15 * 2)
    _legend_above(axes, columns=2, markers=6 / size**0.5)


def _sides(
    before: NDArray[np.int64], after: NDArray[np.int64], first: NDArray[np.bool_], second: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """0 nearer to the top or newly found, 1 further down or lost, 2 the same."""
    up = (second & ~first) | (first & second & (after < before))
    down = (first & ~second) | (first & second & (after > before))
    return np.where(up, 0, np.where(down, 1, 2))


def _points(
    axes: Any, x: NDArray[np.float64], y: NDArray[np.float64], side: NDArray[np.int64], change: RankChange
) -> float:
    """Draw the articles' points; gives their area, in square points."""
    kinds = (
        (f"better: {change.improved + change.newly_found:,}", COLOURS[0], "o"),
        (f"worse: {change.decreased + change.lost:,}", COLOURS[1], "s"),
        (f"same: {change.unchanged:,}", "#777777", "D"),
    )
    # Few points are large and solid, thousands are small and let one another through.
    size, solid = (
        float(np.clip(scale / max(len(x), 1), *edges)) for scale, edges in ((2000, (9, 30)), (300, (0.15, 0.8)))
    )
    for number, (label, colour, marker) in enumerate(kinds):
        chosen = side == number
        axes.scatter(
            x[chosen],
            y[chosen],
            s=size,
            c=colour,
            marker=marker,
            alpha=solid,
            linewidths=0,
            label=label,
            rasterized=True,
        )
    axes.scatter([], [], s=0, label=f"found by neither: {change.never_found:,}")
    return size


def _legend_above(axes: Any, columns: int, markers: float = 1.0) -> None:
    legend = axes.legend(
        loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=columns, borderaxespad=0.2, columnspacing=1.4,
        handletextpad=0.5, markerscale=markers, fontsize=8.5,
    )  # fmt: skip
    for handle in legend.legend_handles:
        handle.set_alpha(1)


def _plain_ticks(axis: Any, ticks: Sequence[float], labels: dict[float, str] | None = None) -> None:
    named = labels or {}
    axis.set_ticks(ticks, labels=[named.get(tick, f"{tick:g}") for tick in ticks])
    axis.set_ticks([], minor=True)


def _pairs(comparison: Comparison) -> tuple[RankChange, ...]:
    return comparison.changes[:MOST_PAIRS]


def _short(name: str, most: int = 32) -> str:
    """A run's name as a legend holds it; the beginning and the end tell runs apart."""
    shown = printable(name)
    shown = shown if len(shown) <= most else f"{shown[: most // 2 - 1]}…{shown[-most // 2 :]}"
    # Matplotlib leaves labels that begin with an underscore out of its legends.
    return f" {shown}" if shown.startswith("_") else shown


def require_matplotlib() -> None:
    """Say at once, before anything is computed, that plots cannot be drawn.

    Raises:
        ExtraMissing: matplotlib is not installed.
    """
    _matplotlib()


def _matplotlib() -> Any:
    try:
        import matplotlib as mpl
    except ImportError:
        raise ExtraMissing("plots need matplotlib, which is not installed", "pip install 'picdesk[report]'") from None
    return mpl


def _figure(width: float, height: float) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _saved(figure: Any, format: str) -> bytes:
    drawn = io.BytesIO()
    # No date inside: the same comparison gives the same bytes.
    said = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    figure.savefig(drawn, format=format, metadata=said[format])
    return drawn.getvalue()
