"""What was found for each of many queries becomes the places of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.records import Run
from picdesk.search.assign import Candidates, one_to_one, without_repeats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Scores = dict[str, float]


def answers_as_run(
    name: str,
    articles: Sequence[str],
    answers: Iterator[Scores],
    called: Mapping[str, str],
    depth: int,
    *,
    candidates: int,
    assign: bool = False,
    repeats: bool = True,
    progress: Callable[[int], None] = lambda _: None,
) -> Run:
    """A run in the order of the house. A name that several photos of an answer share is taken once, for the best.

    Args:
        name: of the run.
        articles: ids, each once.
        answers: photo id -> score, an answer an article.
        called: photo id -> name; a photo that is not in it was taken out meanwhile, and is left out.
        depth: how many photos an article is given at most.
        candidates: how many photos of an answer may be given out, where not every article keeps its own.
        assign: whether the first photos are those of the best one-to-one assignment. No score explains such an order:
            scores are minus the rank then.
        repeats: whether a photo may be given to several articles.
        progress: called with the number of articles done so far.
    """
    numbers: dict[str, int] = {}
    held = depth if repeats and not assign else max(candidates, depth)
    lists: list[Candidates] = []
    for done, scores in enumerate(answers, start=1):
        lists.append(_candidates(scores, called, numbers, held))
        progress(done)
    first = one_to_one(lists) if assign else None
    if not repeats:
        places = without_repeats(lists, depth, first)
    elif first is not None:
        places = [_moved_up(place, len(each.photos))[:depth] for place, each in zip(first, lists, strict=True)]
    else:
        places = [np.arange(len(each.photos)) for each in lists]
    return _run(name, articles, lists, places, tuple(numbers), by_rank=assign)


def _candidates(scores: Scores, called: Mapping[str, str], numbers: dict[str, int], most: int) -> Candidates:
    best: Scores = {}
    for photo in sorted(scores, key=lambda photo: (-scores[photo], photo)):
        if photo in called:
            best.setdefault(called[photo], scores[photo])
        if len(best) == most:
            break
    photos = [numbers.setdefault(photo, len(numbers)) for photo in best]
    return Candidates(np.asarray(photos, dtype=np.int64), np.asarray([*best.values()], dtype=np.float64))


def _moved_up(place: int, count: int) -> NDArray[np.int64]:
    """All places, this one first; an article that got none keeps its order."""
    order = np.arange(count)
    return order if place < 0 else np.concatenate([[place], np.delete(order, place)])


def _run(
    name: str,
    articles: Sequence[str],
    lists: Sequence[Candidates],
    places: Sequence[NDArray[np.int64]],
    names: tuple[str, ...],
    *,
    by_rank: bool,
) -> Run:
    scores = [
        -np.arange(1.0, len(at) + 1) if by_rank else each.scores[at] for each, at in zip(lists, places, strict=True)
    ]
    photos = [each.photos[at] for each, at in zip(lists, places, strict=True)]
    used, flat = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *photos]), return_inverse=True)
    return Run(
        name=name,
        articles=tuple(articles),
        starts=np.cumsum([0, *map(len, places)], dtype=np.int64),
        photos=flat.astype(np.int32),
        names=tuple(names[number] for number in used.tolist()),
        scores=np.concatenate([np.empty(0), *scores]),
    )
