"""Teach a tiny CLIP, made from nothing, some pairs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from picdesk.recipes.stages.training import read_stage_pairs, resumes, run_watch

if TYPE_CHECKING:
    from picdesk.recipes.stages.stage import Job

VERSION = 1


def run(job: Job) -> None:
    """Write the encoder's folder; a killed run goes on from its last checkpoint.

    Raises:
        InputError: there are too few pairs.
    """
    from picdesk.encoders.torch.blank import write_blank_clip
    from picdesk.train.clip.fine_tune import fine_tune
    from picdesk.train.clip.settings import ClipSettings
    from picdesk.train.split import split_pairs

    said = job.settings
    target, blank = job.folder / job.stage.target, job.folder / "blank"
    if target.exists():
        return
    pairs = read_stage_pairs(job, "pairs")
    known = [*pairs.pairs, *read_stage_pairs(job, "vocabulary").pairs]
    if not resumes(target):
        shutil.rmtree(blank, ignore_errors=True)
        write_blank_clip(blank, (text for pair in known for text in (pair.text, *pair.more)), seed=said["seed"])
    settings = ClipSettings(
        tower="both",
        rate=1e-3,
        batch=60,
        piece=60,
        temperature=0.1,
        weight_decay=0.0,
        epochs=said["epochs"],
        patience=0,
        seed=said["seed"],
        device="cpu",
    )
    split = split_pairs(pairs, share=0.1, way="random", seed=said["seed"])
    fine_tune(blank, pairs, split, settings, target, resume=resumes(target), watch=run_watch(job))
    job.check()
    shutil.rmtree(blank, ignore_errors=True)
