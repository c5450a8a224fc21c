"""Align a CLIP's texts to its photos by category."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from picdesk.photos.whole_file import write_whole
from picdesk.recipes.stages.training import read_stage_pairs, resumes, run_watch, settings_record

if TYPE_CHECKING:
    from picdesk.recipes.stages.stage import Job

VERSION = 1
REPORT = "categories.json"


def run(job: Job) -> None:
    """Write the encoder's folder, and ``categories.json``: figures before and after, and by predicted category.

    Raises:
        EncoderMissing: the model cannot be trained.
        InputError: a setting makes no sense, or there are fewer than two categories.
    """
    from picdesk.train.alignment.settings import AlignmentSettings
    from picdesk.train.alignment.train import train_alignment
    from picdesk.train.split import split_pairs

    said = job.settings
    target = job.folder / job.stage.target
    if (job.folder / REPORT).is_file():
        return
    settings = settings_record(AlignmentSettings, said["settings"])
    pairs = read_stage_pairs(job, "pairs")
    split = split_pairs(pairs, share=said["share"], way=said["split"], seed=settings.seed)
    if target.exists():  # killed between the encoder and its report
        _again(target)
    done = train_alignment(
        job.model("model:0"), pairs, split, settings, target, resume=resumes(target), watch=run_watch(job)
    )
    job.check()
    report = {
        "before": dict(done.before),
        "after": dict(done.after),
        "by_category": {category: dict(figures) for category, figures in done.by_category.items()},
    }
    write_whole(job.folder / REPORT, json.dumps(report).encode())


def _again(target: object) -> None:
    import shutil

    shutil.rmtree(str(target))
