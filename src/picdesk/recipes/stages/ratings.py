"""Summarise people's ratings, as the organisers do."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from picdesk.photos.whole_file import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from picdesk.recipes.stages.stage import Job

VERSION = 1
FILE = "ratings.json"
_ENDINGS = (".xlsx", ".csv", ".tsv")


def run(job: Job) -> None:
    """Write ``ratings.json``: each run's official mean with its interval, agreement, and means by category.

    Raises:
        NothingFound: there is no rating in the files.
    """
    import numpy as np

    from picdesk.errors import NothingFound
    from picdesk.evaluate.ratings.readers import read_judgements
    from picdesk.evaluate.ratings.summarise import overall_alpha, summarise

    judged = read_judgements(_files(job.stage.places["ratings"]))
    if not judged.ratings:
        raise NothingFound("no rating in the files", "Cells without a rating are empty there.")
    report: dict[str, Any] = {
        "runs": [asdict(each) for each in summarise(judged.ratings, np.random.default_rng(0))],
        "agreement": overall_alpha(judged.ratings),
        "categories": [],
        "notes": list(judged.notes),
    }
    if "categories" in job.stage.places:
        from picdesk.evaluate.ratings.categories import read_categories
        from picdesk.evaluate.ratings.summarise import category_means

        means = category_means(judged.ratings, read_categories(job.stage.places["categories"]))
        report["categories"] = [
            {"run": run, "task": task, "category": category, "official_mean": mean, "items": items}
            for (run, task, category), (mean, items) in means.items()
        ]
    write_whole(job.folder / FILE, json.dumps(report, default=float).encode())


def _files(where: Path) -> list[Path]:
    if where.is_file():
        return [where]
    return sorted(path for path in where.iterdir() if path.suffix in _ENDINGS and not path.name.startswith("."))
