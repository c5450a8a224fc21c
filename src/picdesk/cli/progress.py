"""A bar for what takes a while."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.cli.show import console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, or none.

    Attributes:
        shown: whether anybody sees it.
        move: says how much is done, of how much where that is known, and what else there is to say.
    """

    shown: bool
    move: Callable[[int, int | None, str], None]


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[Bar]:
    """A bar with the time left, on stderr; none where that is no terminal or ``shown`` is false."""
    out = console(stderr=True)
    if not shown or not out.is_terminal:
        yield Bar(shown=False, move=lambda done, total, remark: None)  # noqa: ARG005
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    remarks = TextColumn("{task.fields[remark]}")
    with Progress(
        BarColumn(), MofNCompleteColumn(), remarks, TimeRemainingColumn(), console=out, transient=True
    ) as bar:
        task = bar.add_task("", total=None, remark="")

        def move(done: int, total: int | None, remark: str) -> None:
            bar.update(task, completed=done, total=total, remark=remark)

        yield Bar(shown=True, move=move)
