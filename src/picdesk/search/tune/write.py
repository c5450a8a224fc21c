"""What was fitted, kept for the searches to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.search.settings import write_settings

if TYPE_CHECKING:
    from picdesk.objects import Place
    from picdesk.search.tune import Tuned


def write_tuned(tuned: Tuned, file: Place) -> None:
    """Write the chosen settings, with what they are worth said at the top.

    Raises:
        InputError: the file cannot be written.
    """
    chosen = next(row for row in tuned.rows if row.kind == "fitted" and row.name == tuned.chosen)
    write_settings(
        tuned.settings,
        file,
        [
            "How the signals of this archive are joined, fitted by picdesk tune; without this file: the defaults.",
            f"MRR@100 {chosen.mean:.4f} ({chosen.low:.4f}-{chosen.high:.4f}), {chosen.gain:+.4f} over "
            f"{tuned.best_alone!r} alone, cross-validated.",
        ],
    )
