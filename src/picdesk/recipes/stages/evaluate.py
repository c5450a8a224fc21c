"""Measure a run against the truth of its side, with intervals."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from picdesk.photos.whole_file import write_whole
from picdesk.recipes.stages.rank import FILE
from picdesk.recipes.stories import stories_of

if TYPE_CHECKING:
    from picdesk.recipes.stages.stage import Job

VERSION = 1
MEASURES = "measures.json"


def run(job: Job) -> None:
    """Write ``measures.json``: figures, 95 % intervals, and each story's rank (0 where its photo is not in the run).

    Raises:
        InputError: no such measure, or no story of the side has a known photo.
    """
    from picdesk.errors import InputError
    from picdesk.evaluate.evaluate import evaluate
    from picdesk.newsimages.runs import read_run
    from picdesk.records import Truth

    side = str(job.settings["side"])
    articles, pairs = stories_of(job.done["read"], side)
    if not pairs:
        raise InputError(
            f"nothing says which photos belong to the {side} articles: {job.stage.name}",
            "Put the organisers' ground truth beside the data, or give the set measures = [].",
        )
    truth = Truth(name=side, gains={article: {photo: 1.0} for article, photo in pairs.items()})
    ranked = read_run(job.done["run"] / FILE, "trec")
    done = evaluate(ranked, truth, list(job.settings["measures"]), ignore_unknown=True)
    document = {
        "articles": len(done.articles),
        "without_truth": len(articles) - len(pairs),
        "missing": done.missing,
        "measures": {name: _finite(value) for name, value in done.means.items()},
        "intervals": {name: [_finite(low), _finite(high)] for name, (low, high) in done.intervals.items()},
        "ranks": {
            article: int(rank) if math.isfinite(rank) else 0
            for article, rank in zip(done.articles, done.first_rank.tolist(), strict=True)
        },
    }
    write_whole(job.folder / MEASURES, json.dumps(document).encode())


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
