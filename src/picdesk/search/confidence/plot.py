"""The reliability diagram as a picture."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from picdesk.evaluate.plots import COLOURS, require_matplotlib

if TYPE_CHECKING:
    from picdesk.search.confidence.calibration import Calibration

_SAID = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
"""No date inside: the same calibration gives the same bytes."""

FORMATS = tuple(_SAID)


def draw_reliability(calibration: Calibration, format: str = "png") -> bytes:
    """What was said over what was seen, and below it how often it was said.

    Args:
        calibration: what is drawn.
        format: one of ``FORMATS``.

    Raises:
        ExtraMissing: matplotlib is not installed.
    """
    require_matplotlib()
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.size": 9.5, "svg.hashsalt": "picdesk"}):
        figure = Figure(figsize=(4.6, 5.4), dpi=150, layout="constrained")
        FigureCanvasAgg(figure)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        _points(upper, calibration)
        _counts(lower, calibration)
        drawn = io.BytesIO()
        figure.savefig(drawn, format=format, metadata=_SAID[format])
    return drawn.getvalue()


def _points(axes: Any, calibration: Calibration) -> None:
    bins = calibration.bins
    axes.plot([0, 1], [0, 1], color="#999999", linewidth=0.8)
    # Two standard errors of a share: where a point of so many hits may lie by chance.
    errors = [2 * (each.seen * (1 - each.seen) / each.hits) ** 0.5 for each in bins]
    said, seen = [each.said for each in bins], [each.seen for each in bins]
    axes.errorbar(said, seen, yerr=errors, color=COLOURS[0], marker="o", markersize=4, linewidth=1.2, capsize=2)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_ylabel("share that fits")
    figures = f"Brier {calibration.brier:.4f}, calibration error {calibration.calibration_error:.4f}"
    axes.set_title(f"{calibration.hits:,} hits, held back\n{figures}", loc="left", fontsize=9.5)
    axes.grid(color="#DDDDDD", linewidth=0.6)


def _counts(axes: Any, calibration: Calibration) -> None:
    bins = calibration.bins
    widths = [each.high - each.low for each in bins]
    axes.bar([each.low for each in bins], [each.hits for each in bins], widths, align="edge", color=COLOURS[5])
    axes.set_yscale("log")
    axes.set_ylabel("hits")
    axes.set_xlabel("probability said")
