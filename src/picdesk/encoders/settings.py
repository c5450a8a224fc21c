"""The small JSON files beside a model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from pathlib import Path


def read_settings(path: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        EncoderMissing: the file cannot be read, is no JSON, or holds something else than an object.
    """
    hint = "Fetch the encoder's folder again."
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise EncoderMissing(f"{path} cannot be read as JSON: {error}", hint) from error
    if not isinstance(settings, dict):
        raise EncoderMissing(f"{path} holds no JSON object", hint)
    return settings
