"""Tables as HTML for a page that brings its own style; text from runs and lists stays text."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from picdesk.evaluate.tables.table import Cell, Column, Table


def html_table(table: Table) -> str:
    """A section: title, table, legend."""
    head = "".join(f'<th scope="col"{_side(column)}>{escape(column.name)}</th>' for column in table.columns)
    body = "".join(
        f"<tr>{''.join(_cell(cell, column) for cell, column in zip(row, table.columns, strict=True))}</tr>\n"
        for row in table.rows
    )
    legend = "".join(f'<p class="note">{escape(sentence)}</p>' for sentence in table.legend)
    return (
        f"<section><h2>{escape(table.title)}</h2>"
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>'
        f"</div>{legend}</section>"
    )


def escape(text: str) -> str:
    """Text that HTML shows as it is, in an attribute too; control characters are written out."""
    return html.escape(printable(text), quote=True)


def _cell(cell: Cell, column: Column) -> str:
    text = escape(cell.text)
    text = f"<b>{text}</b>" if cell.best else text
    raised = f"<sup>{escape(cell.marks)}</sup>" if cell.marks else ""
    return f"<td{_side(column)}>{text}{raised}</td>"


def _side(column: Column) -> str:
    return ' class="number"' if column.number else ""
