"""A new study, from runs, articles and raters."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError, NothingFound, PicdeskError
from picdesk.evaluate.ratings.study.folder import write_study
from picdesk.evaluate.ratings.study.plan import items_of, may_see
from picdesk.evaluate.ratings.study.records import KINDS, PAIRS, POINTS, Entry, Study
from picdesk.photos.ahead import ahead
from picdesk.photos.locate import printable
from picdesk.photos.thumbnail import thumbnail

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from picdesk.evaluate.ratings.study.records import Rater, Story
    from picdesk.evaluate.ratings.study.taking_part import TakingPart

QUESTIONS = {
    POINTS: "How well does the picture fit the story?",
    PAIRS: "Which picture fits the story better?",
}
EDGE = 920
"""Pixels of a picture's longest edge, twice the width of the benchmark's pictures."""

_AHEAD = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a study shall be.

    Attributes:
        kind: ``points`` or ``pairs``.
        title: what raters read first.
        question: what they are asked; empty for the usual one.
        count: how many articles of a task, drawn by chance; 0 for all.
        each: how many raters a picture, or a pair, is shown to; 0 for all.
        seed: where chance begins.
    """

    kind: str = POINTS
    title: str = "Which picture fits?"
    question: str = ""
    count: int = 0
    each: int = 0
    seed: int = 0


def set_up(
    folder: Path,
    entries: Sequence[TakingPart],
    stories: Mapping[str, Story],
    raters: Sequence[Rater],
    wanted: Wanted,
    *,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> tuple[Study, list[str]]:
    """Make a study and write it.

    An article takes part in a task where every run of the task has a picture for it that can be read: ratings of
    different articles cannot be compared. Pictures are drawn anew, so that neither name nor metadata tell whose they
    are.

    Args:
        folder: where it is written; new or empty.
        entries: the runs.
        stories: article -> what raters read.
        raters: who rates.
        wanted: how it shall be.
        progress: called with the pictures read so far, and how many there are.

    Returns:
        The study, and what the reader should know: articles that were left out, and why.

    Raises:
        InputError: a run or a rater stands twice, no raters, no such kind, or a rater who may see nothing.
        NothingFound: no article has a picture of every run and a story.
    """
    _refuse_nonsense(entries, raters, wanted)
    notes: list[str] = []
    chosen = _chosen(entries, stories, wanted, notes)
    pictures, failed = _pictures(entries, chosen, progress)
    for task, articles in chosen.items():
        unread = failed[task] & set(articles)
        chosen[task] = [article for article in articles if article not in unread]
        if unread:
            notes.append(f"{_of(task)}{len(unread):,} articles are left out: a picture cannot be read")
    part = {article for articles in chosen.values() for article in articles}
    study = Study(
        title=wanted.title,
        question=wanted.question or QUESTIONS[wanted.kind],
        kind=wanted.kind,
        stories=tuple(story for article, story in stories.items() if article in part),
        entries=tuple(
            Entry(
                run=entry.run,
                task=entry.task,
                team=entry.team,
                pictures={article: pictures[place, article][0] for article in chosen[entry.task]},
            )
            for place, entry in enumerate(entries)
        ),
        raters=tuple(raters),
        each=wanted.each,
        seed=wanted.seed,
    )
    items = items_of(study)
    if not items:
        raise NothingFound(
            "there is nothing to ask: no article has a picture of every run" if not part else "all runs agree",
            "Give the list of the articles that the runs answered, and the photos that they name.",
        )
    idle = next((rater for rater in raters if not any(may_see(study, rater, item) for item in items)), None)
    if idle is not None:
        raise InputError(f"nothing is left for {printable(idle.name)} to rate", "All runs are of the own team.")
    used = {name for entry in study.entries for name in entry.pictures.values()}
    write_study(study, folder, {name: data for name, data in pictures.values() if name in used})
    return study, notes


def _refuse_nonsense(entries: Sequence[TakingPart], raters: Sequence[Rater], wanted: Wanted) -> None:
    if wanted.kind not in KINDS:
        raise InputError(f"no study is of the kind {wanted.kind!r}", f"There are: {', '.join(KINDS)}.")
    if not raters:
        raise InputError("nobody is named to rate", "Give --rater NAME, or --rater NAME=TEAM, once for each.")
    for what, names in (
        ("raters have the id", [rater.id for rater in raters]),
        ("raters are called", [rater.name for rater in raters]),
        ("runs are called", [f"{entry.run} {entry.task}".strip() for entry in entries]),
    ):
        name, times = Counter(names).most_common(1)[0] if names else ("", 0)
        if times > 1:
            raise InputError(f"{times} {what} {printable(name)!r}", "Give each its own name.")
    tasks = Counter(entry.task for entry in entries)
    alone = next((task for task, runs in tasks.items() if runs < 2), None)
    if wanted.kind == PAIRS and (alone is not None or not entries):
        raise InputError(f"{_of(alone or '')}choices need two runs or more", "Give --run once for each.")


def _chosen(
    entries: Sequence[TakingPart], stories: Mapping[str, Story], wanted: Wanted, notes: list[str]
) -> dict[str, list[str]]:
    """Task -> articles, in the order of the list of stories."""
    chosen: dict[str, list[str]] = {}
    for task in dict.fromkeys(entry.task for entry in entries):
        answered = [set(entry.pictures) for entry in entries if entry.task == task]
        common = set.intersection(*answered)
        lacking = len(set.union(*answered) - common)
        if lacking:
            notes.append(f"{_of(task)}{lacking:,} articles are left out: not every run has a picture for them")
        untold = common - stories.keys()
        if untold:
            notes.append(f"{_of(task)}{len(untold):,} articles are left out: no headline is known")
        articles = [article for article in stories if article in common]
        if wanted.count and wanted.count < len(articles):
            generator = np.random.default_rng(wanted.seed)
            kept = sorted(generator.choice(len(articles), wanted.count, replace=False).tolist())
            articles = [articles[place] for place in kept]
        chosen[task] = articles
    return chosen


def _pictures(
    entries: Sequence[TakingPart], chosen: Mapping[str, Sequence[str]], progress: Callable[[int, int], None]
) -> tuple[dict[tuple[int, str], tuple[str, bytes]], dict[str, set[str]]]:
    """Number of the run and article -> name and JPEG; task -> articles with a picture that cannot be read."""
    wanted = [(place, article) for place, entry in enumerate(entries) for article in chosen[entry.task]]

    def read(one: tuple[int, str]) -> bytes | None:
        try:
            # Drawn anew: neither name nor metadata tell whose it is.
            return thumbnail(entries[one[0]].pictures[one[1]](), EDGE)
        except PicdeskError:
            return None

    found: dict[tuple[int, str], tuple[str, bytes]] = {}
    failed: dict[str, set[str]] = {task: set() for task in chosen}
    made = ahead(read, wanted, threads=os.cpu_count() or 1, reach=_AHEAD)
    for done, (one, data) in enumerate(zip(wanted, made, strict=True), 1):
        if data is None:
            failed[entries[one[0]].task].add(one[1])
        else:
            found[one] = (f"{hashlib.sha256(data).hexdigest()}.jpg", data)
        progress(done, len(wanted))
    return found, failed


def _of(task: str) -> str:
    return f"{printable(task)}: " if task else ""
