"""The state of a run on disk: whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from picdesk.errors import InputError

LAST, BEST = "last.pt", "best.pt"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is either the old one or the new one, also after a power cut.

    Raises:
        InputError: it cannot be written; the old one is as it was.
    """
    scratch = ""
    try:
        handle, scratch = mkstemp(prefix=f".{path.name}-", dir=path.parent)
        with open(handle, "wb") as file:  # noqa: PTH123 - a handle, not a path
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(scratch).replace(path)
        with suppress(PermissionError):  # Windows opens no folders
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        if scratch:
            Path(scratch).unlink(missing_ok=True)
        raise InputError(f"{path} cannot be written: {error.strerror or error}", "Make room, or another -o.") from error


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Save tensors, numbers, texts, and lists and dictionaries of them.

    Raises:
        InputError: it cannot be written.
    """
    import io

    import torch

    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_whole(path, buffer.getvalue())


def load_checkpoint(path: Path) -> dict[str, Any]:
    """What ``save_checkpoint`` saved; nothing in the file is executed.

    Raises:
        InputError: it is not there, or no checkpoint.
    """
    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise InputError(f"no checkpoint {path}", "Train without --resume.") from error
    except Exception as error:  # torch has errors of many kinds for a file that it cannot read
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path} is no checkpoint: {reason}", "Remove the folder and train again.") from error
    if not isinstance(state, dict):
        raise InputError(f"{path} is no checkpoint", "Remove the folder and train again.")
    return state
