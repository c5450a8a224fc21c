"""A run has one picture an article."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.newsimages.submission.rules.rule import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.newsimages.submission.submitted import Submission


def check(submission: Submission) -> Iterator[Fault]:
    """Further pictures for an article: a ZIP can hold two files of one name, and ids can differ in zeros alone."""
    for _, pictures in submission.by_run():
        first: dict[str, str] = {}
        for picture in pictures:
            key = picture.article.lstrip("0") or "0"
            if key in first:
                yield Fault(picture.path, f"a second picture for article {key}; the first is {first[key]}")
            first.setdefault(key, picture.path)
