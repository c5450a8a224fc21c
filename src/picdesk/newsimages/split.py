"""A data set in two sides: one to learn from, one to be measured on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import InputError

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np

    from picdesk.newsimages.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Split:
    """Ids of articles on either side.

    Attributes:
        train: those to learn from, in the data set's order.
        test: those to be measured on, in the data set's order.
        notes: what the reader should know.
    """

    train: tuple[str, ...]
    test: tuple[str, ...]
    notes: tuple[str, ...] = ()


def chronological_split(
    dataset: Dataset, *, test_share: float | None = None, first_day: dt.date | None = None
) -> Split:
    """The newest articles for testing, as a desk meets them: what is trained on came before what is asked.

    Days are those of `Article.published`. A day is never cut in two, so that with ``test_share`` the test side may be a
    little larger. Where no article has a day, the numbers of the articles tell the order, as they do in 2021; the
    split then says so. Articles without a day, where others have one, go to the training side and are counted.

    Args:
        dataset: the articles.
        test_share: how much of them is tested on, over 0 and under 1; one of the two is needed.
        first_day: the first day that is tested on.

    Raises:
        InputError: both or none of the two are given; a share out of bounds; nothing says when articles were
            published; one side stays empty.
    """
    if (test_share is None) == (first_day is None):
        raise InputError("a chronological split needs a share or a first day, one of the two")
    if test_share is not None:
        _check_share(test_share)
    days = {article.id: article.published for article in dataset.articles if article.published}
    if not days and test_share is not None and all(article.id.isdigit() for article in dataset.articles):
        return _by_number(dataset, test_share)
    if not days:
        raise InputError(
            "no article says when it was published", "Split at random, or add a column of dates to the articles."
        )
    dated = sorted(days.values())
    start = first_day or dated[len(dated) - max(1, round(len(dated) * (test_share or 0)))]
    test = {article for article, day in days.items() if day >= start}
    undated = len(dataset.articles) - len(days)
    note = f"{undated:,} articles have no day and are on the training side"
    return _split(dataset, test, (f"tested from {start} on", *([note] if undated else [])))


def random_split(
    dataset: Dataset, test_share: float, generator: np.random.Generator, *, together: bool = True
) -> Split:
    """Articles drawn at random for testing.

    The same seed gives the same split whatever the order of the rows.

    Args:
        dataset: the articles.
        test_share: how much of them is tested on, over 0 and under 1.
        generator: where chance comes from.
        together: keep articles that share a photo on one side; the test side may then be a little larger.

    Raises:
        InputError: a share out of bounds, or one side stays empty.
    """
    _check_share(test_share)
    groups: dict[str, list[str]] = {}
    for article in sorted(article.id for article in dataset.articles):
        photo = dataset.pairs.get(article) if together else None
        groups.setdefault(f"article {article}" if photo is None else f"photo {photo}", []).append(article)
    names = sorted(groups)
    wanted = max(1, round(len(dataset.articles) * test_share))
    test: set[str] = set()
    for place in generator.permutation(len(names)):
        if len(test) >= wanted:
            break
        test.update(groups[names[place]])
    return _split(dataset, test, ())


def _by_number(dataset: Dataset, share: float) -> Split:
    numbers = sorted((int(article.id), article.id) for article in dataset.articles)
    if not numbers:
        raise InputError("there are no articles to split", "Check the data set's folder.")
    test = {article for _, article in numbers[len(numbers) - max(1, round(len(numbers) * share)) :]}
    return _split(dataset, test, ("no article has a day; the order is that of their numbers",))


def _split(dataset: Dataset, test: set[str], notes: tuple[str, ...]) -> Split:
    ids = [article.id for article in dataset.articles]
    train, kept = (tuple(article for article in ids if (article in test) is wanted) for wanted in (False, True))
    split = Split(train, kept, notes)
    if not split.train or not split.test:
        empty = "training" if not split.train else "test"
        raise InputError(f"the {empty} side of the split is empty", "Choose another share or day.")
    return split


def _check_share(share: float) -> None:
    if not 0 < share < 1:
        raise InputError(f"{share} is no share of a data set", "Give a number over 0 and under 1, such as 0.2.")
