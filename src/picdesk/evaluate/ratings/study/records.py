"""What a study is made of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

POINTS, PAIRS = "points", "pairs"
KINDS = (POINTS, PAIRS)
"""Rate one picture at a time, or choose the better of two."""

SCALE: Mapping[int, str] = {
    1: "does not fit",
    2: "hardly fits",
    3: "fits somewhat",
    4: "fits well",
    5: "fits very well",
}
"""The five points of the NewsImages survey, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What a rater reads.

    Attributes:
        id: of the article.
        headline: its headline.
        lead: its first lines; empty where the list has none.
    """

    id: str
    headline: str
    lead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A run that takes part.

    Attributes:
        run: what it is called; raters never see it.
        task: what it is a part of, such as ``SMALL``; runs are compared inside a task.
        team: whose run it is; the team's raters are not shown it. Empty where it is nobody's.
        pictures: article -> name of the picture it was given.
    """

    run: str
    task: str = ""
    team: str = ""
    pictures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rater:
    """Somebody who rates.

    Attributes:
        id: letters, digits, ``-`` and ``_``; what the file of answers is called.
        name: as in the results.
        team: whose member; empty where there are no teams.
    """

    id: str
    name: str
    team: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """A study as it was set up; it never changes afterwards, and equals itself alone.

    Attributes:
        title: what raters read first.
        question: what they are asked of each picture.
        kind: ``points`` or ``pairs``.
        stories: the articles.
        entries: the runs.
        raters: who rates.
        each: how many raters a picture, or a pair, is shown to; 0 for all who may.
        seed: of the order.
    """

    title: str
    question: str
    kind: str
    stories: tuple[Story, ...]
    entries: tuple[Entry, ...]
    raters: tuple[Rater, ...]
    each: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question: a story with a picture, or with two.

    Two runs that gave an article the same picture are asked about once; the answer is both runs'.

    Attributes:
        task: what the runs are a part of.
        article: id of the story.
        pictures: names of one picture, or of two, by name.
        runs: for each picture, the runs that gave it.
    """

    task: str
    article: str
    pictures: tuple[str, ...]
    runs: tuple[tuple[str, ...], ...]

    @property
    def key(self) -> str:
        """What answers name it by; it says nothing of the runs."""
        return hashlib.sha256(json.dumps([self.task, self.article, *self.pictures]).encode()).hexdigest()[:32]
