"""A folder with a model for CTranslate2, and what is known of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from picdesk.articles.language import normal_code
from picdesk.encoders.fingerprint import file_digests, fingerprint
from picdesk.errors import TranslatorMissing

if TYPE_CHECKING:
    from pathlib import Path

ABOUT = "picdesk.json"
"""What a conversion notes beside the model: kind, limit, prefix, licence, where the weights came from."""

KINDS = {"marian": (("source.spm", "target.spm"),), "t5": (("spiece.model",), ("tokenizer.json",))}
"""Kind of model to the tokenizers that it may come with, each a group of files."""

VOCABULARIES = (
    *("shared_vocabulary.json", "shared_vocabulary.txt"),
    *("source_vocabulary.json", "target_vocabulary.json", "source_vocabulary.txt", "target_vocabulary.txt"),
)
_LIMIT = 512  # tokens of opus-mt and of T5, where a folder does not say
_AGAIN = "Convert it again: picdesk models convert FOLDER OUT"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model that was converted to CTranslate2.

    Attributes:
        path: where it lies.
        kind: ``marian`` or ``t5``.
        limit: tokens that a text may have, the end of sentence included.
        prefix: what is put before every text; ``None`` where the folder does not say.
        source: ISO 639-1 code of the language that it reads; ``None`` where it does not say, or reads several.
        target: the same of the language that it writes.
        tags: targets that the model can be told, as it wants them: ``>>deu<<``.
        ours: whether Picdesk converted it, so that the precision of its weights is what was asked for.
        fingerprint: SHA-256 over its files; 64 hexadecimal digits.
    """

    path: Path
    kind: str
    limit: int
    prefix: str | None
    source: str | None
    target: str | None
    tags: frozenset[str]
    ours: bool
    fingerprint: str


def is_converted(folder: Path) -> bool:
    """Whether a folder holds a model for CTranslate2 with its tokenizer and vocabulary."""
    return (
        (folder / "model.bin").is_file()
        and (folder / "config.json").is_file()
        and _kind(folder) is not None
        and bool(_vocabularies(folder))
    )


def model_type(folder: Path) -> str:
    """What a transformers folder says its model is, ``""`` where it is no such folder."""
    try:
        said = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type", "")
    except (OSError, ValueError, AttributeError):
        return ""
    return said if isinstance(said, str) else ""


def read_folder(folder: Path) -> ModelFolder:
    """Read what a folder says of its model; the weights are hashed, not loaded.

    Raises:
        TranslatorMissing: it holds no model for CTranslate2, or a file cannot be read.
    """
    kind = _kind(folder)
    if kind is None or not is_converted(folder):
        what = f"{folder} holds no model for CTranslate2"
        if model_type(folder):
            raise TranslatorMissing(
                f"{what}, but one for transformers", f"Convert it: picdesk models convert {folder} OUT"
            )
        raise TranslatorMissing(
            what, "Give a folder that picdesk models convert wrote: model.bin, its vocabulary and its tokenizer."
        )
    about = {**_settings(folder / "tokenizer_config.json"), **_settings(folder / ABOUT)}
    limit = about.get("limit", about.get("model_max_length"))
    names = ["model.bin", "config.json", *_vocabularies(folder), *_tokenizer(folder, kind)]
    return ModelFolder(
        path=folder,
        kind=kind,
        limit=min(limit, _LIMIT) if type(limit) is int and limit > 8 else _LIMIT,
        prefix=about["prefix"] if isinstance(about.get("prefix"), str) else None,
        source=normal_code(str(about.get("source_lang", ""))),
        target=normal_code(str(about.get("target_lang", ""))),
        tags=frozenset(token for token in _tokens(folder) if token.startswith(">>") and token.endswith("<<")),
        ours=(folder / ABOUT).is_file(),
        fingerprint=fingerprint(file_digests({name: folder / name for name in names})),
    )


def _kind(folder: Path) -> str | None:
    return next((kind for kind in KINDS if _tokenizer(folder, kind)), None)


def _tokenizer(folder: Path, kind: str) -> tuple[str, ...]:
    """The files of a kind's tokenizer that are here; none where a group is not whole."""
    groups = (group for group in KINDS[kind] if all((folder / name).is_file() for name in group))
    return next(groups, ())


def _vocabularies(folder: Path) -> list[str]:
    return [name for name in VOCABULARIES if (folder / name).is_file()]


def _tokens(folder: Path) -> list[str]:
    """The tokens that the source may hold."""
    name = next(name for name in _vocabularies(folder) if not name.startswith("target"))
    try:
        text = (folder / name).read_text(encoding="utf-8")
        tokens = json.loads(text) if name.endswith(".json") else text.splitlines()
        return [str(token) for token in tokens]
    except (OSError, ValueError, TypeError) as error:
        raise TranslatorMissing(f"{folder / name} is no vocabulary: {error}", _AGAIN) from error


def _settings(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TranslatorMissing(f"{path} cannot be read: {error}", _AGAIN) from error
    return settings if isinstance(settings, dict) else {}
