"""What a calibration looks at: raw signals of a photo, and how they lie among those of the other candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

MOST_CANDIDATES = 1000
"""Candidates of a signal that are looked at, however many a search asked for: an answer's length is no evidence."""

AGREED = 10
"""A signal agrees where the photo is among its first so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the signals of one search said.

    Attributes:
        candidates: signal -> photo -> raw value, of the signal's own candidates.
        order: ids of photos in the order of the answer, before duplicates were folded and variety was asked for.
        asked: how many words the word index was asked for.
    """

    candidates: Mapping[str, Mapping[str, float]]
    order: Sequence[str]
    asked: int = 0


def feature_names(signals: Sequence[str]) -> tuple[str, ...]:
    """What the columns of `features` are."""
    of_signals = (f"{signal}: {what}" for signal in signals for what in _OF_SIGNAL)
    return (*of_signals, *_OF_QUERY)


_OF_SIGNAL = ("value", "log value", "silent", "lead", "ahead", "stands out", "candidates")
_OF_QUERY = ("rank", "agreement", "words asked", "value a word")


def features(
    evidence: Evidence, photos: Sequence[str], values: Mapping[str, Mapping[str, float | None]]
) -> NDArray[np.float64]:
    """The evidence on photos as numbers.

    Of each signal the raw value and its logarithm, whether it is silent, its lead over the best other photo (below 0
    where there is a better one) and what of it is above 0, how many standard deviations it stands out of the
    candidates, and the logarithm of their number; of the answer the logarithm of the photo's rank, how many signals
    have it among their first ten, the logarithm of the number of words asked, and the word signal's value for each of
    them. What a signal does not say is 0.

    Args:
        evidence: of the search.
        photos: ids, in the order of the rows.
        values: signal -> photo -> raw value; the signals of ``evidence``.

    Returns:
        ``(n, f)``, columns as `feature_names` has them for the signals of ``evidence``.
    """
    ranks = {photo: rank for rank, photo in enumerate(evidence.order, start=1)}
    columns: list[NDArray[np.float64]] = []
    agreement = np.zeros(len(photos))
    for signal, said in evidence.candidates.items():
        best = sorted(said.items(), key=lambda one: (-one[1], one[0]))[:MOST_CANDIDATES]
        columns += _of_signal([values[signal].get(photo) for photo in photos], photos, best)
        first = {photo for photo, _ in best[:AGREED]}
        agreement += [photo in first for photo in photos]
    columns.append(np.log([ranks.get(photo, len(ranks) + 1) for photo in photos]))
    columns.append(agreement)
    columns.append(np.full(len(photos), np.log1p(evidence.asked)))
    words = values.get("words", {})
    columns.append(np.array([(words.get(photo) or 0.0) / max(evidence.asked, 1) for photo in photos]))
    return np.stack(columns, axis=1)


def _of_signal(
    said: Sequence[float | None], photos: Sequence[str], best: Sequence[tuple[str, float]]
) -> list[NDArray[np.float64]]:
    """The columns of one signal; ``best`` are its candidates, best first."""
    silent = np.array([value is None for value in said], dtype=np.float64)
    value = np.array([0.0 if one is None else one for one in said], dtype=np.float64)
    among = np.array([number for _, number in best]) if best else np.zeros(1)
    spread = float(among.std())
    other = [_best_other(photo, best) for photo in photos]
    speaks = 1 - silent
    lead = np.where(np.isnan(other), 0.0, value - np.nan_to_num(other)) * speaks
    out = (value - among.mean()) / spread * speaks if spread else np.zeros(len(said))
    log = np.sign(value) * np.log1p(np.abs(value))
    return [value, log, silent, lead, np.maximum(lead, 0.0), out, np.full(len(said), np.log1p(len(best)))]


def _best_other(photo: str, best: Sequence[tuple[str, float]]) -> float:
    return next((number for other, number in best[:2] if other != photo), np.nan)
