"""A study on disk: ``study.json``, its pictures, and a file of answers for each rater."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.evaluate.ratings.study.records import KINDS, Entry, Rater, Story, Study
from picdesk.photos.locate import one_line, printable
from picdesk.photos.whole_file import ROOM, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STUDY, PICTURES, ANSWERS, SECRET = "study.json", "pictures", "answers", "secret"
_FORMAT = 1
_RATER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PICTURE = re.compile(r"[0-9a-f]{64}\.jpg")


def is_study(folder: Path) -> bool:
    """Whether a folder holds a study."""
    return (folder / STUDY).is_file()


def write_study(study: Study, folder: Path, pictures: Mapping[str, bytes]) -> None:
    """Write a new study.

    Args:
        study: the study.
        folder: an empty folder, or one yet to be made.
        pictures: name -> JPEG.

    Raises:
        InputError: something is in the folder, or it cannot be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(f"there is something in {printable(str(folder))} already", "Name a new folder.")
        for inner in (PICTURES, ANSWERS):
            (folder / inner).mkdir(parents=True)
        for name, data in pictures.items():
            (folder / PICTURES / name).write_bytes(data)
        (folder / SECRET).touch(mode=0o600)
        (folder / SECRET).write_bytes(os.urandom(32))
    except OSError as error:
        raise InputError(f"{printable(str(folder))} cannot be written: {error.strerror or error}", ROOM) from error
    # Last: it makes the folder a study.
    document = {"format": _FORMAT} | asdict(study)
    write_whole(folder / STUDY, (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())


def read_study(folder: Path) -> Study:
    """The study of a folder.

    Raises:
        InputError: there is none, or it is damaged.
    """
    path = folder / STUDY
    try:
        stamp = path.stat()
        return _read(path, stamp.st_mtime_ns, stamp.st_size)
    except FileNotFoundError:
        raise InputError(
            f"there is no study in {printable(str(folder))}", "Make one with: picdesk rate setup STUDY --run NAME=FILE"
        ) from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{printable(str(path))} is damaged: {one_line(error)}", "Set the study up again.") from error


def picture_path(folder: Path, name: str) -> Path:
    """Where a picture of a study is.

    Raises:
        InputError: that is no name of a picture.
    """
    if not _PICTURE.fullmatch(name):
        raise InputError(f"no picture is called {printable(name)!r}", "Pictures are named by their hash.")
    return folder / PICTURES / name


@lru_cache(maxsize=16)
def _read(path: Path, _stamp: int, _size: int) -> Study:
    document = json.loads(path.read_bytes())
    if document.pop("format") != _FORMAT:
        raise ValueError("another Picdesk made it")
    study = Study(
        **{
            **document,
            "stories": tuple(Story(**story) for story in document["stories"]),
            "entries": tuple(Entry(**entry) for entry in document["entries"]),
            "raters": tuple(Rater(**rater) for rater in document["raters"]),
        }
    )
    _check(study)
    return study


def _check(study: Study) -> None:
    """What is served and written by names of the study must be such names."""
    names: list[tuple[Any, re.Pattern[str]]] = [(rater.id, _RATER) for rater in study.raters]
    names += [(picture, _PICTURE) for entry in study.entries for picture in entry.pictures.values()]
    wrong = next((name for name, pattern in names if not pattern.fullmatch(name)), None)
    if wrong is not None:
        raise ValueError(f"it cannot name {printable(str(wrong))!r}")
    if study.kind not in KINDS:
        raise ValueError(f"no study is of the kind {printable(str(study.kind))!r}")
