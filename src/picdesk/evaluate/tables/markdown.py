"""Tables as Markdown (GitHub's dialect); text from runs and lists stays text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from picdesk.evaluate.tables.table import Cell, Table

_SPECIAL = re.compile(r"([\\`*_\[\]|#~])")


def markdown(tables: Sequence[Table]) -> str:
    """The tables below one another, each under its title and above its legend."""
    return "\n".join(_table(table) for table in tables)


def escape(text: str) -> str:
    r"""Text that Markdown shows as it is; HTML in it included.

    >>> escape("a|b <i>_c_")
    'a\\|b &lt;i&gt;\\_c\\_'
    """
    plain = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", plain)


def _table(table: Table) -> str:
    lines = [f"### {escape(table.title)}", ""]
    lines.append(_line(escape(column.name) for column in table.columns))
    lines.append(_line("---:" if column.number else "---" for column in table.columns))
    lines += [_line(map(_cell, row)) for row in table.rows]
    for sentence in table.legend:
        lines += ["", escape(sentence)]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    text = f"**{text}**" if cell.best else text
    return f"{text} <sup>{escape(cell.marks)}</sup>" if cell.marks else text
