"""Build the benchmark's submission of some runs: each story's best photo as a picture."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from picdesk.errors import PhotoError
from picdesk.photos.whole_file import write_whole
from picdesk.recipes.stages.rank import FILE
from picdesk.recipes.stories import TEST, stories_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from picdesk.archive.store import Store
    from picdesk.recipes.stages.stage import Job
    from picdesk.records import Run

VERSION = 1
ZIP, REPORT = "submission.zip", "submission.json"

FIRST = 20
"""Photos of each story that a picture is chosen from: the best one may be taken by another story, or unreadable."""


def run(job: Job) -> None:
    """Write ``submission.zip``, and ``submission.json``: what was built, and what is missing in it.

    Raises:
        NothingFound: no story could be given a picture.
    """
    from picdesk.archive.store import Store
    from picdesk.newsimages.runs import read_run
    from picdesk.newsimages.submission.build import Plan, build_submission

    said = job.settings
    runs = {name: read_run(job.done[f"run:{name}"] / FILE, "trec") for name in said["runs"]}
    photos = job.folder / "photos"
    photos.mkdir(exist_ok=True)
    for name, ranked in runs.items():
        _fetch(Store.open(job.done[f"archive:{name}"] / "archive"), _first(ranked), photos, job)
    subset = [story.id for story in stories_of(job.done["subset"], TEST)[0]] if "subset" in job.done else ()
    plan = Plan(group=said["group"], edition=said["edition"], kind=said["kind"], subset=subset)
    built = build_submission(runs, photos, job.folder / ZIP, plan)
    missing = [{"run": name, "article": article, "reason": why} for (name, article), why in built.missing.items()]
    report = {"folders": list(built.folders), "pictures": built.pictures, "missing": missing}
    report |= {"passed_over": dict(built.passed_over), "enlarged": built.enlarged}
    write_whole(job.folder / REPORT, json.dumps(report).encode())
    for file in photos.iterdir():
        file.unlink()
    photos.rmdir()


def _first(ranked: Run) -> set[str]:
    return {photo for _, places in ranked for photo, _ in places[:FIRST]}


def _fetch(store: Store, names: Iterable[str], folder: Path, job: Job) -> None:
    """Put the photos that pictures are made of into a folder, under the names that runs carry."""
    from picdesk.photos.locate import read_bytes

    wanted = set(names)
    done = 0
    for batch in store.rows(["name", "uri", "format"]):
        columns = (batch.column(name).to_pylist() for name in ("name", "uri", "format"))
        for name, uri, ending in zip(*columns, strict=True):
            target = folder / f"{name}.{ending.lower()}"
            if name not in wanted or target.exists():
                continue
            try:
                target.write_bytes(read_bytes(uri))
            except PhotoError:
                continue  # the story's next photo is taken, and the report counts it
            done += 1
            if done % 100 == 0:
                job.tell(done, len(wanted), "photos")
                job.check()
