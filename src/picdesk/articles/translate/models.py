"""The models that Picdesk knows by name for translating and paraphrasing."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from picdesk.encoders.cache import cache_folder
from picdesk.encoders.hub import files_folder
from picdesk.encoders.tables import NAME, REPOSITORY, read_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

JOBS = ("translate", "paraphrase")
_LANGUAGE = re.compile(r"[a-z]{2}")


@dataclass(frozen=True, slots=True)
class TextModel:
    """A model that turns text into text, and that can be fetched.

    Attributes:
        name: what ``picdesk models get`` takes.
        job: ``translate`` or ``paraphrase``.
        weights: hub repository of the original weights, a transformers folder.
        source: ISO 639-1 codes of the languages that it reads.
        target: ISO 639-1 code of the language that it writes.
        licence: of the weights: SPDX identifier or ``LicenseRef-...``.
        size: bytes of the original weights, rounded.
        verified: whether all of this was checked against the makers' own pages.
        ready: hub repository of a conversion to CTranslate2; "" where none is known.
        prefix: what is put before every text.
    """

    name: str
    job: str
    weights: str
    source: tuple[str, ...]
    target: str
    licence: str
    size: int
    verified: bool
    ready: str = ""
    prefix: str = ""


def text_models() -> tuple[TextModel, ...]:
    """Every model that Picdesk knows by name, in the order of the file."""
    return read_models(files("picdesk.articles.translate").joinpath("models.toml").read_text(encoding="utf-8"))


def read_models(text: str) -> tuple[TextModel, ...]:
    """Read a catalogue of models: TOML, one ``[[model]]`` an entry with the attributes of ``TextModel``.

    Raises:
        InputError: not TOML, or an entry lacks something, has something unknown, or a value makes no sense.
    """
    return read_tables(text, TextModel, _model)


def find_model(name: str) -> TextModel | None:
    """The model of that name, however it is capitalised."""
    wanted = name.strip().lower()
    return next((model for model in text_models() if model.name == wanted), None)


def close_models(name: str) -> list[str]:
    """Names that resemble one that there is not, the closest first."""
    return difflib.get_close_matches(name[:200].lower(), [model.name for model in text_models()])


def models_for(source: str, target: str, models: Sequence[TextModel]) -> list[TextModel]:
    """The models that translate a pair, those that read few languages first."""
    fitting = [
        model for model in models if model.job == "translate" and source in model.source and model.target == target
    ]
    return sorted(fitting, key=lambda model: len(model.source))


def models_folder() -> Path:
    """Where converted models lie, each in a folder of its name; it need not exist."""
    return cache_folder() / "models"


def find_converted(model: TextModel) -> Path | None:
    """The folder of a model that is ready to be used; ``None`` where it is not here."""
    from picdesk.articles.translate.folder import is_converted

    candidates = [models_folder() / model.name, files_folder(model.ready) if model.ready else None]
    return next((folder for folder in candidates if folder and is_converted(folder)), None)


def _model(table: dict[str, Any]) -> TextModel:
    checks: dict[str, Callable[[Any], object]] = {
        "name": lambda value: isinstance(value, str) and NAME.fullmatch(value),
        "job": lambda value: value in JOBS,
        "weights": lambda value: isinstance(value, str) and REPOSITORY.fullmatch(value),
        "ready": lambda value: value == "" or (isinstance(value, str) and REPOSITORY.fullmatch(value)),
        "source": lambda value: isinstance(value, list) and value and all(_LANGUAGE.fullmatch(str(c)) for c in value),
        "target": lambda value: isinstance(value, str) and _LANGUAGE.fullmatch(value),
        "licence": lambda value: isinstance(value, str) and value,
        "size": lambda value: type(value) is int and value > 0,
        "verified": lambda value: type(value) is bool,
        "prefix": lambda value: isinstance(value, str),
    }
    if bad := [key for key, value in table.items() if not checks[key](value)]:
        raise ValueError(f"{bad[0]} is {table[bad[0]]!r}")
    return TextModel(**{**table, "source": tuple(table["source"])})
