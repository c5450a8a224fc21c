"""How a recipe that was run is printed: its figures, and the published ones beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.cli.show import console, show_remark
from picdesk.recipes.stand_in import LABEL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from picdesk.recipes.beside import Cell
    from picdesk.recipes.recipe import Published, Recipe
    from picdesk.recipes.run import Reproduced


def show_label(recipe: Recipe) -> None:
    """Say of a stand-in that it is one, and what stands in for what."""
    if not recipe.stand_in:
        return
    out = console()
    out.print(f"{LABEL}: not the paper's data and models; no figure of it says how good the system is", soft_wrap=True)
    table(["instead of", "stands in"], [[each.what, each.by] for each in recipe.stand_in])


def show_caption(published: Published) -> None:
    """Say which published table follows, and where it is from."""
    about = f": {published.about}" if published.about else ""
    seen = "" if published.seen else " (not looked up there: known at second hand)"
    console().print(f"\n{published.name}{about}\nfrom {published.source}{seen}", markup=False, soft_wrap=True)


def show_done(done: Reproduced, output: Path, *, quiet: bool) -> None:
    """Print a recipe that was run."""
    out = console()
    show_label(done.recipe)
    _show_measured(done)
    for change in done.changes:
        _show_change(change)
    for name, told in done.models.items():
        if "alpha" in told:
            out.print(f"{name}: alpha {told['alpha']:g} by {told['measure']}", markup=False, soft_wrap=True)
        for category, figures in told.get("by_category", {}).items():
            shown = ", ".join(f"{measure} {value:g}" for measure, value in figures.items())
            out.print(f"{name}, category {category}: {shown}", markup=False, soft_wrap=True)
    if done.submission:
        missing = len(done.submission["missing"])
        line = f"{done.submission['file']}: {done.submission['pictures']:,} pictures, {missing:,} missing"
        out.print(line, markup=False, soft_wrap=True)
    if done.ratings:
        _show_ratings(done.ratings)
    for beside in done.beside:
        show_caption(beside.table)
        table(
            ["published", "set", "measure", "published", "ours", "95 % interval"],
            [_beside_row(cell) for cell in beside.cells],
            right=(3, 4, 5),
        )
    if not quiet:
        for each in done.left_out:
            show_remark(f"left out: {each}")
        stages = done.stages
        show_remark(f"{stages['done']} stages done, {stages['cached']} were there; runs and results in {output}")


def _show_measured(done: Reproduced) -> None:
    from picdesk.evaluate.measures import parse_measure

    rows = []
    for one in done.measured:
        for number, (name, value) in enumerate(one.measures.items()):
            measure = parse_measure(name)
            about = ["", "", ""] if number else [one.run, set_shown(one.set, one.side), f"{one.articles:,}"]
            interval = " to ".join(_shown(measure, end) for end in one.intervals[name])
            rows.append([*about, name, _shown(measure, value), interval])
    head = f"{LABEL} run" if done.recipe.stand_in else "run"
    if rows:
        table([head, "set", "articles", "measure", "value", "95 % interval"], rows, right=(2, 4, 5))


def _show_change(change: dict[str, Any]) -> None:
    counts = ("improved", "decreased", "unchanged", "newly_found", "lost", "never_found")
    console().print(f"\n{change['before']} to {change['after']} on {change['set']}", markup=False, soft_wrap=True)
    means = [change["mean_improvement"], change["mean_decrease"]]
    row = [str(change[count]) for count in counts] + ["-" if mean is None else f"{mean:.1f}" for mean in means]
    head = [*(count.replace("_", " ") for count in counts), "mean rise", "mean fall"]
    table(head, [row], right=range(len(head)))


def _show_ratings(ratings: dict[str, Any]) -> None:
    rows = [
        [run["run"], run["task"], f"{run['official_mean']:.3f}", "{:.3f}-{:.3f}".format(*run["intervals"]["both"])]
        for run in ratings["runs"]
    ]
    console().print("\npeople's ratings:")
    table(["run", "task", "official mean", "95 % interval"], rows, right=(2, 3))


def _beside_row(cell: Cell) -> list[str]:
    interval = "" if cell.low is None or cell.high is None else f"{cell.low:.4g} to {cell.high:.4g}"
    return [
        cell.row,
        set_shown(cell.set, cell.side),
        cell.measure,
        "-" if cell.published is None else f"{cell.published:.4g}",
        "-" if cell.ours is None else f"{cell.ours:.4g}",
        interval,
    ]


def set_shown(name: str, side: str) -> str:
    """A set with its side."""
    return f"{name}, training" if side == "train" else name


def _shown(measure: Any, value: float | None) -> str:
    return "-" if value is None else str(measure.shown(value))


def figure(value: float) -> str:
    """A published figure; a dash where there is none."""
    return "-" if value != value else f"{value:.4g}"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Print a table.

    Args:
        columns: heads.
        rows: cells; may have several lines.
        right: columns of numbers.
    """
    from rich.table import Table
    from rich.text import Text

    from picdesk.photos.locate import printable

    made = Table(box=None, pad_edge=False, header_style="dim")
    for number, column in enumerate(columns):
        made.add_column(column, justify="right" if number in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text("\n".join(map(printable, value.split("\n")))) for value in row))
    console().print(made)
