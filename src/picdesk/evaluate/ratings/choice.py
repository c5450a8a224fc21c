"""One choice between two pictures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which of two runs' pictures a person finds fitting for an article.

    Attributes:
        first: a run.
        second: another run.
        share: what the first one gets: 1 where it was chosen, 0 where the second was, 0.5 where neither.
        task: what the runs were a part of; empty where there is one task.
        article: id of the article.
        rater: who chose.
        team: whose member the rater is.
    """

    first: str
    second: str
    share: float
    task: str = ""
    article: str = ""
    rater: str = ""
    team: str = ""
