"""Who is asked what, and in which order."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from picdesk.evaluate.ratings.study.records import PAIRS, Item

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from picdesk.evaluate.ratings.study.records import Entry, Rater, Study


def items_of(study: Study) -> tuple[Item, ...]:
    """Every question of a study, by task and story as they were given.

    A pair is two different pictures that two runs gave one article; where runs agree there is nothing to choose.
    """
    found: list[Item] = []
    for task in dict.fromkeys(entry.task for entry in study.entries):
        entries = [entry for entry in study.entries if entry.task == task]
        for story in study.stories:
            runs: defaultdict[str, list[str]] = defaultdict(list)
            for entry in entries:
                if story.id in entry.pictures:
                    runs[entry.pictures[story.id]].append(entry.run)
            size = 2 if study.kind == PAIRS else 1
            for pictures in combinations(sorted(runs), size):
                given = tuple(tuple(runs[picture]) for picture in pictures)
                found.append(Item(task=task, article=story.id, pictures=pictures, runs=given))
    return tuple(found)


def may_see(study: Study, rater: Rater, item: Item) -> bool:
    """Whether a question is not about the rater's own run alone.

    A picture that another run gave too is no secret of the team's; of a pair, both sides must be somebody else's.
    """
    own = _own(study.entries, rater, item.task)
    return all(set(runs) - own for runs in item.runs)


@lru_cache(maxsize=4)
def plan(study: Study) -> Mapping[str, tuple[Item, ...]]:
    """Rater's id -> that rater's questions, in order; the same for the same study.

    Where each question is for some of the raters only, it goes to those who have the fewest so far, so that all have
    about the same to do. A rater reads a story once: its pictures follow one another. Stories and the pictures of
    a story are in an order of the rater's own, so that no run is always seen first.
    """
    asked: dict[str, list[Item]] = {rater.id: [] for rater in study.raters}
    items = items_of(study)
    generator = np.random.default_rng(study.seed)
    load: Counter[str] = Counter()
    for number in generator.permutation(len(items)).tolist():
        item = items[number]
        able = [rater.id for rater in study.raters if may_see(study, rater, item)]
        lots = dict(zip(able, generator.random(len(able)).tolist(), strict=True))
        chosen = sorted(able, key=lambda rater: (load[rater], lots[rater]))[: study.each or None]
        load.update(chosen)
        for rater in chosen:
            asked[rater].append(item)
    return {rater: tuple(_ordered(study, rater, mine)) for rater, mine in asked.items()}


def sides(study: Study, rater: str, item: Item) -> tuple[str, ...]:
    """The pictures of a question from left to right, in an order of the rater's own."""
    order = chance(study, rater, item.key).permutation(len(item.pictures))
    return tuple(item.pictures[place] for place in order.tolist())


def chance(study: Study, *names: str) -> np.random.Generator:
    """The randomness that belongs to some names in a study."""
    digest = hashlib.sha256("\0".join((str(study.seed), *names)).encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))


def _ordered(study: Study, rater: str, mine: Sequence[Item]) -> Iterator[Item]:
    stories: defaultdict[str, list[Item]] = defaultdict(list)
    for item in sorted(mine, key=lambda item: item.key):
        stories[item.article].append(item)
    generator = chance(study, rater)
    articles = list(stories)
    for number in generator.permutation(len(articles)).tolist():
        together = stories[articles[number]]
        yield from (together[place] for place in generator.permutation(len(together)).tolist())


def _own(entries: Sequence[Entry], rater: Rater, task: str) -> set[str]:
    return {entry.run for entry in entries if rater.team and entry.team == rater.team and entry.task == task}
