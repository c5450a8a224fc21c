"""Lists of models in TOML: one ``[[model]]`` an entry, its keys the fields of a record, each name once."""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""What a model may be called."""

REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
"""What a repository of the hub may be called."""


class Named(Protocol):
    """A record with a name."""

    @property
    def name(self) -> str:
        """Of the model."""


T = TypeVar("T", bound=Named)


def read_tables(text: str, kind: type[T], make: Callable[[dict[str, Any]], T]) -> tuple[T, ...]:
    """Read such a list.

    Args:
        text: the TOML.
        kind: the records' class, whose fields say which keys there are, and by their defaults which are needed.
        make: a record of one table; it raises ``ValueError`` or ``TypeError`` where a value makes no sense.

    Raises:
        InputError: not TOML, or an entry lacks something, has something unknown, or a value makes no sense.
    """
    hint = "Correct the catalogue; its first lines say what each field means."
    try:
        tables = tomllib.loads(text).get("model")
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the catalogue is no TOML: {error}", hint) from error
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InputError("the catalogue holds no list of [[model]] tables", hint)
    models: dict[str, T] = {}
    for number, table in enumerate(tables, 1):
        shown = f"model {number} of the catalogue ({table.get('name', 'without a name')!r})"
        try:
            _check_fields(table, kind)
            model = make(table)
        except (TypeError, ValueError) as error:
            raise InputError(f"{shown}: {error}", hint) from error
        if model.name in models:
            raise InputError(f"{shown}: the name is taken", hint)
        models[model.name] = model
    return tuple(models.values())


def _check_fields(table: Mapping[str, Any], kind: Any) -> None:
    known = {field.name for field in fields(kind)}
    needed = {field.name for field in fields(kind) if field.default is MISSING}
    if unknown := table.keys() - known:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    if missing := needed - table.keys():
        raise ValueError(f"missing: {', '.join(sorted(missing))}")
