"""What became of each story's photo from one run to another."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from picdesk.photos.whole_file import write_whole
from picdesk.recipes.stages.evaluate import MEASURES

if TYPE_CHECKING:
    from picdesk.recipes.stages.stage import Job

VERSION = 1
FILE = "change.json"


def run(job: Job) -> None:
    """Write ``change.json``, as `picdesk.evaluate.rank_change` counts it."""
    import numpy as np

    from picdesk.evaluate.rank_change import rank_change

    before, after = (
        json.loads((job.done[role] / MEASURES).read_text(encoding="utf-8"))["ranks"] for role in ("before", "after")
    )
    first, second = job.settings["names"]
    ids = sorted(before)
    change = rank_change(
        np.array([before[article] for article in ids], np.int64),
        np.array([after[article] for article in ids], np.int64),
        names=(first, second),
        depth=int(job.settings["depth"]),
    )
    write_whole(job.folder / FILE, json.dumps(asdict(change)).encode())
