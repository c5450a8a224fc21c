"""What the stages that train have in common."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.recipes.stories import pairs_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from picdesk.recipes.stages.stage import Job
    from picdesk.train.clip.train import Watch
    from picdesk.train.pairs import Pairs


def read_stage_pairs(job: Job, role: str) -> Pairs:
    """The pairs of a stage, their photos where the data lies now."""
    return pairs_of(job.done[role] / "pairs.jsonl", job.roots(), role)


def resumes(target: Path) -> bool:
    """Whether a run was killed that can go on."""
    return (target.with_name(f"{target.name}.run") / "settings.json").is_file()


def run_watch(job: Job) -> Watch:
    """Who is told how a training goes."""
    from picdesk.train.clip.train import Watch

    return Watch(
        progress=lambda seen: job.tell(seen.step, seen.steps, "steps"),
        looked=lambda done, every: job.tell(done, every, "photos"),
        stop=job.watch.stop,
    )


def settings_record(kind: type[Any], said: Mapping[str, Any]) -> Any:
    """A training's settings from a recipe.

    Raises:
        InputError: no such setting, or one of another type.
    """
    known = {each.name: each.default for each in fields(kind)}
    for name, value in said.items():
        if name not in known:
            raise InputError(f"there is no setting {name!r}", f"There are: {', '.join(sorted(known))}.")
        like = known[name]
        fits = isinstance(value, int | float) if like is None or type(like) is float else type(value) is type(like)
        if not fits or (isinstance(value, bool) and not isinstance(like, bool)):
            raise InputError(f"the setting {name} is {value!r}", f"It takes a value such as {like!r}.")
    return kind(**said)
