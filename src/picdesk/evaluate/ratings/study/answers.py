"""What raters answered: a file each, a line an answer; what was taken back stays readable."""

from __future__ import annotations

import datetime as dt
import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from filelock import FileLock

from picdesk.errors import InputError
from picdesk.evaluate.ratings.study.folder import ANSWERS
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from pathlib import Path


def write_answer(folder: Path, rater: str, item: str, value: str | None) -> None:
    """Write one answer; it is on the disk when this returns.

    Args:
        folder: the study's.
        rater: id of the rater.
        item: key of the question.
        value: points as text, the chosen picture's name, ``tie``; ``None`` takes the answer back.

    Raises:
        InputError: it cannot be written.
    """
    line = json.dumps({"item": item, "value": value, "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")})
    path = _path(folder, rater)
    try:
        with FileLock(path.with_suffix(".lock")), path.open("a+b") as file:
            # A line that a power cut tore is closed, so that this one begins on its own.
            file.seek(0, os.SEEK_END)
            if file.tell() and not _ends_whole(path):
                file.write(b"\n")
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise InputError(
            f"an answer cannot be written to {printable(str(path))}: {error.strerror or error}",
            "Check the folder of the study and the room left.",
        ) from error


def read_answers(folder: Path, rater: str) -> dict[str, str]:
    """Key of a question -> the rater's last answer, in the order in which the questions were answered last.

    Raises:
        InputError: the file cannot be read.
    """
    path = _path(folder, rater)
    answers: dict[str, str] = {}
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return answers
    except OSError as error:
        raise InputError(f"{printable(str(path))} cannot be read: {error.strerror or error}", "Check it.") from error
    for line in lines:
        # A torn line is no answer: its writer was never told that it was kept.
        with suppress(ValueError, TypeError, KeyError):
            said = json.loads(line)
            answers.pop(said["item"], None)
            if said["value"] is not None:
                answers[said["item"]] = str(said["value"])
    return answers


def _path(folder: Path, rater: str) -> Path:
    return folder / ANSWERS / f"{rater}.jsonl"


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
