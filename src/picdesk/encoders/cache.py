"""Where Picdesk keeps what it can make again."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def cache_folder() -> Path:
    """The user's cache folder for Picdesk; it need not exist.

    ``$PICDESK_CACHE``, else ``$XDG_CACHE_HOME/picdesk`` (XDG Base Directory Specification: only an absolute path
    counts), else ``~/.cache/picdesk``.
    """
    if own := os.environ.get("PICDESK_CACHE"):
        return Path(own).expanduser().absolute()
    shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (shared if shared.is_absolute() else Path("~/.cache").expanduser()) / "picdesk"


def writable_cache(*parts: str) -> Path | None:
    """A folder inside the cache, made if need be; ``None`` where it cannot be made or written to."""
    with suppress(OSError, RuntimeError):  # RuntimeError: no home folder
        folder = cache_folder().joinpath(*parts)
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
    return None
