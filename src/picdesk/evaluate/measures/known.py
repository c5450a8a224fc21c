"""Every measure by the name that people write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.evaluate.measures.average_precision import AveragePrecision
from picdesk.evaluate.measures.match_in import MatchIn
from picdesk.evaluate.measures.median_rank import MedianRank
from picdesk.evaluate.measures.ndcg import NDCG
from picdesk.evaluate.measures.precision import Precision
from picdesk.evaluate.measures.recall_at import RecallAt
from picdesk.evaluate.measures.reciprocal_rank import ReciprocalRank
from picdesk.evaluate.measures.success import Success
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from picdesk.evaluate.measures.measure import Measure

MEASURES: Mapping[str, type[Measure]] = {
    "MRR": ReciprocalRank,
    "RR": ReciprocalRank,
    "R": RecallAt,
    "Recall": RecallAt,
    "MeanRecall": RecallAt,
    "P": Precision,
    "nDCG": NDCG,
    "AP": AveragePrecision,
    "MAP": AveragePrecision,
    "Success": Success,
    "MedianRank": MedianRank,
    "matchIn": MatchIn,
}
"""Name before the cutoff -> measure. Several names of one measure are what different papers call it."""

_NAMES = {name.lower(): measure for name, measure in MEASURES.items()}
_WRITTEN = re.compile(r"([A-Za-z]+)(?:@?([1-9][0-9]{0,8}))?")


def parse_measure(text: str) -> Measure:
    """The measure that a name means; upper and lower case do not count.

    Raises:
        InputError: no measure is called so, or its cutoff is no number from 1.

    >>> parse_measure("recall@5").name
    'R@5'
    >>> parse_measure("matchIn100").name
    'matchIn100'
    """
    written = _WRITTEN.fullmatch(text.strip())
    measure = _NAMES.get(written[1].lower()) if written else None
    if written is None or measure is None:
        known = ", ".join(dict.fromkeys(known.family for known in MEASURES.values()))
        raise InputError(
            f"no measure is called {printable(text)!r}",
            f"There are {known}, each with a cutoff if you like: MRR@100, nDCG@10, AP, matchIn100.",
        )
    return measure(int(written[2]) if written[2] else None)
