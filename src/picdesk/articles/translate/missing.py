"""What may be missing for a translation, and the command that brings it."""

from __future__ import annotations

import importlib.util

from picdesk.errors import ExtraMissing

_PARTS = ("ctranslate2", "sentencepiece")


def need_translate() -> None:
    """Refuse to go on where a part of the ``translate`` extra is missing.

    Raises:
        ExtraMissing: names what is missing and the line that installs it.
    """
    missing = [part for part in _PARTS if importlib.util.find_spec(part) is None]
    if missing:
        raise ExtraMissing(
            f"translating needs {' and '.join(missing)}", "Install it with: pip install 'picdesk[translate]'"
        )
