"""A SMALL run has the articles of the subset, all of them and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.newsimages.submission.rules.articles import without_picture
from picdesk.newsimages.submission.rules.rule import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.newsimages.submission.submitted import Submission


def check(submission: Submission) -> Iterator[Fault]:
    """What a SMALL run lacks and what it has too much; what a LARGE run lacks of the subset."""
    subset = set(submission.subset)
    for run, pictures in submission.by_run():
        there = {picture.article for picture in pictures}
        missing = [article for article in submission.subset if article not in there]
        if run.subtask == "SMALL" and missing:
            yield Fault(submission.folder_of(run), f"{without_picture(missing)}; the subset must be complete")
        if run.subtask == "LARGE" and missing and not submission.articles:
            yield Fault(submission.folder_of(run), f"{without_picture(missing)}, of the subset")
        if run.subtask == "SMALL" and subset:
            for picture in pictures:
                if picture.article not in subset:
                    yield Fault(picture.path, f"article {picture.article} is not in the subset")
