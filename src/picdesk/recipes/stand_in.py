"""The stand-in of a recipe: the same system over what is here, said by the recipe itself in ``[stand_in]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

LABEL = "STAND-IN"
"""Stands on every table, file name, run and document of a stand-in."""

_OWN = ("stands_for", "without")


def overlaid(table: Mapping[str, Any], called: str) -> dict[str, Any]:
    """A recipe's TOML with what its ``[stand_in]`` says laid over it.

    What ``without`` names as ``section.name`` is taken out first. A section that is there is changed key by key, unless
    the stand-in names its ``kind``: then it is replaced. Lists are replaced. Published tables go.

    Raises:
        InputError: ``without`` names nothing that is there.
    """
    said = table["stand_in"]
    whole = {key: value for key, value in table.items() if key not in ("stand_in", "published")}
    for path in said.get("without", []):
        section, _, name = str(path).partition(".")
        if section not in whole or (name and name not in whole[section]):
            raise InputError(f"{called}, [stand_in]: there is no {path} to do without", "Name it as section.name.")
        if name:
            whole[section] = {key: value for key, value in whole[section].items() if key != name}
        else:
            del whole[section]
    return _merged(whole, {key: value for key, value in said.items() if key not in _OWN})


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        there = merged.get(key)
        if isinstance(value, dict) and isinstance(there, dict) and "kind" not in value:
            merged[key] = _merged(there, value)
        else:
            merged[key] = value
    return merged


def labelled(name: str, *, stand_in: bool) -> str:
    """What a file, a run or a table of a recipe is called.

    >>> labelled("certh-2022-clip", stand_in=True)
    'STAND-IN-certh-2022-clip'
    """
    return f"{LABEL}-{name}" if stand_in else name
