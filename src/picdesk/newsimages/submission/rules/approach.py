"""LARGE and SMALL of one name have the same pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.newsimages.submission.rules.rule import Fault
from picdesk.photos.alike import alike

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.newsimages.submission.submitted import Submission


def check(submission: Submission) -> Iterator[Fault]:
    """Pictures of a SMALL run that differ from those of the LARGE run of the same type and name."""
    large = {
        (run.kind, run.name, picture.article): picture
        for run, pictures in submission.by_run()
        if run.subtask == "LARGE"
        for picture in pictures
    }
    for run, pictures in submission.by_run():
        for picture in pictures if run.subtask == "SMALL" else ():
            other = large.get((run.kind, run.name, picture.article))
            if other and other.likeness and picture.likeness:
                same = other.likeness.id == picture.likeness.id
                if not same and not alike(picture.likeness, other.likeness):
                    yield Fault(picture.path, f"another picture than {other.path}; another approach needs another name")
