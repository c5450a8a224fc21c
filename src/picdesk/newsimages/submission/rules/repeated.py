"""No picture appears twice in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.newsimages.submission.look import Looks
from picdesk.newsimages.submission.rules.rule import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.newsimages.submission.pictures import Picture
    from picdesk.newsimages.submission.submitted import Submission


def check(submission: Submission) -> Iterator[Fault]:
    """Pictures of several articles that are the same file or look the same; each names the first of them."""
    for _, pictures in submission.by_run():
        # One picture an article: further ones are told by the rule ``once``.
        first = {picture.article: picture for picture in reversed(pictures) if picture.likeness}
        yield from _repetitions(sorted(first.values(), key=lambda picture: picture.path))


def _repetitions(pictures: list[Picture]) -> Iterator[Fault]:
    looks, by_path = Looks(), {picture.path: picture for picture in pictures}
    by_bytes: dict[str, str] = {}
    for picture in pictures:
        if not picture.likeness:
            continue
        look = (picture.likeness.phash, picture.likeness.dhash)
        same = by_bytes.setdefault(picture.likeness.id, picture.path)
        other = looks.first_like(look)
        if same != picture.path:
            yield Fault(picture.path, f"the same file as {by_path[same].path}")
        elif other:
            yield Fault(picture.path, f"looks the same as {other}")
        looks.add(picture.path, look)
