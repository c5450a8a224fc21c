"""No two runs have the same picture for an article."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from picdesk.newsimages.submission.rules.rule import Fault
from picdesk.photos.alike import alike

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.newsimages.submission.submitted import Submission
    from picdesk.photos.alike import Likeness


def check(submission: Submission) -> Iterator[Fault]:
    """Pictures of one article in runs of different names; LARGE and SMALL of one name must be the same."""
    met: defaultdict[str, dict[tuple[str, str], tuple[str, Likeness]]] = defaultdict(dict)
    for picture in submission.pictures:
        if not picture.article or not picture.likeness:
            continue
        approach, approaches = (picture.run.kind, picture.run.name), met[picture.article]
        for other, (path, likeness) in approaches.items():
            same = likeness.id == picture.likeness.id
            if other != approach and (same or alike(likeness, picture.likeness)):
                yield Fault(picture.path, f"{'the same file as' if same else 'looks the same as'} {path}")
                break
        approaches.setdefault(approach, (picture.path, picture.likeness))
