"""No picture is the organisers' original."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.newsimages.submission.rules.rule import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.newsimages.submission.submitted import Submission


def check(submission: Submission) -> Iterator[Fault]:
    """Pictures that look like a photo of the organisers' data set, whichever article it belongs to."""
    if submission.originals:
        for picture in submission.pictures:
            likeness = picture.likeness
            original = likeness and submission.originals.first_like((likeness.phash, likeness.dhash))
            if original:
                yield Fault(picture.path, f"the organisers' photo {original}")
