"""Files and runs are called as the edition demands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.newsimages.submission.rules.rule import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.newsimages.submission.submitted import Submission


def check(submission: Submission) -> Iterator[Fault]:
    """Files whose names are of another form; runs whose names differ in case alone, or in the type alone."""
    for picture in submission.pictures:
        if not picture.article:
            wanted = submission.tree.file_of(picture.run, "ARTICLE")
            yield Fault(picture.path, f"not called {wanted}")
    first: dict[tuple[str, str], str] = {}
    for run in submission.runs:
        folder = submission.folder_of(run)
        other = first.setdefault((run.name.casefold(), run.subtask), folder)
        if other != folder:
            yield Fault(folder, f"its name is not unique: {other}")
