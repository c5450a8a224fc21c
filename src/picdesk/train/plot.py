"""Loss and MRR of a run as a picture."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from picdesk.errors import ExtraMissing

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
    if importlib.util.find_spec("matplotlib") is None:
        raise ExtraMissing("drawing needs matplotlib", "Install it with: pip install 'picdesk[report]'")
    from matplotlib.figure import Figure  # without pyplot: no window, no global state

    figure = Figure(figsize=(7, 4), layout="constrained")
    left = figure.subplots()
    right = left.twinx()
    losses = [(line.step, line.loss) for line in lines if line.loss is not None]
    ranks = [(line.step, line.mrr) for line in lines if line.mrr is not None]
    left.plot(*zip(*losses, strict=True) if losses else ([], []), color="tab:blue", marker=".")
    right.plot(*zip(*ranks, strict=True) if ranks else ([], []), color="tab:orange", marker=".")
    left.set_xlabel("step")
    left.set_ylabel("loss", color="tab:blue")
    right.set_ylabel("MRR on validation pairs", color="tab:orange")
    figure.savefig(path, dpi=120)
