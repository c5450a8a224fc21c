"""Tables as LaTeX: booktabs rules, nothing else beyond the kernel; text from runs and lists stays text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from picdesk.evaluate.tables.table import Cell, Table

_SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "%": r"\%",
        "_": r"\_",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': "''",  # a straight quote needs the T1 encoding
        "−": "$-$",
        "†": r"\dag{}",
        "‡": r"\ddag{}",
        "…": r"\dots{}",
    }
)


def latex(tables: Sequence[Table]) -> str:
    r"""The tables as floats, for a document with ``\usepackage{booktabs}`` and UTF-8."""
    return "% \\usepackage{booktabs}\n" + "\n".join(_table(table) for table in tables)


def escape(text: str) -> str:
    r"""Text that LaTeX prints as it is.

    >>> escape("50 % of a_b")
    '50 \\% of a\\_b'
    """
    return printable(text).translate(_SPECIAL)


def _table(table: Table) -> str:
    kinds = "".join("r" if column.number else "l" for column in table.columns)
    legend = "".join(f"\n  \\par\\smallskip\\footnotesize {escape(sentence)}" for sentence in table.legend)
    body = "\n".join(f"    {_line(map(_cell, row))}" for row in table.rows)
    return (
        "\\begin{table}\n  \\centering\n"
        f"  \\caption{{{escape(table.title)}}}\n"
        f"  \\begin{{tabular}}{{{kinds}}}\n    \\toprule\n"
        f"    {_line(escape(column.name) for column in table.columns)}\n    \\midrule\n{body}\n    \\bottomrule\n"
        f"  \\end{{tabular}}{legend}\n\\end{{table}}\n"
    )


def _line(cells: Iterable[str]) -> str:
    return f"{' & '.join(cells)} \\\\"


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    text = f"\\textbf{{{text}}}" if cell.best else text
    # A row that begins with a bracket would be taken for the optional argument of the line break before it.
    text = f"{{{text}}}" if text.startswith(("[", "*")) else text
    return f"{text}\\textsuperscript{{{escape(cell.marks)}}}" if cell.marks else text
