"""Every picture is 460 x 260 pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.newsimages.submission.rules.rule import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.newsimages.submission.submitted import Submission


def check(submission: Submission) -> Iterator[Fault]:
    """Pictures of another size."""
    wanted = submission.tree.size
    for picture in submission.pictures:
        if picture.size and picture.size != wanted:
            yield Fault(picture.path, f"{picture.size[0]} x {picture.size[1]} pixels, not {wanted[0]} x {wanted[1]}")
