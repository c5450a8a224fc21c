"""Whether the names in a recipe are of something, so that a typing error costs a second and not a night."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.recipes.model import Aligned, Blended, Spaces, Tiny, Tuned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from picdesk.recipes.recipe import Recipe

KINDS = ("newsimages", "pairs", "photos", "ratings", "table", "drawn")
SIDES = ("test", "train")
ROLES = ("encoder", "paraphraser", "translator")
EXTRAS = {"torch": "torch", "train": "torch", "translate": "ctranslate2", "ratings": "openpyxl", "report": "matplotlib"}
"""Extra of Picdesk that a model may need -> a package that comes with it."""

OWN = "own"
"""Among pairs: the training side of the set that is asked for."""


def check_recipe(recipe: Recipe) -> Recipe:
    """The recipe as it is.

    Raises:
        InputError: a name in it is of nothing, a number is out of bounds, or models are made of each other.
    """
    for what, given, known in _names(recipe):
        if given not in known:
            listed = ", ".join(known) or "none"
            raise InputError(f"the recipe {recipe.name!r}: {what} {given!r} is not there", f"There are: {listed}.")
    for section in ("data", "sets", "models", "runs"):
        if section != "data" and not getattr(recipe, section):
            raise InputError(f"the recipe {recipe.name!r} has no [{section}]", "A recipe needs sets, models and runs.")
    _numbers(recipe)
    _tables(recipe)
    for name in recipe.models:
        _acyclic(recipe, name, ())
    return recipe


def made_of(model: Any) -> tuple[str, ...]:
    """Names of the models that a model is made of."""
    if isinstance(model, Spaces):
        return (*model.texts, *model.images)
    if isinstance(model, Tuned | Aligned):
        return (model.model,)
    return model.models if isinstance(model, Blended) else ()


def pairs_of(model: Any) -> tuple[str, ...]:
    """What a model learns from, or knows the words of: sets, data, or ``own``."""
    if isinstance(model, Tiny):
        return (*model.pairs, *model.vocabulary)
    return model.pairs if isinstance(model, Spaces | Tuned | Aligned | Blended) else ()


def _names(recipe: Recipe) -> Iterator[tuple[str, str, Iterable[str]]]:
    """What a name is, the name, and where it must be."""
    kinds = {kind: [name for name, each in recipe.data.items() if each.kind == kind] for kind in KINDS}
    readings = {*recipe.readings, ""}
    for name, data in recipe.data.items():
        yield f"data {name}: the kind", data.kind, KINDS
        if data.kind != "drawn" and not data.folder:
            yield f"data {name}: the folder", "", ("the name of one below the folder of data",)
    for one in recipe.sets.values():
        yield "the data", one.data, kinds["newsimages"]
        if one.photos:
            yield "the photos", one.photos, kinds["photos"]
    for name, model in recipe.models.items():
        yield from ((f"model {name}: the model", each, recipe.models) for each in made_of(model))
        known = (OWN, *recipe.sets, *kinds["pairs"], *kinds["drawn"])
        yield from ((f"model {name}: the pairs", each, known) for each in pairs_of(model))
        yield f"model {name}: the reading", getattr(model, "reading", ""), readings
        yield from ((f"model {name}: the extra", each, EXTRAS) for each in getattr(model, "needs", ()))
        yield f"model {name}: the role", getattr(model, "role", "encoder"), ROLES
    for name, run in recipe.runs.items():
        yield from ((f"run {name}: the model", each, recipe.models) for each in run.models)
        yield from ((f"run {name}: the model", each, recipe.models) for each in filter(None, [run.rerank]))
        yield from ((f"run {name}: the set", each, recipe.sets) for each in (*run.sets, *run.readings))
        yield from ((f"run {name}: the side", each, SIDES) for each in run.sides)
        yield from (
            (f"run {name}: the reading", each, recipe.readings) for each in (run.reading, *run.readings.values())
        )
    for change in recipe.changes:
        yield from (("a change: the run", each, recipe.runs) for each in (change.before, change.after))
    if recipe.submission:
        yield from (("the submission: the run", each, recipe.runs) for each in recipe.submission.runs)
        yield "the submission: the subset", recipe.submission.subset, ("", *recipe.sets)
    if recipe.ratings:
        yield "the ratings", recipe.ratings.data, kinds["ratings"]
        if recipe.ratings.categories:
            yield "the categories", recipe.ratings.categories, kinds["table"]


def _numbers(recipe: Recipe) -> None:
    for name, one in recipe.sets.items():
        if (one.share and one.first) or not 0 <= one.share < 1 or one.first < 0:
            raise InputError(
                f"the recipe {recipe.name!r}, set {name}: share {one.share:g} and first {one.first}",
                "Give a share over 0 and under 1, or a number of first articles, or the names of two parts.",
            )
    for name, run in recipe.runs.items():
        if not run.models or min(run.depth, run.rerank_depth) < 1 or min(run.dual_softmax, run.rerank_weight) < 0:
            raise InputError(
                f"the recipe {recipe.name!r}, run {name}: a number makes no sense, or it has no model",
                "Depths are 1 or more, temperature and weight 0 or more, and a run needs a model.",
            )
    for name, model in recipe.models.items():
        if isinstance(model, Blended) and (len(model.models) != 2 or bool(model.sweep) == bool(model.alpha)):
            raise InputError(
                f"the recipe {recipe.name!r}, model {name} is no blend", "Give two models, and either alpha or sweep."
            )


def _tables(recipe: Recipe) -> None:
    for table in recipe.published:
        for row in table.rows:
            where = f"the recipe {recipe.name!r}, published table {table.name!r}, row {row.label or row.run!r}"
            if len(row.values) != len(table.measures):
                raise InputError(f"{where} has {len(row.values)} values", f"Give {len(table.measures)}, or nan.")
            if (row.run and row.run not in recipe.runs) or (row.set and row.set not in recipe.sets):
                raise InputError(f"{where} is of no run and set of the recipe", "Leave run empty, and give a label.")
            if not row.run and not row.label:
                raise InputError(f"{where} has no name", "Give a run or a label.")


def _acyclic(recipe: Recipe, name: str, above: tuple[str, ...]) -> None:
    if name in above:
        raise InputError(f"the recipe {recipe.name!r}: model {name} is made of itself", " <- ".join((*above, name)))
    for each in made_of(recipe.models[name]):
        _acyclic(recipe, each, (*above, name))
