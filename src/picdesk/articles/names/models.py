"""Names found by a model that the user has: a folder of spaCy's or of GLiNER's."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from picdesk.errors import EncoderMissing, ExtraMissing
from picdesk.records import Name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class NameModel(Protocol):
    """Finds names in a text."""

    def find(self, text: str) -> list[Name]:
        """The names in a text, each once, in order."""


KINDS: Mapping[str, str] = {
    "PERSON": "person", "PER": "person", "GPE": "place", "LOC": "place", "FAC": "place", "ORG": "organisation",
    "NORP": "other", "EVENT": "other", "PRODUCT": "other", "WORK_OF_ART": "other", "MISC": "other",
}  # fmt: skip
"""The labels of OntoNotes 5 and CoNLL 2003, as spaCy's models have them, and what they are here. Others are
no names."""

GLINER_LABELS = ("person", "place", "organisation")
GLINER_WORDS = 300
"""Words a time: GLiNER reads 384 tokens and passes over the rest."""


@lru_cache(maxsize=4)
def load_names(where: str) -> NameModel:
    """Open a model: a spaCy pipeline (``meta.json``) or a GLiNER model (``gliner_config.json``).

    Args:
        where: its folder.

    Raises:
        EncoderMissing: there is no such folder, or no model in it.
        ExtraMissing: the library that reads it is not installed.
    """
    folder = Path(where)
    for file, opened in _READERS.items():
        if (folder / file).is_file():
            return opened(folder)
    raise EncoderMissing(
        f"no model for names in {folder}",
        f"Give the folder of a spaCy pipeline or of a GLiNER model: it holds {' or '.join(_READERS)}.",
    )


class _Spacy:
    def __init__(self, folder: Path) -> None:
        load = _library("spacy").load
        self._pipeline = _opened(lambda: load(folder), folder)

    def find(self, text: str) -> list[Name]:
        entities = ((entity.text, KINDS.get(entity.label_)) for entity in self._pipeline(text).ents)
        return _once((text, kind) for text, kind in entities if kind)


class _Gliner:
    def __init__(self, folder: Path) -> None:
        load = _library("gliner").GLiNER.from_pretrained
        self._model = _opened(lambda: load(str(folder), local_files_only=True), folder)

    def find(self, text: str) -> list[Name]:
        words = text.split()
        parts = [" ".join(words[at : at + GLINER_WORDS]) for at in range(0, len(words), GLINER_WORDS)]
        found = (entity for part in parts for entity in self._model.predict_entities(part, list(GLINER_LABELS)))
        return _once((entity["text"], entity["label"]) for entity in found)


_READERS: Mapping[str, Callable[[Path], NameModel]] = {"gliner_config.json": _Gliner, "meta.json": _Spacy}


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ExtraMissing(
            f"{name} is not installed, and the model for names needs it", f"Install it: pip install {name}"
        ) from error


def _opened(load: Callable[[], Any], folder: Path) -> Any:
    try:
        return load()
    except Exception as error:  # both libraries raise what comes, from OSError to KeyError
        reason = str(error).partition("\n")[0]
        raise EncoderMissing(f"the model for names in {folder} cannot be used: {reason}", "Fetch it again.") from error


def _once(found: Any) -> list[Name]:
    names: dict[str, Name] = {}
    for text, kind in found:
        text = " ".join(text.split())
        if text:
            names.setdefault(text.casefold(), Name(text=text, kind=kind, source="model"))
    return list(names.values())
