"""From what the user calls a translator to the translator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.articles.language import normal_code
from picdesk.articles.translate.folder import is_converted
from picdesk.articles.translate.models import (
    close_models,
    find_converted,
    find_model,
    models_folder,
    models_for,
    text_models,
)
from picdesk.errors import InputError, TranslatorMissing

if TYPE_CHECKING:
    from picdesk.articles.translate.protocol import Translator

AUTO = "auto"
APERTIUM = "apertium"


def load_translator(
    where: str, source: str, target: str = "en", *, beams: int = 4, remember: bool = True
) -> Translator:
    """Open a translator; the network is never asked.

    Args:
        where: ``auto``: a model for that pair that was fetched (``picdesk models get``), the one that reads the fewest
            languages first, else ``apertium`` where it has the pair; or ``apertium``; or a folder that
            ``picdesk models convert`` wrote; or the name of a model that was fetched.
        source: the language to read, as a code or tag (``de``, ``de-AT``, ``ger``).
        target: the language to write.
        beams: hypotheses that a model follows; 1 is three times as fast as 4.
        remember: whether translated sentences are kept on disk, in the user's cache.

    Raises:
        TranslatorMissing: nothing that translates this pair is here; the hint names the command that brings it.
        ExtraMissing: the ``translate`` extra is not installed.
        InputError: a language is no language, or both are the same.
    """
    read, write = _pair(source, target)
    if where == APERTIUM:
        from picdesk.articles.translate.apertium import ApertiumTranslator

        return ApertiumTranslator(read, write)
    if where == AUTO:
        return _any(read, write, beams, remember)
    folder, name = _named(where, read, write)
    return _marian(folder, read, write, name, beams, remember)


def _pair(source: str, target: str) -> tuple[str, str]:
    codes = [normal_code(source), normal_code(target)]
    for said, code in zip((source, target), codes, strict=True):
        if code is None:
            raise InputError(f"{said!r} is no language", "Give its ISO 639-1 code, such as de, ru, ja or ar.")
    read, write = str(codes[0]), str(codes[1])
    if read == write:
        raise InputError(f"there is nothing to translate from {read} to {write}", "Translate only other languages.")
    return read, write


def _any(source: str, target: str, beams: int, remember: bool) -> Translator:
    from picdesk.articles.translate.apertium import ApertiumTranslator, find_mode

    models = models_for(source, target, text_models())
    for model in models:
        if folder := find_converted(model):
            return _marian(folder, source, target, model.name, beams, remember)
    own = models_folder() / f"opus-mt-{source}-{target}"
    if is_converted(own):
        return _marian(own, source, target, own.name, beams, remember)
    if find_mode(source, target):
        return ApertiumTranslator(source, target)
    raise TranslatorMissing(f"nothing here translates from {source} to {target}", _how_to_get(source, target))


def _how_to_get(source: str, target: str) -> str:
    models = models_for(source, target, text_models())
    if models:
        return f"Fetch a model once: picdesk models get {models[0].name}. Or use an encoder that knows the language."
    return (
        "Convert a Marian model for that pair (picdesk models convert FOLDER OUT) and give OUT, "
        "or use an encoder that knows the language."
    )


def _named(where: str, source: str, target: str) -> tuple[Path, str]:
    """A folder and what its model is called; what is on disk wins."""
    try:
        folder = Path(where).expanduser()
        found = folder.exists()
    except (OSError, RuntimeError, ValueError):  # too long a name, no home folder, a NUL character
        found = False
    if found:
        return folder.resolve(), folder.resolve().name
    model = find_model(where)
    if model is None:
        close = close_models(where)
        meant = f" Did you mean {' or '.join(close)}?" if close else ""
        raise TranslatorMissing(
            f"no translator called {where[:200]!r} here",
            f"Give auto, apertium, a folder that picdesk models convert wrote, or a name of picdesk models.{meant}",
        )
    if source not in model.source or model.target != target:
        raise TranslatorMissing(
            f"{model.name} does not translate from {source} to {target}", _how_to_get(source, target)
        )
    converted = find_converted(model)
    if converted is None:
        raise TranslatorMissing(
            f"the model {model.name} is not on this machine", f"Fetch it once: picdesk models get {model.name}"
        )
    return converted, model.name


def _marian(folder: Path, source: str, target: str, name: str, beams: int, remember: bool) -> Translator:
    from picdesk.articles.translate.marian import MarianTranslator
    from picdesk.articles.translate.remember import open_memory

    return MarianTranslator(folder, source, target, name=name, beams=beams, memory=open_memory(wanted=remember))
