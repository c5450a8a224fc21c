"""Fit a calibration: what searches said of photos of which it is known whether they fit."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError
from picdesk.search.confidence.calibration import Calibration
from picdesk.search.confidence.choose import FOLDS, Examples, choose_model
from picdesk.search.confidence.features import feature_names, features
from picdesk.search.confidence.reliability import brier_score, expected_calibration_error, reliability
from picdesk.search.confidence.risk import default_risk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from picdesk.records import Photo
    from picdesk.search.confidence.calibration import FittedFor
    from picdesk.search.confidence.features import Evidence
    from picdesk.search.confidence.labels import Labels

HITS = 10
"""Pictures of an answer that are learned from: what an editor looks at."""


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """One search, as much of it as is learned from.

    Attributes:
        evidence: what the signals said.
        hits: the first pictures of the answer, each with its siblings.
        values: photo ids -> signal -> photo -> raw value.
        by: how was searched.
    """

    evidence: Evidence
    hits: Sequence[tuple[Photo, ...]]
    values: Callable[[Sequence[str]], Mapping[str, Mapping[str, float | None]]]
    by: FittedFor


def gather_examples(
    searches: Iterable[tuple[str, Looked | None]], labels: Labels, progress: Callable[[int], None] = lambda _: None
) -> tuple[Examples, FittedFor]:
    """What searches said of photos of which it is known whether they fit.

    Args:
        searches: id of an article, and the search for it; None where there was nothing to search for.
        labels: what is known.
        progress: called with the number of searches done so far.

    Returns:
        The examples of the way of searching that most articles have, and that way.

    Raises:
        InputError: nothing is known of any photo found.
    """
    ways: dict[str, tuple[FittedFor, list[Examples]]] = {}
    for number, (article, looked) in enumerate(searches):
        known = labels.of(article, looked.hits) if looked else {}
        if looked and known:
            _, examples = ways.setdefault(repr(looked.by), (looked.by, []))
            examples.append(_examples(number, looked, known))
        progress(number + 1)
    if not ways:
        raise InputError(
            f"the {labels.source} says nothing about the articles and photos that were searched",
            "Check that the ids of articles and the names of photos are those of the archive and of the articles.",
        )
    by, examples = max(ways.values(), key=lambda way: len(way[1]))
    return Examples.joined(examples), by


def _examples(number: int, looked: Looked, known: Mapping[str, float]) -> Examples:
    photos = list(known)
    first = looked.hits[0][0].id if looked.hits else ""
    return Examples(
        features(looked.evidence, photos, looked.values(photos)),
        np.array(list(known.values())),
        np.full(len(photos), number),
        np.array([photo == first for photo in photos]),
    )


def fit_calibration(
    examples: Examples, fitted_for: FittedFor, labels: str, generator: np.random.Generator, folds: int = FOLDS
) -> Calibration:
    """Fit a calibration, and measure it on articles that were held back.

    Args:
        examples: what is known.
        fitted_for: the search that they come from.
        labels: ``truth``, ``ratings`` or ``choices``.
        generator: deals articles out to folds.
        folds: of the cross-validation.

    Raises:
        InputError: too few articles, or all hits fit, or none does.
    """
    chosen = choose_model(examples, generator, folds)
    bins = reliability(chosen.held_back, examples.labels)
    first = examples.best if len(np.unique(examples.labels[examples.best])) > 1 else np.ones_like(examples.best)
    return Calibration(
        fitted_for=fitted_for,
        columns=feature_names(list(fitted_for.signals)),
        model=chosen.model,
        labels=labels,
        articles=len(np.unique(examples.articles)),
        hits=len(examples.labels),
        brier=brier_score(chosen.held_back, examples.labels),
        brier_constant=brier_score(np.full(len(examples.labels), examples.labels.mean()), examples.labels),
        briers=chosen.briers,
        calibration_error=expected_calibration_error(bins),
        bins=bins,
        risk=default_risk(chosen.held_back[first], examples.labels[first]),
        made=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    )
