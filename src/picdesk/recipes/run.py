"""A recipe, run from its data to its table."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.photos.locate import one_line, printable
from picdesk.photos.whole_file import write_whole
from picdesk.recipes.beside import Beside, set_beside
from picdesk.recipes.builder import Builder
from picdesk.recipes.cache import Cache
from picdesk.recipes.content import Contents
from picdesk.recipes.graph import refuse_unknown
from picdesk.recipes.needs import demand, found, needs_of
from picdesk.recipes.stages import Watch
from picdesk.recipes.stages.alignment import REPORT as CATEGORIES
from picdesk.recipes.stages.blend import REPORT as BLEND
from picdesk.recipes.stages.change import FILE as CHANGE
from picdesk.recipes.stages.evaluate import MEASURES
from picdesk.recipes.stages.rank import FILE as RUN
from picdesk.recipes.stages.ratings import FILE as RATINGS
from picdesk.recipes.stages.submission import REPORT as SUBMISSION
from picdesk.recipes.stages.submission import ZIP
from picdesk.recipes.stand_in import labelled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from picdesk.recipes.graph import Graph, Outcome
    from picdesk.recipes.needs import Need
    from picdesk.recipes.recipe import Recipe
    from picdesk.recipes.stages import Stage

SMALL = 120
"""Stories that are learned from in a small stand-in; half as many are measured on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would do.

    Attributes:
        recipe: that is run.
        needs: here or not.
        graph: its stages.
        cached: keys of the stages whose result is there.
        cache: where.
    """

    recipe: Recipe
    needs: tuple[Need, ...]
    graph: Graph
    cached: frozenset[str]
    cache: Cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a run of the recipe scored.

    Attributes:
        run: its name in the recipe.
        set: of articles.
        side: of the set.
        file: the run file.
        articles: that were measured on; 0 where nothing was.
        measures: name -> figure.
        intervals: name -> 95 % bootstrap interval over articles.
        missing: articles whose photo is not in the run.
    """

    run: str
    set: str
    side: str
    file: Path
    articles: int
    measures: dict[str, float | None]
    intervals: dict[str, list[float | None]]
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduced:
    """A recipe that was run.

    Attributes:
        recipe: that was run.
        measured: its runs, in the recipe's order.
        beside: published tables with ours; empty for a stand-in.
        changes: tables of rank changes, each with its set.
        models: what is told of models: alphas that were chosen, figures by category.
        submission: what was built; ``None`` for none.
        ratings: a summary; ``None`` for none.
        left_out: what was left out, since something optional is not here.
        stages: how many were done, and how many were there.
        seconds: of the stages, whenever they were done.
    """

    recipe: Recipe
    measured: tuple[Measured, ...]
    beside: tuple[Beside, ...]
    changes: tuple[dict[str, Any], ...]
    models: dict[str, Any]
    submission: dict[str, Any] | None
    ratings: dict[str, Any] | None
    left_out: tuple[str, ...]
    stages: dict[str, int]
    seconds: float


def plan(recipe: Recipe, cache: Path, *, data: Path | None = None, models: Path | None = None, small: int = 0) -> Plan:
    """What a recipe would do on this machine; nothing is done.

    Args:
        recipe: from `picdesk.recipes.read.load_recipe`.
        cache: folder of the results of stages; made if need be.
        data: folder with the recipe's data, a folder each.
        models: folder with models, a folder each.
        small: of a stand-in: so many stories to learn from, and half as many to be measured on; 0 for all.

    Raises:
        InputError: the cache cannot be made, or a small run is asked for of what is no stand-in.
    """
    if small and not recipe.stand_in:
        raise InputError("a small run has numbers that no paper can be set beside", "Add --stand-in.")
    needs = needs_of(recipe, data, models)
    results = Cache(cache)
    contents = Contents(results.folder)
    graph = Builder(recipe, found(needs, "data"), found(needs, "model"), contents.of, small).graph()
    cached = frozenset(stage.key for stage in graph.stages if results.has(stage))
    return Plan(recipe=recipe, needs=tuple(needs), graph=graph, cached=cached, cache=results)


def reproduce(
    chosen: Plan,
    output: Path,
    *,
    began: Callable[[int, int, Stage], None] = lambda _number, _all, _stage: None,
    watch: Watch | None = None,
) -> Reproduced:
    """Do what is not done yet, and write runs and results.

    Run files go to ``<output>/<recipe>-<run>-<set>[-train].txt``, what was measured to ``<recipe>.json``; of a stand-in
    every name begins with ``STAND-IN``.

    Args:
        chosen: from `plan`.
        output: folder to write; made if need be.
        began: called before each stage that is to be done: its number, how many there are, and itself.
        watch: who is told how a stage goes, and may end it.

    Raises:
        Interrupted: stopped; what was done is kept, and the same call goes on.
        MissingError: something that is needed is not here; all of it is named.
    """
    demand(list(chosen.needs))
    done = 0
    stages = chosen.graph.stages
    for number, stage in enumerate(stages, start=1):
        if not chosen.cache.has(stage):
            refuse_unknown(stage)
            began(number, len(stages), stage)
            chosen.cache.do(stage, watch or Watch())
            done += 1
        if stage.kind == "read":
            _check_truth(chosen, stage)
    try:
        output.mkdir(parents=True, exist_ok=True)
        result = _gathered(chosen, output, done)
    except OSError as error:
        raise InputError(f"{printable(str(output))} cannot be written: {one_line(error)}", "Choose another.") from error
    name = labelled(chosen.recipe.name, stand_in=bool(chosen.recipe.stand_in))
    write_whole(output / f"{name}.json", json.dumps(document(result), indent=2, ensure_ascii=False).encode())
    return result


def document(done: Reproduced) -> dict[str, Any]:
    """What was measured, as JSON holds it; a stand-in says so first, and holds no published number."""
    recipe = done.recipe
    return {
        "recipe": recipe.name,
        "stand_in": [{"what": each.what, "by": each.by} for each in recipe.stand_in] or None,
        "label": labelled(recipe.name, stand_in=bool(recipe.stand_in)),
        "runs": [
            {
                "run": one.run,
                "about": recipe.runs[one.run].about,
                "set": one.set,
                "side": one.side,
                "file": str(one.file),
                "articles": one.articles,
                "missing": one.missing,
                "measures": one.measures,
                "intervals": one.intervals,
            }
            for one in done.measured
        ],
        "beside": [each.document() for each in done.beside],
        "changes": list(done.changes),
        "models": done.models,
        "submission": done.submission,
        "ratings": done.ratings,
        "left_out": list(done.left_out),
        "stages": done.stages,
        "seconds": round(done.seconds, 1),
    }


def _check_truth(chosen: Plan, read: Stage) -> None:
    """Say that nothing can be measured as soon as it is known, and not when everything is ranked.

    Raises:
        InputError: no article of a side that is measured has a known photo.
    """
    from picdesk.recipes.stories import stories_of

    asked = {one.side: one for one in chosen.graph.outcomes if one.measured and one.ranked.needs["read"] is read}
    for side, one in asked.items():
        if not stories_of(chosen.cache.where(read), side)[1]:
            raise InputError(
                f"nothing says which photos belong to the {side} articles of {one.set}",
                "Put the organisers' ground truth beside the data, or give the set measures = [].",
            )


def _gathered(chosen: Plan, output: Path, done: int) -> Reproduced:
    graph, recipe, where = chosen.graph, chosen.recipe, chosen.cache.where
    measured = tuple(_measured(one, chosen, output) for one in graph.outcomes)
    changes = tuple(
        {"set": name} | _json(where(stage) / CHANGE) for name, each in graph.changes.items() for stage in each
    )
    submission = None
    if graph.submission:
        submission = _json(where(graph.submission) / SUBMISSION)
        target = output / labelled(f"{recipe.name}-{ZIP}", stand_in=bool(recipe.stand_in))
        shutil.copyfile(where(graph.submission) / ZIP, target)
        submission["file"] = str(target)
    lacking = [need for need in chosen.needs if not need.here]
    return Reproduced(
        recipe=recipe,
        measured=measured,
        beside=set_beside(recipe, measured),
        changes=changes,
        models=_told(graph, chosen.cache),
        submission=submission,
        ratings=_json(where(graph.ratings) / RATINGS) if graph.ratings else None,
        left_out=tuple(f"{need.about}: {need.ask}" for need in lacking),
        stages={"done": done, "cached": len(graph.stages) - done},
        seconds=sum(chosen.cache.seconds(stage) for stage in graph.stages),
    )


def _measured(one: Outcome, chosen: Plan, output: Path) -> Measured:
    from picdesk.newsimages.runs import read_run, write_run
    from picdesk.recipes.stories import stories_of

    recipe, where = chosen.recipe, chosen.cache.where
    side = "" if one.side == "test" else f"-{one.side}"
    name = labelled(f"{recipe.name}-{one.run}-{one.set}{side}", stand_in=bool(recipe.stand_in))
    file = output / f"{name}.txt"
    articles, _ = stories_of(where(one.ranked.needs["read"]), one.side)
    addresses = {article.id: article.url for article in articles if article.url}
    run = replace(read_run(where(one.ranked) / RUN, "trec"), name=name)
    write_run(run, file, recipe.sets[one.set].format, addresses=addresses)
    said: dict[str, Any] = _json(where(one.measured) / MEASURES) if one.measured else {}
    return Measured(
        run=one.run,
        set=one.set,
        side=one.side,
        file=file,
        articles=said.get("articles", 0),
        measures=said.get("measures", {}),
        intervals=said.get("intervals", {}),
        missing=said.get("missing", 0),
    )


def _told(graph: Graph, cache: Cache) -> dict[str, Any]:
    told = {}
    for name, stage in graph.models.items():
        for report in (BLEND, CATEGORIES):
            file = cache.where(stage) / report
            if file.is_file():
                told[name] = _json(file)
    return told


def _json(file: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return said
