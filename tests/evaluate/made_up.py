"""Made-up runs over made-up articles: single photos at known ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from picdesk.newsimages.runs.make import make_run
from picdesk.records import Run, Truth


def truth_of(articles: Sequence[str]) -> Truth:
    """Each article's photo is called ``photo-ID``."""
    return Truth(name="made up", gains={article: {f"photo-{article}": 1.0} for article in articles})


def run_of(name: str, ranks: Mapping[str, int | None], depth: int = 100) -> Run:
    """A run that has each article's photo at the given rank, others around it; ``None`` where it lacks the photo."""
    rankings = {}
    for article, rank in ranks.items():
        photos = [f"other-{number}" for number in range(depth - (rank is not None))]
        if rank is not None:
            photos.insert(rank - 1, f"photo-{article}")
        rankings[article] = [(photo, float(-place)) for place, photo in enumerate(photos)]
    return make_run(name, rankings)


def random_ranks(seed: int, articles: Sequence[str], found: float = 0.7, depth: int = 100) -> dict[str, int | None]:
    """Ranks with many at the top, some photos lacking."""
    rng = np.random.default_rng(seed)
    drawn = np.minimum(rng.geometric(0.12, len(articles)), depth)
    there = rng.random(len(articles)) < found
    return {article: int(rank) if has else None for article, rank, has in zip(articles, drawn, there, strict=True)}


def random_runs(count: int, articles: int = 60) -> tuple[list[Run], Truth]:
    """Several runs over the same articles, each a little better than the one before."""
    ids = [str(number) for number in range(articles)]
    runs = [run_of(f"run-{number}", random_ranks(number, ids, 0.45 + 0.12 * number)) for number in range(count)]
    return runs, truth_of(ids)
