"""Dual softmax: a photo that suits every article a little suits none of them much.

Cheng et al.: Improving Video-Text Retrieval by Multi-Stream Corpus Alignment and Dual Softmax Loss (2021), for
training; Galanopoulos & Mezaris (MediaEval 2022) and Leventakis, Galanopoulos & Mezaris (MediaEval 2023) revise the
similarities Z of articles to photos with it when they rank:

    Z* = softmax over photos of (t Z)  times  softmax over articles of (t Z), element by element.

Both factors of their equation say ``dim=0``. Taken literally that is one softmax squared, and no dual; it is read here
as in CAMoE: one over each side. No temperature is published with it; here ``t`` is a setting.

Scores are ln Z*: the order is the same, and Z* of a million photos does not underflow. The part of an article's own
row, ln of the sum over photos, is the same for all of its photos: it changes no order within an article, but makes
articles comparable, which an assignment needs.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from picdesk.encoders.torch.machine import device_named
from picdesk.errors import InputError
from picdesk.search.bank import QueryBank
from picdesk.search.best import BestPhotos, Nearest, in_order
from picdesk.search.exact import block_size, nearest_photos, product
from picdesk.search.on_device import ROUNDED_SHIFT, dual_softmax_on_device
from picdesk.search.shards import merged
from picdesk.search.streamed import vector_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store
    from picdesk.search.shards import Rows, Shards

T = TypeVar("T")

TEMPERATURE = 20.0
"""Best of ten values on 2,070 pairs of NewsImages 2025, in a space of sentences and pictures (CCA) that was fitted on
the other 2,930; cosines have a standard deviation of 0.07 there."""

HOTTEST = 10_000
"""Cosines that float32 can tell apart are 6e-8 apart; times more than this, that would be seen."""

_EXPONENTIALS = 1 << 19
"""Taken at a time by one core: 2 MB, which stay in its cache. Sums are float64 from there on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DualSoftmax:
    """How a run's cosines are revised.

    Attributes:
        temperature: what cosines are multiplied by; the larger, the more a photo that many articles want loses.
        within: photos of each article that take part, its nearest ones, and are all that it can be given; every photo
            where it is None.
        bank: whether the archive's past queries take part as articles too, and this run's are kept for later ones.

    Raises:
        InputError: a temperature that is no number over 0 and up to 10,000, or no photo to take part.
    """

    temperature: float = TEMPERATURE
    within: int | None = None
    bank: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.temperature <= HOTTEST:
            raise InputError(
                f"a temperature of {self.temperature:g} makes no sense",
                f"Give a number over 0 and up to {HOTTEST:,}, such as {TEMPERATURE:g}.",
            )
        if self.within is not None and self.within < 1:
            raise InputError(f"dual softmax within {self.within} photos makes no sense", "Give 1 or more.")


def dual_softmax_ranking(
    store: Store,
    entry: StoredEncoder,
    queries: NDArray[np.float32],
    k: int,
    where: str | None,
    settings: DualSoftmax,
    *,
    device: str | None = None,
    shards: Shards | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Nearest:
    """The ``k`` best photos of each query as the settings have it; queries are kept in the bank where they say so."""
    bank = QueryBank(store, entry)
    others = bank.beside(queries) if settings.bank else queries[:0]
    if settings.within is None:
        found = dual_softmax_photos(
            store,
            entry,
            queries,
            k,
            where,
            temperature=settings.temperature,
            others=others,
            device=device,
            shards=shards,
            progress=progress,
        )
    else:
        everyone = np.concatenate([queries, others])
        candidates = nearest_photos(
            store, entry, everyone, settings.within, where, device=device, shards=shards, progress=progress
        )
        found = dual_softmax_within(candidates, settings.temperature, len(queries), k)
    if settings.bank:
        bank.keep(queries)
    return found


def dual_softmax_photos(
    store: Store,
    entry: StoredEncoder,
    queries: NDArray[np.float32],
    k: int,
    where: str | None = None,
    *,
    temperature: float = TEMPERATURE,
    others: NDArray[np.float32] | None = None,
    block: int | None = None,
    device: str | None = None,
    shards: Shards | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Nearest:
    """The ``k`` best photos of each query by ln Z*, over every photo that a filter leaves.

    All queries meet a block of photos together, so that the block's softmax over articles is whole at once; the sums
    over photos run along, and are taken off at the end. So the archive is read once, not twice, and memory holds one
    block of at most 128 MB of cosines (up to 32,768 queries), twice.

    Args:
        store: the archive.
        entry: the encoder whose vectors are compared; photos without one are left out.
        queries: ``(n, d)`` float32, unit rows.
        k: how many photos a query is given.
        where: SQL over the archive's columns; photos that it leaves out take no part in any softmax.
        temperature: what cosines are multiplied by.
        others: ``(m, d)`` float32, unit rows: queries that take part as articles and get no answer.
        block: photos compared at a time; by default as many as fit.
        device: ``cpu``, ``cuda``, ``cuda:N``; ``None`` for a card where there is one.
        shards: workers who compare the photos in parts, on what device they have. A photo's softmax over articles is
            whole in its part; the sums over photos are those of all parts together.
        progress: called with the number of photos compared so far.

    Raises:
        FilterError: the filter makes no sense.
        InputError: no such device.
        MissingError: there is no such card here, its memory is too small, or the workers were lost.
    """
    if not len(queries):
        return nearest_photos(store, entry, queries, k, where, device=device)
    past = queries[:0] if others is None else others
    work = partial(
        _dual_softmax_of_part, entry=entry, queries=queries, others=past, k=k, temperature=temperature, block=block
    )
    if shards is None:
        parts = [work(store, device, where=where, progress=progress)]
    else:
        size = block or block_size(len(queries) + len(past))
        parts = list(shards(partial(work, block=size), store, entry, where, block=size, progress=progress))
    found = merged((part for part, _ in parts), k)
    logs = np.logaddexp.reduce([logs for _, logs in parts], axis=0)
    common = math.log(len(queries) + len(past)) + np.where(np.isfinite(logs), logs, 0.0)  # no photo: no sum
    return replace(found, scores=2 * temperature * found.scores - common[:, None])


def _dual_softmax_of_part(
    store: Rows,
    device: str | None,
    *,
    entry: StoredEncoder,
    queries: NDArray[np.float32],
    others: NDArray[np.float32],
    k: int,
    temperature: float,
    block: int | None,
    where: str | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[Nearest, NDArray[np.float64]]:
    """The best photos of a part by ``ln Z* / 2 t``, up to what is the same for all photos of an article.

    And for each article, ln of the sum of exp(t Z) over the photos of the part.
    """
    card = device_named(device)
    if card != "cpu":
        return dual_softmax_on_device(
            store, entry, queries, others, k, where, temperature, card, block=block, progress=progress
        )
    rows = np.concatenate([queries, others])
    size = block or block_size(len(rows))
    room, second = (np.empty((len(rows), size), dtype=np.float32) for _ in range(2))
    sums = _PhotoSums(len(queries))
    best = BestPhotos(len(queries), k)
    done = 0
    for photos in vector_blocks(store, entry, where, size):
        cosines = product(rows, photos.vectors, room)
        asked = cosines[: len(queries)]
        sums.meet(asked, temperature)
        shift = log_means(cosines, temperature) / (2 * temperature)
        _meet(best, photos.ids, asked, shift, second)
        done += len(photos)
        progress(done)
    return best.nearest(), sums.logs


def _meet(
    best: BestPhotos,
    ids: pa.Array,
    cosines: NDArray[np.float32],
    shift: NDArray[np.float64],
    room: NDArray[np.float32],
) -> None:
    """Offer ``ln Z* / 2 t``, up to what is the same for all photos of an article: the cosine less the photo's shift."""
    scores = room.reshape(-1)[: cosines.size].reshape(cosines.shape)
    np.subtract(cosines, shift.astype(np.float32), out=scores)

    def exact(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
        return cosines[rows, columns] - shift[columns]

    best.meet(ids, scores, exact, ROUNDED_SHIFT)


def log_means(cosines: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    """For each photo, ln of the mean over articles of exp(t Z); ``cosines`` are ``(articles, photos)``."""
    highest = cosines.max(axis=0)

    def add_up(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(_exponentials(rows, highest, temperature).sum(axis=0))

    total = np.zeros(cosines.shape[1])
    for part in _by_rows(add_up, cosines):
        total += part
    return np.asarray(temperature * highest.astype(np.float64) + np.log(total / len(cosines)))


class _PhotoSums:
    """For each article, ln of the sum over photos of exp(t Z), while blocks of photos go by."""

    def __init__(self, queries: int) -> None:
        self.logs = np.full(queries, -np.inf)

    def meet(self, cosines: NDArray[np.float32], temperature: float) -> None:
        def add_up(rows: NDArray[np.float32]) -> NDArray[np.float64]:
            highest = rows.max(axis=1, keepdims=True)
            sums = _exponentials(rows, highest, temperature).sum(axis=1, dtype=np.float64)
            return np.asarray(temperature * highest[:, 0].astype(np.float64) + np.log(sums))

        self.logs = np.logaddexp(self.logs, np.concatenate([np.empty(0), *_by_rows(add_up, cosines)]))


def _exponentials(
    cosines: NDArray[np.float32], highest: NDArray[np.float32], temperature: float
) -> NDArray[np.float32]:
    # The difference first: it is exact where it matters, and no exponential is over 1.
    exponents = cosines - highest
    exponents *= temperature
    np.exp(exponents, out=exponents)
    return exponents


def _by_rows(work: Callable[[NDArray[np.float32]], T], matrix: NDArray[np.float32]) -> Iterator[T]:
    """Work on some rows at a time, on every core: NumPy lets go of the interpreter."""
    step = max(1, _EXPONENTIALS // matrix.shape[1])
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="softmax") as pool:
        yield from pool.map(work, (matrix[at : at + step] for at in range(0, len(matrix), step)))


def dual_softmax_within(nearest: Nearest, temperature: float, answered: int, k: int) -> Nearest:
    """Dual softmax among candidates: each article's softmax is over its own, each photo's over the articles it is of.

    Args:
        nearest: candidates and their cosines; may have rows of past queries at the end, which take part.
        temperature: what cosines are multiplied by.
        answered: how many rows, from the first, are given back.
        k: how many photos each of those is given at most.
    """
    rows, places = np.nonzero(nearest.photos >= 0)
    photos = nearest.photos[rows, places]
    values = temperature * nearest.scores[rows, places]
    by_article = _log_sums_of(rows, values, len(nearest.photos))
    by_photo = _log_sums_of(photos, values, len(nearest.ids))
    scores = np.full(nearest.scores.shape, -np.inf)
    scores[rows, places] = 2 * values - by_article[rows] - by_photo[photos]
    found = in_order(nearest.photos[:answered], scores[:answered], nearest.ids)
    return replace(found, photos=found.photos[:, :k], scores=found.scores[:, :k])


def _log_sums_of(groups: NDArray[np.int64], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """For each group, ln of the sum of exp(value); -inf where it has no value."""
    highest = np.full(count, -np.inf)
    np.maximum.at(highest, groups, values)
    sums = np.bincount(groups, np.exp(values - highest[groups]), minlength=count)
    return highest + np.log(sums, out=np.zeros(count), where=sums > 0)
