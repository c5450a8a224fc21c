"""A comparison as text: for people, for papers, for programs. A new format is one file and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.evaluate.tables.comparison import tables_of
from picdesk.evaluate.tables.csv import comparison_csv
from picdesk.evaluate.tables.latex import latex
from picdesk.evaluate.tables.markdown import markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from picdesk.evaluate.compare import Comparison

FORMATS: Mapping[str, Callable[[Comparison], str]] = {
    ".md": lambda comparison: markdown(tables_of(comparison)),
    ".tex": lambda comparison: latex(tables_of(comparison)),
    ".csv": comparison_csv,
}
"""File ending -> how a comparison is written."""
