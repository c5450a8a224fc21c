"""Every picture is RGB, or RGBA where it is transparent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.newsimages.submission.rules.rule import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.newsimages.submission.submitted import Submission

MODES = frozenset({"RGB", "RGBA"})


def check(submission: Submission) -> Iterator[Fault]:
    """Pictures with a palette, in grey, or of sixteen bits: survey pages do not show all of them alike."""
    for picture in submission.pictures:
        if picture.mode and picture.mode not in MODES:
            yield Fault(picture.path, f"mode {picture.mode}, not RGB or RGBA")
