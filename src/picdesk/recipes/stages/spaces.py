"""Make joint spaces of text and image encoders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.recipes.stages.training import read_stage_pairs, resumes, run_watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from picdesk.recipes.stages.stage import Job
    from picdesk.train.spaces.settings import SpacesSettings

VERSION = 1


def run(job: Job) -> None:
    """Write the encoder's folder; a killed run goes on from its last checkpoint.

    Raises:
        InputError: a setting makes no sense, or there are too few pairs.
    """
    from picdesk.encoders import load_encoder
    from picdesk.train.device import choose_place
    from picdesk.train.spaces.train import train_spaces

    target = job.folder / job.stage.target
    if target.exists():
        return
    pairs = read_stage_pairs(job, "pairs")
    texts, images = (
        [load_encoder(job.model(role)) for role in (*job.done, *job.stage.places) if role.startswith(f"{side}:")]
        for side in ("text", "image")
    )
    done = 0

    def encoding(more: int) -> None:
        nonlocal done
        done += more
        job.tell(done, len(pairs) * (len(texts) + len(images)), "encoding")

    watch = run_watch(job)
    train_spaces(
        pairs,
        texts,
        images,
        target,
        settings_named(job.settings["settings"]),
        choose_place(None),
        resume=resumes(target),
        encoding=encoding,
        progress=watch.progress,
        stop=watch.stop,
    )
    job.check()


def settings_named(said: Mapping[str, Any]) -> SpacesSettings:
    """Settings of a recipe: ``heads``, ``loss`` and ``seed``, and any other by its name.

    Raises:
        InputError: no such setting, or a value that is none of it.
    """
    from picdesk.train.spaces.settings import SpacesSettings, published_loop, with_settings

    heads, loss = tuple(said.get("heads", ("memory",))), str(said.get("loss", "margin"))
    chosen = SpacesSettings(heads=heads, loss=loss, loop=published_loop(int(said.get("seed", 0))))
    others = {name: value for name, value in said.items() if name not in ("heads", "loss", "seed")}
    return with_settings(chosen, {name: _text(value) for name, value in others.items()})


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
