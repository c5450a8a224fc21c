"""Draw scenes to learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from picdesk.recipes.stages.stage import Job

VERSION = 1


def run(job: Job) -> None:
    """Write ``scenes.csv`` and ``images``."""
    import numpy as np

    from picdesk.recipes.scenes import draw_scenes

    job.tell(0, None, "drawing")
    draw_scenes(job.folder, int(job.settings["scenes"]), np.random.default_rng(int(job.settings["seed"])))
