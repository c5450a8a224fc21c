"""The encoders that Picdesk knows by name."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from picdesk.encoders.tables import NAME, REPOSITORY, read_tables
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from collections.abc import Sequence

_LANGUAGE = re.compile(r"[a-z]{2}|many")
_SIDES = ("visual", "textual")
_NEEDED_BY_SIDE = {"visual": "image_size", "textual": "text_limit"}


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A model that can be fetched.

    Attributes:
        name: what ``--encoder`` takes.
        family: whose models these are.
        weights: hub repository of the original weights.
        onnx: hub repository of a ready ONNX export; "" where there is none.
        sides: ``visual``, ``textual`` or both.
        dimension: numbers in a vector.
        languages: ISO 639-1 codes, or ``many`` alone.
        licence: of the weights: SPDX identifier or ``LicenseRef-...``.
        size: bytes to fetch, rounded: of the export, or of the weights where there is none.
        verified: whether all of this was checked against the makers' own pages.
        file: the file in ``weights``; "" where the repository is a transformers folder.
        image_size: pixels of an edge of the input image; ``None`` without an image side.
        text_limit: tokens that a text may have, special ones included; ``None`` without a text side.
        loadable: whether ``picdesk models export`` can make an ONNX folder of the weights.
        architecture: open_clip's name of the model, where neither the weights nor a file beside them say it; "" else.
        partner: name of the model whose image side these texts were trained to meet, for a text side alone; "" else.
    """

    name: str
    family: str
    weights: str
    onnx: str
    sides: tuple[str, ...]
    dimension: int
    languages: tuple[str, ...]
    licence: str
    size: int
    verified: bool
    file: str = ""
    image_size: int | None = None
    text_limit: int | None = None
    loadable: bool = True
    architecture: str = ""
    partner: str = ""


def catalogue() -> tuple[CatalogueEntry, ...]:
    """Every model that Picdesk knows by name, in the order of the file."""
    return read_catalogue(files("picdesk.encoders").joinpath("catalogue.toml").read_text(encoding="utf-8"))


def read_catalogue(text: str) -> tuple[CatalogueEntry, ...]:
    """Read a catalogue.

    Args:
        text: TOML, one ``[[model]]`` an entry with the attributes of ``CatalogueEntry``; ``languages`` may be one
            string.

    Raises:
        InputError: not TOML, or an entry lacks something, has something unknown, or a value makes no sense.
    """
    return read_tables(text, CatalogueEntry, _entry)


def find_entry(name: str, entries: Sequence[CatalogueEntry]) -> CatalogueEntry | None:
    """The entry with that name."""
    return next((entry for entry in entries if entry.name == name), None)


def close_names(name: str, entries: Sequence[CatalogueEntry]) -> list[str]:
    """Up to three names that look like the one given, the closest first (Ratcliff and Metzener 1988)."""
    return difflib.get_close_matches(name[:100].lower(), [entry.name for entry in entries], n=3, cutoff=0.6)


def not_ready(entry: CatalogueEntry) -> EncoderMissing:
    """The error for a model that nobody has exported to ONNX yet."""
    if not entry.loadable:
        return EncoderMissing(
            f"{entry.name} has no ready ONNX export on the hub, and its weights cannot be read here yet",
            "Choose another, or give the folder of an ONNX export made elsewhere (visual/, textual/).",
        )
    return EncoderMissing(
        f"{entry.name} has no ready ONNX export on the hub",
        f"Make one: pip install 'picdesk[torch]', then picdesk models export {entry.name} {entry.name}",
    )


def _entry(table: dict[str, Any]) -> CatalogueEntry:
    languages = table["languages"]
    table = table | {"languages": [languages] if isinstance(languages, str) else languages}
    for key in ("sides", "languages"):
        if not isinstance(table[key], list) or not table[key] or len(set(table[key])) < len(table[key]):
            raise ValueError(f"{key} is {table[key]!r}, not a list without repetitions")
    for key in ("name", "family", "weights", "onnx", "licence"):
        if not isinstance(table[key], str):
            raise TypeError(f"{key} is {table[key]!r}, not a text")
    _check(table)
    return CatalogueEntry(**{**table, "sides": tuple(table["sides"]), "languages": tuple(table["languages"])})


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def _check(table: dict[str, Any]) -> None:
    numbers = {"dimension", "size"} | (table.keys() & {"image_size", "text_limit"})
    wrong = {
        "name": not _is_name(table["name"]),
        "family": not table["family"],
        "weights": not REPOSITORY.fullmatch(table["weights"]),
        "onnx": table["onnx"] != "" and not REPOSITORY.fullmatch(table["onnx"]),
        **{key: not isinstance(table.get(key, ""), str) for key in ("file", "architecture")},
        "partner": table.get("partner", "") != "" and (table["sides"] != ["textual"] or not _is_name(table["partner"])),
        "sides": not set(table["sides"]) <= set(_SIDES),
        "languages": not all(isinstance(code, str) and _LANGUAGE.fullmatch(code) for code in table["languages"]),
        "licence": not table["licence"],
        **{key: type(table[key]) is not bool for key in table.keys() & {"verified", "loadable"}},
    } | {key: type(table[key]) is not int or table[key] <= 0 for key in numbers}
    if bad := [key for key in table if wrong.get(key)]:
        raise ValueError(f"{bad[0]} is {table[bad[0]]!r}")
    for side, key in _NEEDED_BY_SIDE.items():
        if (side in table["sides"]) != (key in table):
            raise ValueError(f"{key} belongs to a {side} side and to nothing else")
