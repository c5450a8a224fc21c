"""Photos given out among articles: each article one of its own, or none twice in a whole run."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The photos that an article may be given.

    Attributes:
        photos: ``(n,)`` int64, numbers of photos, best first, each once.
        scores: ``(n,)`` float64, never rising.
    """

    photos: NDArray[np.int64]
    scores: NDArray[np.float64]


def one_to_one(articles: Sequence[Candidates]) -> list[int]:
    """Each article's place in its own list, -1 for none, so that no photo is given twice.

    As many articles as possible get a photo, and the sum of the scores is then the largest there is: Kuhn's assignment,
    by shortest augmenting paths (Jonker & Volgenant 1987) over the candidates alone. An article looks no further down
    its list than to the first photo that nobody has: what follows has no higher score, and no lower price.

    >>> first, second = np.array([0, 1]), np.array([0, 1])
    >>> one_to_one([Candidates(first, np.array([0.9, 0.8])), Candidates(second, np.array([0.7, 0.1]))])
    [1, 0]
    """
    highest = max((float(each.scores[0]) for each in articles if len(each.scores)), default=0.0)
    lowest = min((float(each.scores[-1]) for each in articles if len(each.scores)), default=0.0)
    # Going without is worse than whatever the others could win by it.
    market = _Market(articles, lowest - (len(articles) + 1) * (highest - lowest + 1))
    for article in range(len(articles)):
        market.admit(article)
    given = [market.has[number] for number in range(len(articles))]
    return [
        int(np.flatnonzero(each.photos == photo)[0]) if photo >= 0 else -1
        for each, photo in zip(articles, given, strict=True)
    ]


class _Market:
    """Photos with prices and owners; an article's gain from a photo is its score less the price.

    Going without is a photo of each article's own, with the number ``-1 - article``.
    """

    def __init__(self, articles: Sequence[Candidates], without: float) -> None:
        self._articles = articles
        self._without = without
        self._looked = [0] * len(articles)
        self._gains = [0.0] * len(articles)
        self._prices: dict[int, float] = {}
        self._owner: dict[int, int] = {}
        self.has: dict[int, int] = {}

    def admit(self, article: int) -> None:
        """Give one more article a photo; others may have to move on to another one."""
        self._gains[article] = max(score - self._prices.get(photo, 0.0) for photo, score in self._wanted(article))
        losses: dict[int, float] = {}
        came_from: dict[int, int] = {}
        settled: list[tuple[int, float]] = []
        waiting: list[tuple[float, int]] = []
        bound = float("inf")
        asking, loss = article, 0.0
        while True:
            gain = self._gains[asking]
            for photo, score in self._wanted(asking):
                # Rounding must not make a way back look like a gain.
                total = loss + max(gain - score + self._prices.get(photo, 0.0), 0.0)
                if total < bound and total < losses.get(photo, float("inf")):
                    losses[photo], came_from[photo] = total, asking
                    heapq.heappush(waiting, (total, photo))
                    bound = total if photo not in self._owner else bound
            loss, photo = heapq.heappop(waiting)
            while loss > losses[photo]:
                loss, photo = heapq.heappop(waiting)
            if photo not in self._owner:
                break
            settled.append((photo, loss))
            asking = self._owner[photo]
        for met, lost in settled:
            self._prices[met] = self._prices.get(met, 0.0) + loss - lost
            self._gains[self._owner[met]] -= loss - lost
        self._gains[article] -= loss
        self._hand_on(photo, came_from)

    def _hand_on(self, photo: int, came_from: Mapping[int, int]) -> None:
        """Give a photo to who asked for it, what that one had to who asked for that, and so on to the new article."""
        while True:
            taker = came_from[photo]
            left = self.has.get(taker)
            self._owner[photo], self.has[taker] = taker, photo
            if left is None:
                return
            photo = left

    def _wanted(self, article: int) -> list[tuple[int, float]]:
        """The photos worth a look: down to the first that nobody has."""
        photos, scores = self._articles[article].photos, self._articles[article].scores
        looked = self._looked[article]
        while looked < len(photos) and int(photos[looked]) in self._owner:
            looked += 1
        self._looked[article] = looked
        wanted = list(zip(photos[: looked + 1].tolist(), scores[: looked + 1].tolist(), strict=True))
        return wanted if looked < len(photos) else [*wanted, (-1 - article, self._without)]


def without_repeats(
    articles: Sequence[Candidates], depth: int, first: Sequence[int] | None = None
) -> list[NDArray[np.int64]]:
    """Each article's places in its own list, so that no photo is given twice in the whole run.

    In rounds: every article gets its first photo before any gets a second. In a round the pairs of article and photo
    take their turn by score; equal scores in the order of the articles. So an article's photos stand in its own order.

    Args:
        articles: candidates of each.
        depth: how many photos an article is given at most.
        first: the places of the first round, -1 for none, where they were settled otherwise.
    """
    given: list[list[int]] = [[] for _ in articles]
    next_place = [0] * len(articles)
    taken = np.zeros(max((int(each.photos.max()) + 1 for each in articles if len(each.photos)), default=0), dtype=bool)
    if first is not None:
        for number, place in enumerate(first):
            if place >= 0:
                given[number].append(place)
                taken[articles[number].photos[place]] = True
    for _ in range(depth if first is None else depth - 1):
        queue = [
            (-float(each.scores[place]), number)
            for number, (each, place) in enumerate(zip(articles, next_place, strict=True))
            if place < len(each.photos)
        ]
        if not queue:
            break
        heapq.heapify(queue)
        while queue:
            _, number = heapq.heappop(queue)
            place, each = next_place[number], articles[number]
            if not taken[each.photos[place]]:
                taken[each.photos[place]] = True
                given[number].append(place)
                next_place[number] += 1
                continue
            free = np.flatnonzero(~taken[each.photos[place:]])
            next_place[number] = place + int(free[0]) if len(free) else len(each.photos)
            if len(free):
                heapq.heappush(queue, (-float(each.scores[next_place[number]]), number))
    return [np.asarray(places, dtype=np.int64) for places in given]
