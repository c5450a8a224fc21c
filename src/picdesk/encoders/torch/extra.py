"""Whether the ``torch`` extra is here."""

from __future__ import annotations

import importlib.util

from picdesk.errors import ExtraMissing

_PARTS = ("torch", "transformers", "safetensors", "onnx")


def has_torch() -> bool:
    """Whether every part of the extra is here; loads none."""
    return all(importlib.util.find_spec(part) is not None for part in _PARTS)


def need_torch(to_do: str = "reading a checkpoint") -> None:
    """Refuse to go on where a part of the ``torch`` extra is missing.

    Args:
        to_do: what it is needed for.

    Raises:
        ExtraMissing: names what is missing and the line that installs it.
    """
    missing = [part for part in _PARTS if importlib.util.find_spec(part) is None]
    if missing:
        raise ExtraMissing(f"{to_do} needs {', '.join(missing)}", "Install it with: pip install 'picdesk[torch]'")
