"""The state of a run on disk: whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.photos.whole_file import write_whole

if TYPE_CHECKING:
    from pathlib import Path

LAST, BEST = "last.pt", "best.pt"


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
