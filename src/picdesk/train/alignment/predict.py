"""The category of a text, from an encoder's folder alone: no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.encoders.runtimes.onnxruntime import import_onnxruntime
from picdesk.encoders.settings import read_settings
from picdesk.encoders.tokenize import read_tokens
from picdesk.errors import InputError
from picdesk.train.alignment.folder import OUTPUT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_AT_A_TIME = 64


def predict_categories(folder: Path, texts: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """How probable each category is for each text.

    Args:
        folder: an encoder that ``picdesk train alignment`` has written.
        texts: any texts.

    Returns:
        The categories, and ``(n, C)`` float32, rows that sum to 1.

    Raises:
        InputError: the encoder has no categories.
        EncoderMissing: its files are damaged.
    """
    config = folder / "config.json"
    said = read_settings(config).get("categories") if config.is_file() else None
    if not isinstance(said, list) or not said:
        raise InputError(f"{folder} knows no categories", "Give an encoder that picdesk train alignment has written.")
    session = import_onnxruntime().InferenceSession(
        str(folder / "textual" / "model.onnx"), providers=["CPUExecutionProvider"]
    )
    inputs = {each.name: each for each in session.get_inputs()}
    fixed = next((each.shape[1] for each in inputs.values() if isinstance(each.shape[1], int)), None)
    tokenize = read_tokens(folder / "textual", config, fixed)
    rows = [np.empty((0, len(said)), np.float32)]
    for start in range(0, len(texts), _AT_A_TIME):
        tokens, mask = tokenize(texts[start : start + _AT_A_TIME], fixed)
        every = {"input_ids": tokens, "attention_mask": mask, "text": tokens.astype(np.int32)}
        rows.append(session.run([OUTPUT], {name: every[name] for name in inputs})[0])
    return tuple(map(str, said)), np.concatenate(rows)
