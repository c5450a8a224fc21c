"""Which way to probabilities, and how strong a penalty: what is best on articles that were held back decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError
from picdesk.search.confidence.isotonic import Steps, fit_steps
from picdesk.search.confidence.logistic import Logistic, fit_logistic
from picdesk.search.confidence.reliability import brier_score

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PENALTIES = (0.1, 1.0, 10.0, 100.0)
FOLDS = 5
KINDS = ("logistic", "isotonic")


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Hits of which it is known whether they fit.

    Attributes:
        features: ``(n, f)``, see `picdesk.search.confidence.features`.
        labels: ``(n,)``, 1 fits, 0 does not; of several people the share of those who say that it does.
        articles: ``(n,)`` int64, the number of the article that each hit was found for.
        best: ``(n,)`` bool, whether it is the first of its answer.
    """

    features: Floats
    labels: Floats
    articles: NDArray[np.int64]
    best: NDArray[np.bool_]

    @classmethod
    def joined(cls, parts: Sequence[Examples]) -> Examples:
        """Several in one; there is at least one."""
        fields = ("features", "labels", "articles", "best")
        return cls(*(np.concatenate([getattr(part, field) for part in parts]) for field in fields))

    def of(self, chosen: NDArray[np.bool_]) -> Examples:
        """Some of them."""
        return Examples(self.features[chosen], self.labels[chosen], self.articles[chosen], self.best[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """From features to a probability.

    Attributes:
        logistic: the log-odds.
        steps: bends them into probabilities, where isotonic regression did better; else None.
        penalty: of the logistic regression.
    """

    logistic: Logistic
    steps: Steps | None
    penalty: float

    @property
    def kind(self) -> str:
        """``logistic`` or ``isotonic``."""
        return "logistic" if self.steps is None else "isotonic"

    def probabilities(self, features: Floats) -> Floats:
        """Probabilities ``(n,)`` of rows ``(n, f)``."""
        if self.steps is None:
            return self.logistic.probabilities(features)
        return self.steps.at(self.logistic.scores(features))


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The model that did best, and what it said of articles it had not seen.

    Attributes:
        model: fitted on all examples.
        held_back: ``(n,)``, each example's probability by a model fitted without its article.
        briers: kind of model -> Brier score of such probabilities.
    """

    model: Model
    held_back: Floats
    briers: Mapping[str, float]


def choose_model(examples: Examples, generator: np.random.Generator, folds: int = FOLDS) -> Chosen:
    """Fit a calibration by cross-validation over articles: penalty by log-loss, logistic or isotonic by Brier score.

    All hits of an article are in one fold: they share its words.

    Args:
        examples: of at least as many articles as there are folds.
        generator: deals the articles out to folds.
        folds: how many.

    Raises:
        InputError: too few articles, or all hits fit, or none does.
    """
    _refuse_hopeless(examples, folds)
    fold = _dealt(examples.articles, generator, folds)
    penalty = min(PENALTIES, key=lambda one: _log_loss(_held_back(examples, fold, one, "logistic"), examples.labels))
    said = {kind: _held_back(examples, fold, penalty, kind) for kind in KINDS}
    briers = {kind: brier_score(probabilities, examples.labels) for kind, probabilities in said.items()}
    kind = min(KINDS, key=lambda one: briers[one])
    return Chosen(_fitted(examples, fold, penalty, kind), said[kind], briers)


def _refuse_hopeless(examples: Examples, folds: int) -> None:
    articles = len(np.unique(examples.articles))
    if articles < folds:
        raise InputError(
            f"{articles} articles with an answer are too few to calibrate with {folds} folds",
            "Give more articles; some hundreds make a calibration that can be trusted.",
        )
    if not 0 < examples.labels.mean() < 1:
        what = "fits" if examples.labels.mean() else "does not fit"
        raise InputError(
            f"every one of {len(examples.labels):,} hits {what}: there is nothing to learn",
            "Check that the truth or the ratings name photos of this archive.",
        )


def _fitted(examples: Examples, fold: NDArray[np.int64], penalty: float, kind: str) -> Model:
    logistic = fit_logistic(examples.features, examples.labels, penalty)
    if kind == "logistic":
        return Model(logistic, None, penalty)
    # The log-odds of examples that the model was fitted on are too sure of themselves; steps are fitted to those of
    # examples that it had not seen.
    scores = np.empty(len(examples.labels))
    for seen, unseen in _splits(fold):
        part = fit_logistic(examples.features[seen], examples.labels[seen], penalty)
        scores[unseen] = part.scores(examples.features[unseen])
    return Model(logistic, fit_steps(scores, examples.labels), penalty)


def _held_back(examples: Examples, fold: NDArray[np.int64], penalty: float, kind: str) -> Floats:
    said = np.empty(len(examples.labels))
    for seen, unseen in _splits(fold):
        model = _fitted(examples.of(seen), fold[seen], penalty, kind)
        said[unseen] = model.probabilities(examples.features[unseen])
    return said


def _splits(fold: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    for number in np.unique(fold):
        yield fold != number, fold == number


def _dealt(articles: NDArray[np.int64], generator: np.random.Generator, folds: int) -> NDArray[np.int64]:
    different, places = np.unique(articles, return_inverse=True)
    return np.asarray(generator.permutation(len(different))[places] % folds, dtype=np.int64)


def _log_loss(probabilities: Floats, labels: Floats) -> float:
    said = np.clip(probabilities, 1e-12, 1 - 1e-12)
    return float(-np.mean(labels * np.log(said) + (1 - labels) * np.log(1 - said)))
