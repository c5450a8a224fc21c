"""Loss and MRR of a run as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.evaluate.plots import COLOURS, require_matplotlib

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from picdesk.train.journal import Line


def plot_journal(lines: Sequence[Line], path: Path) -> None:
    """Draw loss and MRR over the steps.

    Args:
        lines: the log.
        path: picture to write; its ending says the format (``.png``, ``.svg``, ``.pdf``).

    Raises:
        ExtraMissing: matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib.figure import Figure  # without pyplot: no window, no global state

    figure = Figure(figsize=(7, 4), layout="constrained")
    left = figure.subplots()
    right = left.twinx()
    losses = [(line.step, line.loss) for line in lines if line.loss is not None]
    ranks = [(line.step, line.mrr) for line in lines if line.mrr is not None]
    left.plot(*zip(*losses, strict=True) if losses else ([], []), color=COLOURS[0], marker=".")
    right.plot(*zip(*ranks, strict=True) if ranks else ([], []), color=COLOURS[1], marker=".")
    left.set_xlabel("step")
    left.set_ylabel("loss", color=COLOURS[0])
    right.set_ylabel("MRR on validation pairs", color=COLOURS[1])
    figure.savefig(path, dpi=120)
