"""Pairs in two sides, and what the one gives away of the other: the benchmark's own rules, for pairs of any source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError, PhotoError
from picdesk.newsimages.dataset import Dataset, DatasetPhoto
from picdesk.newsimages.leaks import find_leaks
from picdesk.newsimages.split import Split, chronological_split, random_split
from picdesk.photos.locate import to_path
from picdesk.records import Article

if TYPE_CHECKING:
    from pathlib import Path

    from picdesk.newsimages.leaks import LeakReport
    from picdesk.train.pairs import Pairs

WAYS = ("auto", "chronological", "random")


def split_pairs(pairs: Pairs, *, share: float = 0.2, way: str = "auto", seed: int = 0) -> Split:
    """Divide pairs into those to learn from and those to be measured on; pairs of one photo stay together.

    Args:
        pairs: at least two.
        share: of the pairs to be measured on, over 0 and under 1.
        way: ``chronological`` (the newest are measured on), ``random``, or ``auto``: chronological where every story
            has a day, or none has and all have numbers.
        seed: of ``random``.

    Raises:
        InputError: no such way, the pairs do not allow it, or one side stays empty.
    """
    if way not in WAYS:
        raise InputError(f"pairs are not split by {way!r}", f"Choose one of: {', '.join(WAYS)}.")
    dataset = as_dataset(pairs)
    days = sum(pair.day is not None for pair in pairs.pairs)
    ordered = days == len(pairs) or (not days and all(pair.id.isdigit() for pair in pairs.pairs))
    if way == "random" or (way == "auto" and not ordered):
        return random_split(dataset, share, np.random.default_rng(seed))
    return _together(pairs, chronological_split(dataset, test_share=share))


def check_leaks(pairs: Pairs, split: Split) -> LeakReport:
    """What the training side gives away: the same photo, one that looks the same, the same headline."""
    return find_leaks(as_dataset(pairs), split)


def as_dataset(pairs: Pairs) -> Dataset:
    """Pairs as the benchmark's tools see a data set; a photo inside a tar has no file there."""
    photos = {pair.photo: DatasetPhoto(name=pair.photo, path=_path(pair.uri)) for pair in pairs.pairs}
    return Dataset(
        name=pairs.name,
        edition="",
        articles=tuple(Article(id=pair.id, headline=pair.text, published=pair.day) for pair in pairs.pairs),
        photos=tuple(photos.values()),
        pairs={pair.id: pair.photo for pair in pairs.pairs},
    )


def _together(pairs: Pairs, split: Split) -> Split:
    """A photo that both sides have goes to the training side: what is measured is not learned from."""
    train = set(split.train)
    seen = {pair.photo for pair in pairs.pairs if pair.id in train}
    moved = {pair.id for pair in pairs.pairs if pair.id not in train and pair.photo in seen}
    if not moved:
        return split
    ids = [pair.id for pair in pairs.pairs]
    test = tuple(story for story in ids if story not in train and story not in moved)
    if not test:
        raise InputError("no photo of the newest stories is new", "Split them with --split random.")
    note = f"{len(moved):,} stories whose photo was there before are on the training side"
    return Split(tuple(story for story in ids if story in train or story in moved), test, (*split.notes, note))


def _path(uri: str) -> Path | None:
    try:
        path, member = to_path(uri)
    except (PhotoError, ValueError):
        return None
    return path if member is None else None
