"""Where a run keeps its state until the encoder is written: a folder beside it."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.photos.locate import one_line, printable
from picdesk.photos.whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SETTINGS = "settings.json"


def open_run(target: Path, settings: Mapping[str, Any], *, resume: bool) -> Path:
    """The folder of a run: ``<target>.run``.

    Args:
        target: the encoder's folder; must not exist yet.
        settings: everything that the result depends on, as JSON holds it.
        resume: whether a run that was stopped shall go on.

    Raises:
        InputError: the target exists, there is a stopped run and it shall not go on, there is none and it shall, or it
            was started with other settings.
    """
    folder = target.with_name(f"{target.name}.run")
    said = json.loads(json.dumps(settings))
    if os.path.lexists(target):
        raise InputError(f"{printable(str(target))} exists already", "Choose another -o, or remove it.")
    if not resume:
        if folder.is_dir() and not any(folder.glob("*/last.pt")):
            shutil.rmtree(folder)  # it was stopped before there was anything to go on with
        if os.path.lexists(folder):
            raise InputError(
                f"{printable(str(folder))} holds a run that was stopped",
                "Go on with --resume, or remove it and start again.",
            )
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise InputError(
                f"{printable(str(folder))} cannot be made: {one_line(error)}", "Choose another -o."
            ) from error
        write_whole(folder / _SETTINGS, json.dumps(said, indent=2).encode())
        return folder
    try:
        before = json.loads((folder / _SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"no run to go on with in {printable(str(folder))}", "Start it without --resume.") from error
    others = sorted(key for key in {*said, *before} if said.get(key) != before.get(key))
    if others:
        raise InputError(
            f"the run in {printable(str(folder))} was started with other {', '.join(others)}",
            "Give the options that it was started with, or remove it and start again.",
        )
    return folder


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """A folder to write into, which becomes the target when all went well, and goes away when not.

    Raises:
        InputError: it cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(mkdtemp(prefix=f".{target.name[:40]}-", dir=target.parent))
        try:
            draft = scratch / target.name
            draft.mkdir()
            yield draft
            draft.rename(target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        raise InputError(
            f"{printable(str(target))} cannot be written: {one_line(error)}", "Choose another -o."
        ) from error
