"""Every file is one PNG picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.newsimages.submission.rules.rule import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.newsimages.submission.submitted import Submission


def check(submission: Submission) -> Iterator[Fault]:
    """Files of other formats, damaged, animated, or that cannot be read."""
    yield from (Fault(picture.path, picture.problem) for picture in submission.pictures if picture.problem)
