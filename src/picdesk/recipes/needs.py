"""What a recipe needs of this machine: data, models, extras. All that is missing is named at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.encoders.catalogue import catalogue, find_entry
from picdesk.encoders.snapshot import find_snapshot
from picdesk.encoders.weights import find_weights
from picdesk.errors import MissingError
from picdesk.photos.locate import printable
from picdesk.recipes.check import EXTRAS, made_of
from picdesk.recipes.model import Catalogued

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from picdesk.encoders.catalogue import CatalogueEntry
    from picdesk.recipes.recipe import Data, Recipe

TRAINED = ("Spaces", "Tuned", "Aligned", "Blended", "Tiny")


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that a recipe needs.

    Attributes:
        kind: ``data``, ``model`` or ``extra``.
        name: in the recipe.
        about: what it is.
        where: where it lies; ``None`` where it is not here.
        ask: how to come by it.
        bytes: roughly, where that is known; else 0.
        optional: whether a run goes on without it.
    """

    kind: str
    name: str
    about: str
    where: Path | None
    ask: str
    bytes: int = 0
    optional: bool = False

    @property
    def here(self) -> bool:
        """Whether it is."""
        return self.where is not None


def needs_of(recipe: Recipe, data: Path | None, models: Path | None) -> list[Need]:
    """Everything that a recipe needs, here or not.

    Args:
        recipe: the recipe.
        data: folder with the data's folders, or the one that is needed itself.
        models: folder with the models' folders; models of the catalogue are looked for in the hub's cache too.
    """
    return [*_data_needs(recipe, data), *_model_needs(recipe, models), *_extra_needs(recipe)]


def demand(needs: list[Need]) -> None:
    """Go on if everything is here.

    Raises:
        MissingError: something is not; all of it is named, with where to ask for it.
    """
    lacking = [need for need in needs if not need.here and not need.optional]
    if lacking:
        lines = [f"{need.kind} {need.name}: {printable(need.about)}\n    {need.ask}" for need in lacking]
        raise MissingError(
            f"{len(lacking)} things are missing:\n  " + "\n  ".join(lines),
            "Put data below --data and models below --models, under the names given, and start again.",
        )


def _data_needs(recipe: Recipe, root: Path | None) -> Iterator[Need]:
    for name, data in recipe.data.items():
        if data.kind != "drawn":
            yield Need(
                kind="data",
                name=name,
                about=f"{data.about} (folder {data.folder})",
                where=_data_folder(data, root),
                ask=f"Ask {data.ask}" if data.ask else "",
                bytes=int(data.gigabytes * 1e9),
                optional=data.optional,
            )


def _data_folder(data: Data, root: Path | None) -> Path | None:
    """``root/folder``; or the root itself, where it is that folder."""
    if root is None:
        return None
    if (root / data.folder).exists():
        return root / data.folder
    return root if root.exists() and root.resolve().name == Path(data.folder).name else None


def _model_needs(recipe: Recipe, root: Path | None) -> Iterator[Need]:
    trainable = {one for model in recipe.models.values() for one in made_of(model) if type(model).__name__ != "Spaces"}
    for name, model in recipe.models.items():
        if not isinstance(model, Catalogued):
            continue
        entry = find_entry(model.encoder, catalogue())
        own = root / model.encoder if root else None
        where = own if own and own.exists() else _fetched(entry, weights=name in trainable)
        fetch = f"picdesk models get {model.encoder}" if entry and entry.onnx and name not in trainable else ""
        weights = f"weights of {entry.weights}, as a folder --models/{model.encoder}" if entry else ""
        yield Need(
            kind="model",
            name=name,
            about=model.about or model.encoder,
            where=where,
            ask=model.ask or (f"Fetch it: {fetch}" if fetch else f"Put it there: {weights or model.encoder}"),
            bytes=entry.size if entry else 0,
        )


def _fetched(entry: CatalogueEntry | None, *, weights: bool) -> Path | None:
    """Where a model of the catalogue is in the hub's cache; to be trained, it must be there as weights."""
    if entry is None:
        return None
    return (None if weights else find_snapshot(entry)) or find_weights(entry)


def _extra_needs(recipe: Recipe) -> Iterator[Need]:
    checks: dict[str, Callable[[], None]] = {}
    kinds = {type(model).__name__ for model in recipe.models.values()}
    if kinds & set(TRAINED):
        checks["train"] = _torch
    wanted = {name for model in recipe.models.values() if isinstance(model, Catalogued) for name in model.needs}
    for name in sorted(wanted | ({"ratings"} if recipe.ratings else set())):
        checks.setdefault(name, _extra(name))
    for name, reading in recipe.readings.items():
        if reading.texts.paraphrases and reading.texts.paraphraser not in recipe.models:
            checks[f"paraphraser of {name}"] = _paraphraser(reading.texts.paraphraser)
    for language, target, where in _translations(recipe):
        checks[f"translator {language} to {target}"] = _translator(where, language, target)
    for name, check in checks.items():
        try:
            check()
        except MissingError as error:
            yield Need(kind="extra", name=name, about=error.message, where=None, ask=error.hint)
        else:
            yield Need(kind="extra", name=name, about=f"what {name} needs", where=Path(), ask="")


def _torch() -> None:
    from picdesk.encoders.torch.extra import need_torch

    need_torch()


def _extra(name: str) -> Callable[[], None]:
    def check() -> None:
        from importlib.util import find_spec

        from picdesk.errors import ExtraMissing

        if find_spec(EXTRAS[name]) is None:
            raise ExtraMissing(f"{EXTRAS[name]} is not installed", f"pip install 'picdesk[{name}]'")

    return check


def _paraphraser(where: str) -> Callable[[], None]:
    def check() -> None:
        if not where or not Path(where).exists():
            raise MissingError(
                f"no model that makes paraphrases{f' in {printable(where)}' if where else ''}",
                "Name the folder of a T5 model as 'paraphraser' of the reading's texts.",
            )

    return check


def _translations(recipe: Recipe) -> Iterator[tuple[str, str, str]]:
    """Language, target and translator of all that has to be translated."""
    languages = {language for data in recipe.data.values() for language in data.languages}
    asked = {
        (language, reading.translate, reading.translator or "auto")
        for reading in recipe.readings.values()
        if reading.translate and reading.translator not in recipe.models
        for language in languages - {reading.translate}
    }
    yield from sorted(asked)


def _translator(where: str, language: str, target: str) -> Callable[[], None]:
    def check() -> None:
        from picdesk.articles.translate import load_translator

        load_translator(where, language, target)

    return check


def found(needs: list[Need], kind: str) -> Mapping[str, Path]:
    """Name -> where it is, of those that are here."""
    return {need.name: need.where for need in needs if need.kind == kind and need.where is not None}
