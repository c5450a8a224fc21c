"""Every article is in the organisers' list, and a run has a picture for every one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.newsimages.submission.rules.rule import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.newsimages.submission.submitted import Submission

_SHOWN = 10


def check_unknown(submission: Submission) -> Iterator[Fault]:
    """Pictures for articles that the list does not have."""
    known = {*submission.articles, *submission.subset}
    if submission.articles:
        for picture in submission.pictures:
            if picture.article and picture.article not in known:
                yield Fault(picture.path, f"article {picture.article} is not in the organisers' list")


def check_missing(submission: Submission) -> Iterator[Fault]:
    """Articles of the list without a picture, a run at a time; SMALL runs have a rule of their own."""
    for run, pictures in submission.by_run():
        if run.subtask != "SMALL":
            there = {picture.article for picture in pictures}
            missing = [article for article in submission.articles if article not in there]
            if missing:
                costs = submission.tree.missing_costs
                yield Fault(submission.folder_of(run), f"{without_picture(missing)}; {costs}")


def without_picture(articles: list[str]) -> str:
    """How many articles lack a picture, and which.

    >>> without_picture(["3", "17"])
    'no picture for 2 articles: 3, 17'
    """
    more = f" and {len(articles) - _SHOWN:,} more" if len(articles) > _SHOWN else ""
    noun = "article" if len(articles) == 1 else "articles"
    return f"no picture for {len(articles):,} {noun}: {', '.join(articles[:_SHOWN])}{more}"
