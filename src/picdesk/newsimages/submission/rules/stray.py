"""Every file lies in the folder of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.newsimages.submission.rules.rule import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.newsimages.submission.submitted import Submission


def check(submission: Submission) -> Iterator[Fault]:
    """Files anywhere else."""
    yield from (Fault(path, wrong) for path, wrong in submission.strays.items())
