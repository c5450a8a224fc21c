from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from picdesk.errors import InputError
from picdesk.newsimages.dataset import Dataset
from picdesk.newsimages.split import chronological_split, random_split
from picdesk.records import Article


def made_up(days: list[dt.date | None], pairs: dict[str, str] | None = None) -> Dataset:
    articles = tuple(Article(headline=f"H{n}", id=str(n), published=day) for n, day in enumerate(days))
    return Dataset(name="made up", edition="2025", articles=articles, photos=(), pairs=pairs or {})


def day(number: int) -> dt.date:
    return dt.date(2023, 7, number)


def test_the_newest_are_tested_and_a_day_is_never_cut() -> None:
    dataset = made_up([day(3), day(1), day(2), day(3), None, day(3)])
    for share in (0.2, 0.3, 0.5):
        split = chronological_split(dataset, test_share=share)
        assert split.test == ("0", "3", "5")
        assert split.train == ("1", "2", "4")
        assert split.notes == ("tested from 2023-07-03 on", "1 articles have no day and are on the training side")
    assert chronological_split(dataset, test_share=0.7).test == ("0", "2", "3", "5")
    assert chronological_split(dataset, first_day=day(2)).test == ("0", "2", "3", "5")


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [
        ({}, "one of the two"),
        ({"test_share": 0.5, "first_day": day(2)}, "one of the two"),
        ({"test_share": 0.0}, "no share"),
        ({"test_share": 1.0}, "no share"),
        ({"first_day": day(9)}, "test side of the split is empty"),
        ({"first_day": day(1)}, "training side of the split is empty"),
    ],
)
def test_splits_that_make_no_sense(wanted: dict[str, float | dt.date], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        chronological_split(made_up([day(1), day(2)]), **wanted)  # type: ignore[arg-type]


def test_without_days_numbers_tell_the_order_and_addresses_do_not() -> None:
    dataset = made_up([None] * 12)
    assert chronological_split(dataset, test_share=0.25).test == ("9", "10", "11")  # as numbers, not as text
    addressed = replace(dataset, articles=tuple(replace(one, id=f"https://{one.id}") for one in dataset.articles))
    with pytest.raises(InputError, match="no article says when"):
        chronological_split(addressed, test_share=0.25)


def test_chance_is_the_seeds_and_not_the_row_orders() -> None:
    dataset = made_up([None] * 100)
    shuffled = replace(dataset, articles=tuple(reversed(dataset.articles)))
    split, again = (random_split(one, 0.2, np.random.default_rng(3)) for one in (dataset, shuffled))
    assert set(split.test) == set(again.test)
    assert len(split.test) == 20
    assert sorted(split.train + split.test, key=int) == [article.id for article in dataset.articles]
    assert set(random_split(dataset, 0.2, np.random.default_rng(4)).test) != set(split.test)


def test_articles_that_share_a_photo_stay_together() -> None:
    dataset = made_up([None] * 60, {str(n): f"photo {n // 3}" for n in range(60)})
    split = random_split(dataset, 0.25, np.random.default_rng(1))
    sides = [{dataset.pairs[article] for article in side} for side in (split.train, split.test)]
    assert not sides[0] & sides[1]
    assert 15 <= len(split.test) <= 17
    apart = random_split(dataset, 0.25, np.random.default_rng(1), together=False)
    assert {dataset.pairs[article] for article in apart.train} & {dataset.pairs[article] for article in apart.test}
