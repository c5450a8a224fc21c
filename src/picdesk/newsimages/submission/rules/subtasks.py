"""A group takes part in both LARGE and SMALL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.newsimages.submission.rules.rule import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.newsimages.submission.submitted import Submission


def check(submission: Submission) -> Iterator[Fault]:
    """Subtasks without a run."""
    there = {run.subtask for run in submission.runs}
    for subtask in submission.tree.subtasks:
        if submission.runs and subtask not in there:
            yield Fault(submission.group, f"no {subtask} run; the organisers ask for one of each")
