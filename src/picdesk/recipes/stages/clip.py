"""Fine-tune a CLIP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.recipes.stages.training import read_stage_pairs, resumes, run_watch, settings_record

if TYPE_CHECKING:
    from picdesk.recipes.stages.stage import Job

VERSION = 1


def run(job: Job) -> None:
    """Write the encoder's folder; a killed run goes on from its last checkpoint.

    Raises:
        EncoderMissing: the model cannot be trained.
        InputError: a setting makes no sense, or there are too few pairs.
    """
    from picdesk.train.clip.fine_tune import fine_tune
    from picdesk.train.clip.settings import ClipSettings, recipes, with_recipe
    from picdesk.train.split import split_pairs

    said = job.settings
    target = job.folder / job.stage.target
    if target.exists():
        return
    values = with_recipe(said["recipe"] or None, said["settings"], recipes(), ClipSettings)
    settings = settings_record(ClipSettings, values)
    pairs = read_stage_pairs(job, "pairs")
    split = split_pairs(pairs, share=said["share"], way=said["split"], seed=settings.seed)
    fine_tune(job.model("model:0"), pairs, split, settings, target, resume=resumes(target), watch=run_watch(job))
    job.check()
