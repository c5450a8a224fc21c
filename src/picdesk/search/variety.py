"""Not the same scene ten times: the best photos first, each unlike those above it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from picdesk.records import Photo

POOL = 5
"""Photos that are chosen from, for each one asked for."""

LEAST_POOL = 50
_HASH_BITS = 64
_WORD = re.compile(r"\w{2,}")


def pool_of(k: int) -> int:
    """How many of the best photos ``k`` varied ones are chosen from."""
    return max(POOL * k, LEAST_POOL)


def vary(scores: Sequence[float], likeness: NDArray[np.float64], variety: float, k: int) -> list[int]:
    """Choose photos by maximal marginal relevance.

    Carbonell & Goldstein: The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing Summaries
    (SIGIR 1998), with lambda = 1 - ``variety``: the next photo is the one with the largest lambda x relevance -
    (1 - lambda) x likeness to the chosen one that it is most like. The relevance is the score, from 0 for the worst of
    the photos given to 1 for the best.

    Args:
        scores: ``(n,)``, what the answer is ordered by, never rising.
        likeness: ``(n, n)``, 0 for photos that have nothing in common to 1 for the same picture.
        variety: 0 keeps the order, 1 asks only that photos are unlike one another.
        k: how many photos.

    Returns:
        Places of at most ``k`` photos, in the new order; the first is always the best. Of photos that are as good as
        one another the one with the better score comes first.

    Raises:
        InputError: ``variety`` is not between 0 and 1.
    """
    if not 0 <= variety <= 1:
        raise InputError(f"a variety of {variety:g} makes no sense", "Give a number from 0 to 1.")
    count = len(scores)
    if not variety or count < 2:
        return list(range(min(k, count)))
    given = np.asarray(scores, dtype=np.float64)
    spread = given[0] - given[-1]
    relevance = (given - given[-1]) / spread if spread else np.ones(count)
    chosen = [0]
    nearest = np.array(likeness[0], dtype=np.float64)
    left = np.ones(count, dtype=bool)
    left[0] = False
    while len(chosen) < min(k, count):
        gain = np.where(left, (1 - variety) * relevance - variety * nearest, -np.inf)
        best = int(np.argmax(gain))
        chosen.append(best)
        left[best] = False
        np.maximum(nearest, likeness[best], out=nearest)
    return chosen


def likeness_of_vectors(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """How like one another photos are by an encoder.

    The cosines of an image encoder lie in a narrow band: two photos of anything have 0.5 in CLIP. Their median over the
    pairs is taken for nothing in common, and what lies below it too.

    Args:
        vectors: ``(n, d)``, unit rows; the row of a photo without a vector is NaN, and it is as like any other as two
            photos are on average: not knowing is no variety.

    Returns:
        ``(n, n)``, 0 to 1.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    cosines = rows @ rows.T
    pairs = cosines[np.triu_indices(len(rows), 1)]
    known = pairs[~np.isnan(pairs)]
    nothing = float(np.median(known)) if known.size else 0.0
    scaled = np.clip((cosines - nothing) / (1 - nothing) if nothing < 1 else np.ones_like(cosines), 0.0, 1.0)
    others = scaled[np.triu_indices(len(rows), 1)]
    average = float(np.nanmean(others)) if known.size else 0.0
    return np.asarray(np.where(np.isnan(scaled), average, scaled))


def likeness_of_photos(photos: Sequence[Photo]) -> NDArray[np.float64]:
    """How like one another photos are without an encoder: by what is said about them, or by their hashes.

    The larger of two: the share of words that two photos have in common (Jaccard), and how many bits of the pHash agree
    beyond the half that agree by chance.

    Returns:
        ``(n, n)``, 0 to 1.
    """
    hashes = np.array([photo.phash for photo in photos], dtype=np.uint64)
    differing = np.bitwise_count(hashes[:, None] ^ hashes).astype(np.float64)
    looks = np.clip(1 - differing / (_HASH_BITS / 2), 0.0, 1.0)
    words = [_words_of(photo) for photo in photos]
    places = {word: place for place, word in enumerate(dict.fromkeys(word for each in words for word in each))}
    there = np.zeros((len(photos), len(places)))
    for row, each in enumerate(words):
        there[row, [places[word] for word in each]] = 1.0
    common = there @ there.T
    sizes = there.sum(axis=1)
    union = sizes[:, None] + sizes - common
    said = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
    return np.asarray(np.maximum(looks, said))


def _words_of(photo: Photo) -> set[str]:
    fields = [photo.caption, photo.headline, *photo.keywords, *photo.people, photo.place, photo.file_words]
    return set(_WORD.findall(" ".join(field for field in fields if field).casefold()))
