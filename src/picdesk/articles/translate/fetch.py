"""Models for translating and paraphrasing are fetched, and converted where that is needed."""

from __future__ import annotations

import importlib.util
import time
from typing import TYPE_CHECKING

from picdesk.articles.translate.convert import convert_model
from picdesk.articles.translate.folder import VOCABULARIES, is_converted
from picdesk.articles.translate.missing import need_translate
from picdesk.articles.translate.models import find_converted, models_folder
from picdesk.encoders.hub import Fetched, fetch_files
from picdesk.errors import InputError, TranslatorMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from picdesk.articles.translate.models import TextModel

_TOKENIZERS = ("source.spm", "target.spm", "spiece.model", "tokenizer.json", "tokenizer_config.json")
_WEIGHTS_BESIDE = ("config.json", "generation_config.json", "special_tokens_map.json", "vocab.json", *_TOKENIZERS)


def fetch_model(model: TextModel, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Fetched:
    """Bring a model here, ready to be used, unless it is.

    With the ``torch`` extra the makers' own weights are fetched and converted to int8, once; without it a ready
    conversion is fetched, where one is known. Every file is compared with the hash that the hub gives for it.

    Args:
        model: of the catalogue.
        progress: called with the bytes that are here and those that are known to be needed.

    Raises:
        EncoderMissing: no hub answers, it refuses, or a file arrives damaged twice.
        TranslatorMissing: what arrived is no model.
        ExtraMissing: the ``translate`` extra is not installed, or ``torch`` where there is no ready conversion.
    """
    start = time.perf_counter()
    if here := find_converted(model):
        return Fetched(here, already=True, bytes=0, seconds=time.perf_counter() - start)
    need_translate()
    folder = _converted(model, progress) if _has_torch() or not model.ready else _ready(model, progress)
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    return Fetched(folder, already=False, bytes=size, seconds=time.perf_counter() - start)


def _converted(model: TextModel, progress: Callable[[int, int], None]) -> Path:
    from picdesk.encoders.torch.extra import need_torch

    need_torch()  # said before some 300 MB are fetched, not after
    weights = fetch_files(model.name, model.weights, _of_weights, progress)
    out = models_folder() / model.name
    about = {"weights": model.weights, "licence": model.licence, "prefix": model.prefix}
    try:
        convert_model(weights, out, about=about)
    except InputError:
        if not is_converted(out):  # else another process was first
            raise
    return out


def _ready(model: TextModel, progress: Callable[[int, int], None]) -> Path:
    folder = fetch_files(model.name, model.ready, _of_conversion, progress)
    if not is_converted(folder):
        raise TranslatorMissing(
            f"the repository {model.ready} holds no model for CTranslate2",
            f"Convert the makers' weights: pip install 'picdesk[torch]', then picdesk models get {model.name}",
        )
    return folder


def _of_weights(names: Sequence[str]) -> list[str]:
    safe = "model.safetensors"
    weights = "pytorch_model.bin" if safe not in names and "pytorch_model.bin" in names else safe
    return [*(name for name in _WEIGHTS_BESIDE if name in names), weights]


def _of_conversion(names: Sequence[str]) -> list[str]:
    return [*(name for name in ("config.json", *VOCABULARIES, *_TOKENIZERS) if name in names), "model.bin"]


def _has_torch() -> bool:
    return all(importlib.util.find_spec(part) for part in ("torch", "transformers"))
