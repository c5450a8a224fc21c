"""A transformers folder with a Marian or T5 model becomes a folder for CTranslate2."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import time
import uuid
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from picdesk.articles.translate.folder import ABOUT, KINDS, model_type
from picdesk.articles.translate.missing import need_translate
from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

QUANTIZATIONS = ("int8", "int16", "float16", "float32")
_KIND_OF = {"marian": "marian", "t5": "t5", "mt5": "t5"}
_BESIDE = ("tokenizer_config.json", "generation_config.json", "README.md", "LICENSE")
_LONGEST = 1_000_000  # transformers writes 1e30 where a tokenizer has no limit


@dataclass(frozen=True, slots=True)
class Converted:
    """What a conversion wrote.

    Attributes:
        folder: the folder that was written.
        kind: ``marian`` or ``t5``.
        quantization: of the weights.
        limit: tokens that a text may have.
        bytes: size of the folder.
        seconds: how long it took.
    """

    folder: Path
    kind: str
    quantization: str
    limit: int
    bytes: int
    seconds: float


def convert_model(
    folder: Path, out: Path, *, quantization: str = "int8", about: Mapping[str, str] | None = None
) -> Converted:
    """Convert a model with CTranslate2's own converter, which needs the ``torch`` and ``translate`` extras.

    The folder is written beside its place and moved there when it is whole. No code of the model's folder is executed.

    Args:
        folder: a transformers folder with its weights and its SentencePiece models.
        out: the folder to write; must not exist.
        quantization: one of ``QUANTIZATIONS``; ``int8`` is a quarter of the size and the fastest on a CPU.
        about: more to note beside the model: ``weights``, ``licence``, ``prefix``.

    Raises:
        InputError: no model that can be converted there, or ``out`` exists or cannot be written.
        ExtraMissing: an extra is not installed.
    """
    from picdesk.encoders.torch.extra import need_torch

    start = time.perf_counter()
    kind = _checked(folder, out, quantization)
    need_translate()
    need_torch()
    limit = _limit(folder)
    draft = out.with_name(f".{out.name}-{uuid.uuid4().hex}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _run(folder, draft, quantization)
        tokenizer = next(group for group in KINDS[kind] if all((folder / name).is_file() for name in group))
        for name in (*tokenizer, *(name for name in _BESIDE if (folder / name).is_file())):
            shutil.copyfile(folder / name, draft / name)
        noted = {"kind": kind, "quantization": quantization, "limit": limit, **(about or {})}
        (draft / ABOUT).write_text(json.dumps(noted, indent=2) + "\n", encoding="utf-8")
        os.rename(draft, out)  # noqa: PTH104 Path.rename would go into an existing folder's place on some systems
    except OSError as error:
        raise InputError(
            f"{out} cannot be written: {error.strerror or error}", "Make room, or name another place."
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    size = sum(path.stat().st_size for path in out.iterdir())
    return Converted(out, kind, quantization, limit, size, time.perf_counter() - start)


def _checked(folder: Path, out: Path, quantization: str) -> str:
    """The model's kind; refuses what cannot be converted before anything heavy is loaded."""
    if quantization not in QUANTIZATIONS:
        raise InputError(f"no quantization called {quantization!r}", f"Use one of: {', '.join(QUANTIZATIONS)}.")
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}", "Give the folder of a Marian or T5 model for transformers.")
    said = model_type(folder)
    kind = _KIND_OF.get(said)
    if kind is None:
        what = f"a {said} model" if said else "no model for transformers (config.json)"
        raise InputError(f"{folder} holds {what}", f"Convert one of these: {', '.join(_KIND_OF)}.")
    groups = KINDS[kind]
    if not any(all((folder / name).is_file() for name in group) for group in groups):
        wanted = " or ".join(" and ".join(group) for group in groups)
        raise InputError(f"{folder} has no {wanted}", "Fetch the model's folder again, with all its files.")
    if os.path.lexists(out):
        raise InputError(f"{out} exists already", "Name a folder that does not exist.")
    return kind


def _limit(folder: Path) -> int:
    """Tokens that the model reads: the smaller of what its positions and its tokenizer allow."""
    limits = [512]
    keys_of = {
        "config.json": ("max_position_embeddings", "n_positions"),
        "tokenizer_config.json": ("model_max_length",),
    }
    for name, keys in keys_of.items():
        said: Any = {}
        with contextlib.suppress(OSError, ValueError):
            said = json.loads((folder / name).read_text(encoding="utf-8"))
        found = [said.get(key) for key in keys] if isinstance(said, dict) else []
        limits += [int(value) for value in found if isinstance(value, int | float) and 8 < value < _LONGEST]
    return min(limits)


def _run(folder: Path, draft: Path, quantization: str) -> None:
    from ctranslate2.converters import TransformersConverter

    try:
        # transformers draws bars and recommends a package that changes quotation marks at most
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            TransformersConverter(str(folder)).convert(str(draft), quantization=quantization)
    except OSError as error:
        if error.errno is not None and error.filename is not None and str(draft) in str(error.filename):
            raise
        raise _unreadable(folder, error) from error
    except Exception as error:  # damaged weights raise whatever torch, safetensors or transformers raise
        raise _unreadable(folder, error) from error


def _unreadable(folder: Path, error: Exception) -> InputError:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
    return InputError(f"{folder} cannot be converted: {reason}", "Fetch the model's folder again, with all its files.")
