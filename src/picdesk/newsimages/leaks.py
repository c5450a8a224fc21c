"""What the training side of a split gives away of its test side."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.newsimages.likeness import read_likenesses
from picdesk.photos.alike import Likeness, find_alike

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from picdesk.newsimages.dataset import Dataset
    from picdesk.newsimages.split import Split

SAME_IMAGE, NEAR_DUPLICATE, SAME_HEADLINE = "same image", "near-duplicate image", "same headline"


@dataclass(frozen=True, slots=True)
class Leak:
    """A test article that a training article gives away.

    Attributes:
        kind: ``same image``, ``near-duplicate image`` or ``same headline``.
        train: id of the training article.
        test: id of the test article.
        about: the two photos' names, or the headline.
    """

    kind: str
    train: str
    test: str
    about: str


@dataclass(frozen=True, slots=True)
class LeakReport:
    """What was found, and over what.

    Attributes:
        leaks: by kind, then in the order of the test side.
        photos: how many photos could be looked at.
        unseen: photo -> why it could not: its file is not here, or no picture. Only its name was compared.
    """

    leaks: tuple[Leak, ...]
    photos: int
    unseen: Mapping[str, str]

    def count(self, kind: str) -> int:
        """How many test articles are given away like this."""
        return len({leak.test for leak in self.leaks if leak.kind == kind})


def find_leaks(dataset: Dataset, split: Split) -> LeakReport:
    """Look for the same on both sides.

    A photo is the same where its name or its bytes are; a near-duplicate where pHash differs by at most 10 bits and
    dHash by at most 14; a headline where its letters and digits are the same without case. Photos are read from their
    files, several at a time.

    Args:
        dataset: articles, photos, and which belong together.
        split: the two sides.

    Raises:
        InputError: the split names an article that the data set does not have.
    """
    known = {article.id for article in dataset.articles}
    strange = next((article for article in (*split.train, *split.test) if article not in known), None)
    if strange is not None:
        raise InputError(f"the data set has no article {strange}", "Split the same data set that is checked.")
    likenesses, unseen = _look(dataset, split)
    leaks = [*_same_images(dataset, split, likenesses)]
    taken = {(leak.train, leak.test) for leak in leaks}
    leaks += [leak for leak in _near_duplicates(dataset, split, likenesses) if (leak.train, leak.test) not in taken]
    leaks += _same_headlines(dataset, split)
    return LeakReport(tuple(leaks), len(likenesses), unseen)


def _look(dataset: Dataset, split: Split) -> tuple[dict[str, Likeness], dict[str, str]]:
    wanted = {dataset.pairs[article] for article in (*split.train, *split.test) if article in dataset.pairs}
    files: dict[str, Path] = {}
    unseen: dict[str, str] = {}
    for photo in dataset.photos:
        if photo.name in wanted and photo.path is not None:
            files[photo.name] = photo.path
        elif photo.name in wanted:
            unseen[photo.name] = "its file is not here"
    likenesses: dict[str, Likeness] = {}
    for name, seen in zip(files, read_likenesses(files.values()), strict=True):
        if isinstance(seen, str):
            unseen[name] = seen
        else:
            likenesses[name] = seen
    return likenesses, unseen


def _same_images(dataset: Dataset, split: Split, likenesses: Mapping[str, Likeness]) -> Iterator[Leak]:
    def keys(photo: str) -> set[str]:
        return {f"name {photo}"} | ({f"bytes {likenesses[photo].id}"} if photo in likenesses else set())

    by_key = defaultdict(list)
    for article, photo in _paired(dataset, split.train):
        for key in keys(photo):
            by_key[key].append(article)
    for article, photo in _paired(dataset, split.test):
        for train in dict.fromkeys(train for key in sorted(keys(photo)) for train in by_key.get(key, ())):
            yield Leak(SAME_IMAGE, train, article, f"{dataset.pairs[train]} {photo}")


def _near_duplicates(dataset: Dataset, split: Split, likenesses: Mapping[str, Likeness]) -> Iterator[Leak]:
    test = [(article, photo) for article, photo in _paired(dataset, split.test) if photo in likenesses]
    train = [(article, photo) for article, photo in _paired(dataset, split.train) if photo in likenesses]
    alike = find_alike([likenesses[photo] for _, photo in test], [likenesses[photo] for _, photo in train])
    for row, column in alike:
        yield Leak(NEAR_DUPLICATE, train[column][0], test[row][0], f"{train[column][1]} {test[row][1]}")


def _same_headlines(dataset: Dataset, split: Split) -> Iterator[Leak]:
    headlines = {article.id: article.headline for article in dataset.articles}
    by_headline = defaultdict(list)
    for article in split.train:
        by_headline[_plain(headlines[article])].append(article)
    for article in split.test:
        plain = _plain(headlines[article])
        if plain:
            yield from (Leak(SAME_HEADLINE, train, article, headlines[article]) for train in by_headline.get(plain, ()))


def _paired(dataset: Dataset, ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    return ((article, dataset.pairs[article]) for article in ids if article in dataset.pairs)


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
