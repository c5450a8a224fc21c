"""Blend a model with its fine-tuning; where a sweep is asked for, by what is best on held-back pairs."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from picdesk.photos.whole_file import write_whole
from picdesk.recipes.stages.training import read_stage_pairs

if TYPE_CHECKING:
    from picdesk.recipes.stages.stage import Job

VERSION = 1
REPORT = "blend.json"


def run(job: Job) -> None:
    """Write the encoder's folder, and ``blend.json``: the chosen alpha and the curve.

    Raises:
        EncoderMissing: a model has no weights.
        InputError: the models do not fit each other, or there are no pairs to choose by.
    """
    from picdesk.train.blend.blend import BlendSettings, blend
    from picdesk.train.blend.sweep import parse_sweep
    from picdesk.train.split import split_pairs

    said = job.settings
    target = job.folder / job.stage.target
    if target.exists():
        shutil.rmtree(target)
    held = []
    if said["sweep"]:
        pairs = read_stage_pairs(job, "pairs")
        held = [pairs.some(split_pairs(pairs, share=said["share"], way=said["split"]).test)]
    alphas = parse_sweep(said["sweep"]) if said["sweep"] else ()
    done = blend(
        [job.model("model:0"), job.model("model:1")],
        BlendSettings(alpha=None if alphas else said["alpha"], alphas=alphas, measure=said["measure"]),
        target,
        held,
        looked=lambda seen, every: job.tell(seen, every, "photos"),
        measured=lambda seen, every: job.tell(seen, every, "alphas"),
    )
    job.check()
    curve = [{"alpha": point.alpha, "value": point.mean} for point in done.points]
    report = {"alpha": done.shares[1], "measure": done.measure, "curve": curve}
    write_whole(job.folder / REPORT, json.dumps(report).encode())
