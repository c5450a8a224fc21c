"""The log of a run: one JSON object a line, the same for the same seed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.photos.whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Line:
    """What was seen after a step.

    Attributes:
        step: steps done.
        epoch: epochs begun; 0 before the first step.
        loss: mean over the steps since the line before; ``None`` before the first step.
        mrr: mean reciprocal rank on the validation pairs; ``None`` where there are none.
        rate: share of the full learning rate at that step.
    """

    step: int
    epoch: int
    loss: float | None
    mrr: float | None
    rate: float


def write_journal(path: Path, lines: Sequence[Line]) -> None:
    """Write all lines; the file is never half-written.

    Raises:
        InputError: it cannot be written.
    """
    write_whole(path, "".join(json.dumps(asdict(line)) + "\n" for line in lines).encode())


def read_journal(path: Path) -> tuple[Line, ...]:
    """The lines of a log.

    Raises:
        InputError: it cannot be read, or is no log.
    """
    try:
        return tuple(Line(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{path} is no training log: {error}", "Name the log.jsonl of a training run.") from error
