"""A recipe's TOML becomes values; what makes no sense in it is said before anything runs."""

from __future__ import annotations

import dataclasses
import tomllib
import typing
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from picdesk.articles.reading import reading_of, readings
from picdesk.errors import InputError
from picdesk.photos.locate import printable
from picdesk.recipes.check import check_recipe
from picdesk.recipes.model import MODEL_KINDS
from picdesk.recipes.recipe import (
    About,
    Change,
    Cost,
    Data,
    Published,
    RatingsPlan,
    Recipe,
    Row,
    RunPlan,
    Sides,
    StandsFor,
    Submission,
)
from picdesk.recipes.stand_in import overlaid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from picdesk.articles.reading import Reading
    from picdesk.recipes.model import Model

SECTIONS = (
    "about",
    "cost",
    "data",
    "sets",
    "readings",
    "models",
    "runs",
    "changes",
    "submission",
    "ratings",
    "published",
    "stand_in",
)


def recipe_names() -> tuple[str, ...]:
    """The recipes that come with Picdesk, by year, this project's own last."""
    found = (path.name.removesuffix(".toml") for path in files("picdesk.recipes").iterdir())
    named = [name for name in found if (files("picdesk.recipes") / f"{name}.toml").is_file()]
    return tuple(sorted(named, key=lambda name: (name.rpartition("-")[2], name)))


def load_recipe(where: str, *, stand_in: bool = False) -> Recipe:
    """A recipe by its name, or from a TOML file of one's own.

    Args:
        where: the name or the file.
        stand_in: with what is here instead of what the paper had; the published tables are left out then, so that
            they cannot be set beside such numbers.

    Raises:
        InputError: there is none, or it makes no sense.
    """
    if where in recipe_names():
        return read_recipe((files("picdesk.recipes") / f"{where}.toml").read_text("utf-8"), where, stand_in=stand_in)
    try:
        text = Path(where).read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        raise InputError(
            f"no recipe is called {printable(where)!r}, and no file either",
            f"Use one of: {', '.join(recipe_names())}; or a TOML file of your own.",
        ) from None
    return read_recipe(text, Path(where).stem, stand_in=stand_in)


def read_recipe(text: str, name: str, *, stand_in: bool = False) -> Recipe:
    """A recipe from TOML.

    Raises:
        InputError: broken TOML, an unknown key or kind, a value that makes no sense, or a name of nothing.
    """
    called = f"the recipe {printable(name)!r}"
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{called} is no TOML: {error}", "Mend the file.") from None
    _known(table, SECTIONS, called)
    stands: tuple[StandsFor, ...] = ()
    if stand_in:
        stands = tuple(
            _record(StandsFor, each, f"{called}, [stand_in] stands_for")
            for each in _list(table.get("stand_in", {}), "stands_for", f"{called}, [stand_in]")
        )
        if not stands:
            raise InputError(f"{called} has no stand-in", "Run it without --stand-in, on its own data.")
        table = overlaid(table, called)
    return check_recipe(_recipe(table, name, called, stands))


def _recipe(table: Mapping[str, Any], name: str, called: str, stands: tuple[StandsFor, ...]) -> Recipe:
    changes = (_record(Change, each, f"{called}, [[changes]]") for each in _list(table, "changes", called))
    published = (_published(each, called) for each in _list(table, "published", called))
    return Recipe(
        name=name,
        about=_record(About, _table(table, "about", called), f"{called}, [about]"),
        cost=_record(Cost, _table(table, "cost", called), f"{called}, [cost]"),
        data=_each(table, "data", called, lambda one, where: _record(Data, one, where)),
        sets=_each(table, "sets", called, lambda one, where: _record(Sides, one, where)),
        readings=_each(table, "readings", called, _reading),
        models=_each(table, "models", called, _model),
        runs=_each(table, "runs", called, lambda one, where: _record(RunPlan, one, where)),
        changes=tuple(changes),
        submission=_optional(Submission, table, "submission", called),
        ratings=_optional(RatingsPlan, table, "ratings", called),
        published=() if stands else tuple(published),
        stand_in=stands,
    )


def _reading(table: Mapping[str, Any], where: str) -> Reading:
    """A reading of one's own, or a published one by ``is``, with changes."""
    base = table.get("is")
    if base is None:
        return reading_of(table, where.rpartition(".")[2].rstrip("]"))
    if base not in readings():
        raise InputError(f"{where}: no reading is called {base!r}", f"There are: {', '.join(readings())}.")
    values = {key: value for key, value in table.items() if key != "is"}
    whole = tomllib.loads(readings()[base].to_toml())
    for key, value in values.items():
        whole[key] = {**whole[key], **value} if isinstance(value, dict) and isinstance(whole.get(key), dict) else value
    return reading_of(whole, base)


def _model(table: Mapping[str, Any], where: str) -> Model:
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in MODEL_KINDS:
        raise InputError(f"{where} is of the kind {kind!r}", f"There are: {', '.join(MODEL_KINDS)}.")
    values = {key: value for key, value in table.items() if key != "kind"}
    made: Model = _record(MODEL_KINDS[kind], values, where)
    return made


def _published(table: Any, called: str) -> Published:
    where = f"{called}, [[published]]"
    if not isinstance(table, dict):
        raise InputError(f"{where} is no table", "Write it as [[published]].")
    where = f"{called}, published table {table.get('name', '')!r}"
    rows = tuple(_record(Row, each, f"{where}, a row") for each in _list(table, "rows", where))
    made: Published = _record(Published, {**table, "rows": []}, where)
    return dataclasses.replace(made, rows=rows)


def _each(
    table: Mapping[str, Any], section: str, called: str, make: Callable[[Mapping[str, Any], str], Any]
) -> dict[str, Any]:
    made = {}
    for name, one in _table(table, section, called).items():
        where = f"{called}, [{section}.{name}]"
        if not isinstance(one, dict):
            raise InputError(f"{where} is no section", f"Write it as [{section}.{name}].")
        made[name] = make(one, where)
    return made


def _table(table: Mapping[str, Any], section: str, called: str) -> dict[str, Any]:
    value = table.get(section, {})
    if not isinstance(value, dict):
        raise InputError(f"'{section}' of {called} is no section", f"Write it as [{section}].")
    return value


def _list(table: Mapping[str, Any], section: str, called: str) -> list[Any]:
    value = table.get(section, [])
    if not isinstance(value, list):
        raise InputError(f"'{section}' of {called} is no list", f"Write it as [[{section}]].")
    return value


def _optional(kind: type[Any], table: Mapping[str, Any], section: str, called: str) -> Any:
    return _record(kind, _table(table, section, called), f"{called}, [{section}]") if section in table else None


def _record(kind: type[Any], table: Any, where: str) -> Any:
    """A frozen record of a TOML table, each value of the type that its field has."""
    if not isinstance(table, dict):
        raise InputError(f"{where} is no section", "Write it with its keys below its name.")
    fields = {each.name: each for each in dataclasses.fields(kind)}
    _known(table, fields, where)
    needed = [
        each.name
        for each in fields.values()
        if each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
    ]
    if lacking := [name for name in needed if name not in table]:
        raise InputError(f"{where} does not say {', '.join(lacking)}", f"It says: {', '.join(fields)}.")
    types = typing.get_type_hints(kind)
    return kind(**{key: _value(value, types[key], f"'{key}' of {where}") for key, value in table.items()})


def _value(value: Any, wanted: Any, where: str) -> Any:
    parts = typing.get_args(wanted)
    if typing.get_origin(wanted) is tuple:
        if not isinstance(value, list):
            raise InputError(f"{where} is {value!r}", 'Give a list, such as ["one", "two"].')
        return tuple(value) if parts[0] is Row else tuple(_value(each, parts[0], where) for each in value)
    if parts:  # a mapping
        if not isinstance(value, dict):
            raise InputError(f"{where} is {value!r}", 'Give a table, such as { name = "value" }.')
        return {key: each if parts[1] is Any else _value(each, parts[1], where) for key, each in value.items()}
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not wanted:
        kinds = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false"}
        raise InputError(f"{where} is {value!r}", f"Give {kinds[wanted]}.")
    return value


def _known(table: Mapping[str, Any], known: Any, where: str) -> None:
    for key in table:
        if key not in known:
            raise InputError(f"{where} has an unknown key {printable(key)!r}", f"Known are: {', '.join(known)}.")
