"""Verbs about published systems: what they are, what they need, and running one from its data to its table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.panels import SCORES
from picdesk.cli.progress import progress_bar
from picdesk.cli.reproduced import figure, set_shown, show_caption, show_done, show_label, table
from picdesk.cli.show import console, show_json, show_remark, size_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.recipes.needs import Need
    from picdesk.recipes.recipe import Published, Recipe
    from picdesk.recipes.run import Plan

Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="A name that picdesk recipes lists, or a TOML file.", show_default=False),
]
DataFolder = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Folder with the recipe's data.", show_default=False)
]
ModelFolder = Annotated[
    Path | None,
    typer.Option(
        "--models", metavar="DIR", help="Folder with models, beside those that were fetched.", show_default=False
    ),
]
StandIn = Annotated[
    bool, typer.Option("--stand-in", help="With what is here instead of what the paper had; see recipes show.")
]


def register(app: typer.Typer) -> None:
    """Put ``picdesk recipes`` and ``picdesk reproduce`` on the command line."""
    recipes = typer.Typer(
        help="Published systems: list them, say what one needs and scored.",
        epilog="Example: picdesk recipes show certh-2022",
    )
    recipes.callback(invoke_without_command=True)(listed)
    recipes.command(epilog="Example: picdesk recipes show certh-2022 --data data --models models")(show)
    app.add_typer(recipes, name="recipes", rich_help_panel=SCORES)
    app.command(
        rich_help_panel=SCORES,
        epilog="Example: picdesk reproduce certh-2022 --data data --models models -o results",
    )(reproduce)


def listed(context: typer.Context, as_json: Json = False, quiet: Quiet = False) -> None:
    """List the recipes."""
    if context.invoked_subcommand:
        return
    from picdesk.recipes.read import load_recipe, recipe_names

    every = [load_recipe(name) for name in recipe_names()]
    if as_json:
        rows = [{"name": one.name, "event": one.about.event, "system": one.about.system} for one in every]
        show_json({"recipes": [row | {"runs": list(one.runs)} for row, one in zip(rows, every, strict=True)]})
        return
    if quiet:
        for one in every:
            console().print(one.name, markup=False, soft_wrap=True)
        return
    table(
        ["recipe", "event", "runs", "system"],
        [[one.name, one.about.event, str(len(one.runs)), one.about.system] for one in every],
        right=(2,),
    )


def show(
    name: Name,
    data: DataFolder = None,
    models: ModelFolder = None,
    stand_in: StandIn = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what a system is, what it needs and where to ask for it, what it takes, and what it scored."""
    from dataclasses import asdict

    from picdesk.recipes.needs import needs_of
    from picdesk.recipes.read import load_recipe

    recipe = load_recipe(name, stand_in=stand_in)
    needs = needs_of(recipe, data, models)
    if as_json:
        runs = {run: plan.about for run, plan in recipe.runs.items()}
        said: dict[str, Any] = {"name": recipe.name, "stand_in": [asdict(each) for each in recipe.stand_in] or None}
        said |= {"about": asdict(recipe.about), "cost": asdict(recipe.cost), "runs": runs}
        said |= {"needs": [asdict(need) | {"here": need.here} for need in needs]}
        show_json(said | {"published": [_published_document(each) for each in recipe.published]})
        return
    _show_about(recipe, quiet=quiet)
    _show_needs(needs)
    if not recipe.stand_in:
        cost = recipe.cost
        console().print(f"\ntakes: {cost.gigabytes:g} GB of disk, {cost.hours:g} h: {cost.machine}", soft_wrap=True)
    for published in recipe.published:
        _show_published(published, recipe)


def reproduce(
    name: Name,
    data: DataFolder = None,
    models: ModelFolder = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for run files and results.")
    ] = Path("reproduced"),
    cache: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder for the results of stages; recipes share them there.",
            show_default="stages in the output's folder",
        ),
    ] = None,
    stand_in: StandIn = False,
    small: Annotated[
        bool, typer.Option("--small", help="Of a stand-in: a hundred or two pairs, few epochs: does it run?")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the stages, and which are done; do nothing.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a published system from its data to its table, and set its figures beside the published ones."""
    from picdesk.cli.stopping import stopping
    from picdesk.recipes.needs import demand
    from picdesk.recipes.read import load_recipe
    from picdesk.recipes.run import SMALL, document, plan
    from picdesk.recipes.run import reproduce as run_recipe
    from picdesk.recipes.stages import Watch

    recipe = load_recipe(name, stand_in=stand_in)
    with progress_bar(shown=not quiet and not as_json) as bar:
        bar.move(0, None, "looking at data and models")
        chosen = plan(recipe, cache or output / "stages", data=data, models=models, small=SMALL if small else 0)
    if dry_run:
        _show_plan(chosen, as_json=as_json)
        demand(list(chosen.needs))
        return
    with stopping() as stop, progress_bar(shown=not quiet and not as_json) as bar:
        at = ""

        def began(number: int, count: int, stage: Any) -> None:
            nonlocal at
            at = f"{number}/{count} {stage.name}"
            bar.move(0, None, at)
            if not bar.shown and not quiet:
                show_remark(at)

        watch = Watch(progress=lambda done, total, what: bar.move(done, total, f"{at}: {what}"), stop=stop)
        done = run_recipe(chosen, output, began=began, watch=watch)
    if as_json:
        show_json(document(done))
    else:
        show_done(done, output, quiet=quiet)


def _show_about(recipe: Recipe, *, quiet: bool) -> None:
    out, about = console(), recipe.about
    show_label(recipe)
    out.print(f"{recipe.name}: {about.title}", markup=False, soft_wrap=True)
    out.print(f"{about.authors} · {about.event}", markup=False, soft_wrap=True)
    out.print(about.system, markup=False, soft_wrap=True)
    for note in () if quiet else about.notes:
        show_remark(f"note: {note}")
    out.print("\nruns:")
    table(["run", "what it is"], [[run, plan.about] for run, plan in recipe.runs.items()])


def _show_needs(needs: Sequence[Need]) -> None:
    console().print("\nneeds:")
    rows = [
        [
            need.kind,
            need.name,
            "here" if need.here else "optional" if need.optional else "missing",
            size_of(need.bytes) if need.bytes else "",
            need.about if need.here or not need.ask else f"{need.about}. {need.ask}",
        ]
        for need in needs
    ]
    table(["", "name", "", "size", "what it is"], rows, right=(3,))


def _show_published(published: Published, recipe: Recipe) -> None:
    show_caption(published)
    rows = [
        [row.label or recipe.runs[row.run].about or row.run, set_shown(row.set, row.side), *map(figure, row.values)]
        for row in published.rows
    ]
    table(["published", "set", *published.measures], rows, right=range(2, 2 + len(published.measures)))


def _show_plan(chosen: Plan, *, as_json: bool) -> None:
    stages = chosen.graph.stages
    if as_json:
        rows = [
            {"stage": each.name, "kind": each.kind, "key": each.key, "cached": each.key in chosen.cached}
            for each in stages
        ]
        missing = [{"kind": need.kind, "name": need.name, "ask": need.ask} for need in chosen.needs if not need.here]
        show_json({"recipe": chosen.recipe.name, "stages": rows, "missing": missing})
        return
    show_label(chosen.recipe)
    table(["", "stage"], [["cached" if each.key in chosen.cached else "to do", each.name] for each in stages])
    to_do = sum(each.key not in chosen.cached for each in stages)
    console().print(f"{len(stages)} stages, {to_do} to do", soft_wrap=True)


def _published_document(published: Published) -> dict[str, Any]:
    from dataclasses import asdict

    rows = [
        asdict(row) | {"values": [None if value != value else value for value in row.values]} for row in published.rows
    ]
    return asdict(published) | {"rows": rows}
