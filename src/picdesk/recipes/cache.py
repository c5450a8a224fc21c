"""Results of stages on disk: whole or not there, each in a folder that is named by its key."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from picdesk.errors import InputError, MissingError
from picdesk.photos.locate import one_line, printable
from picdesk.photos.whole_file import write_whole
from picdesk.recipes.stages import Job, kind_named

if TYPE_CHECKING:
    from picdesk.recipes.stages import Stage, Watch

DONE = "stage.json"
"""In the folder of a result: what stage it is of, and how long it took."""


class Cache:
    """The results of stages.

    A stage is done in ``<kind>-<key>.part``, which a killed run leaves as it is: what the stage can go on with is there
    when it is done again. Its last act is to rename that folder to ``<kind>-<key>``.

    Args:
        folder: where; made if need be.

    Raises:
        InputError: it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().absolute()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"{printable(str(folder))} cannot be made: {one_line(error)}", "Choose another --cache."
            ) from error

    def where(self, stage: Stage) -> Path:
        """The folder of a stage's result; there or not."""
        return self.folder / stage.folder

    def has(self, stage: Stage) -> bool:
        """Whether the result is there."""
        return (self.where(stage) / DONE).is_file()

    def seconds(self, stage: Stage) -> float:
        """How long a result took, over all runs that made it."""
        said = json.loads((self.where(stage) / DONE).read_text(encoding="utf-8"))
        return float(said["seconds"])

    def do(self, stage: Stage, watch: Watch) -> Path:
        """Do a stage whose needs are there, unless its result is there too.

        Raises:
            Interrupted: it was stopped; what was done is kept.
            MissingError: another process does the same stage.
        """
        target = self.where(stage)
        lock = FileLock(str(target) + ".lock")
        try:
            with lock.acquire(timeout=0):
                if not self.has(stage):
                    self._do(stage, target, watch)
        except Timeout:
            raise MissingError(
                f"another process is at the stage {stage.name!r} in {printable(str(self.folder))}",
                "Wait until it is done, or choose another --cache.",
            ) from None
        Path(str(target) + ".lock").unlink(missing_ok=True)
        return target

    def _do(self, stage: Stage, target: Path, watch: Watch) -> None:
        part = target.with_name(target.name + ".part")
        part.mkdir(exist_ok=True)
        began = time.monotonic()
        spent = part / ".seconds"
        before = float(spent.read_text()) if spent.is_file() else 0.0
        job = Job(
            stage=stage, folder=part, done={role: self.where(need) for role, need in stage.needs.items()}, watch=watch
        )
        try:
            kind_named(stage.kind).run(job)
        except BaseException:
            spent.write_text(str(before + time.monotonic() - began))
            raise
        spent.unlink(missing_ok=True)
        said = {
            "kind": stage.kind,
            "name": stage.name,
            "key": stage.key,
            "settings": dict(stage.settings),
            "needs": {role: need.folder for role, need in stage.needs.items()},
            "inputs": dict(stage.inputs),
            "seconds": round(before + time.monotonic() - began, 3),
        }
        write_whole(part / DONE, json.dumps(said, indent=2, ensure_ascii=False).encode())
        if target.exists():  # without its mark: not of this engine
            shutil.rmtree(target)
        part.rename(target)
