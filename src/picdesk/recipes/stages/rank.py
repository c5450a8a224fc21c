"""Rank an archive's photos for every story of a side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.recipes.stories import ids_of, queries_of, stories_of

if TYPE_CHECKING:
    from picdesk.recipes.stages.stage import Job

VERSION = 1
FILE = "run.tsv"


def run(job: Job) -> None:
    """Write the run as TREC; every photo is compared with every story.

    Raises:
        InputError: a text is empty, or two stories have one id.
    """
    from picdesk.archive.store import Store
    from picdesk.encoders import load_encoder
    from picdesk.newsimages.runs import write_run
    from picdesk.search.dual_softmax import DualSoftmax
    from picdesk.search.rank import rank

    said = job.settings
    articles, _ = stories_of(job.done["read"], str(said["side"]))
    queries = queries_of(job.done["texts"], ids_of(articles))
    ranked = rank(
        Store.open(job.done["archive"] / "archive"),
        queries,
        [load_encoder(place) for place in job.models()],
        depth=int(said["depth"]),
        words=bool(said["words"]),
        dual_softmax=DualSoftmax(temperature=float(said["dual_softmax"])) if said["dual_softmax"] else None,
        one_to_one=bool(said["one_to_one"]),
        no_repeats=bool(said["no_repeats"]),
        progress=lambda done: job.tell(done, len(queries), "stories"),
    )
    write_run(ranked, job.folder / FILE)
