"""Fitting fusion and weights to an archive, on articles whose photo is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError
from picdesk.evaluate.holm import holm
from picdesk.evaluate.significance import LEVEL, ROUNDS, randomisation_test, resampled_means
from picdesk.search.fusion import FUSIONS
from picdesk.search.search import DEPTH
from picdesk.search.settings import Settings, default_half_life
from picdesk.search.signals.of_many import sources_of
from picdesk.search.tune.fit import Fit, cross_validated, dealt
from picdesk.search.tune.pairs import pairs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder
    from picdesk.records import Query, Truth
    from picdesk.search.published import Published
    from picdesk.search.signals.of_many import Source
    from picdesk.search.tune.pairs import Pairs

    Floats = NDArray[np.float64]

FOLDS = 5
MEASURE = "MRR@100"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the ablation table.

    Attributes:
        name: what was tried: a signal, or a fusion.
        kind: ``signal`` for one alone, ``default`` for a fusion with its default weights, ``fitted`` for one with
            fitted weights (measured on articles that they were not fitted on), ``without`` for the chosen fusion
            fitted without a signal.
        weights: signal's name -> weight; of fitted ones, those fitted on all articles.
        mean: MRR@100 over all articles.
        low: lower end of its 95 % bootstrap interval.
        high: upper end.
        gain: ``mean`` less that of the best signal alone.
        p: of the gain, by the paired randomisation test, corrected by Holm's method; 1 for that signal itself.
    """

    name: str
    kind: str
    weights: dict[str, float]
    mean: float
    low: float
    high: float
    gain: float
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What was found.

    Attributes:
        settings: the fusion whose cross-validated mean is highest, with weights fitted on all articles.
        rows: the ablation table.
        articles: how many were measured.
        best_alone: the signal that is best alone.
        chosen: name of the fusion chosen.
    """

    settings: Settings
    rows: tuple[Row, ...]
    articles: int
    best_alone: str
    chosen: str


def tune(
    store: Store,
    queries: Sequence[tuple[str, Query]],
    encoders: Sequence[Encoder],
    truth: Truth,
    *,
    near: bool = False,
    published: Published | None = None,
    folds: int = FOLDS,
    seed: int = 0,
    progress: Callable[[int], None] = lambda _: None,
    compared: Callable[[int, int], None] = lambda _, __: None,
) -> Tuned:
    """Fit fusion and weights to articles whose photo is known, by MRR@100.

    Each fusion's weights are searched on all parts of the articles but one and measured on that one, so that no article
    is measured with weights that have seen it. Articles of the truth that are not among the queries are left out.

    Args:
        store: the archive.
        queries: ids of articles, each once, and what is asked for them.
        encoders: loaded encoders of the archive.
        truth: which photos fit, by name.
        near: whether how near a photo was taken to an article's day is a signal too.
        published: articles that have their photos already, for one more signal; none profits from its own row.
        folds: parts, two or more.
        seed: the same seed, the same parts and p-values.
        progress: called with the number of articles asked so far.
        compared: called with the number of photos compared so far, and of how many, before the first article.

    Raises:
        EncoderMismatch: an encoder that did not fill the archive.
        InputError: a single signal, fewer articles than parts, or a truth that does not fit articles and archive.
    """
    known = [(query, frozenset(truth.gains[article])) for article, query in queries if article in truth.gains]
    if folds < 2 or len(known) < folds:
        raise InputError(
            f"{len(known)} articles have a known photo, which does not make {folds} parts",
            "Give two parts or more, and more articles with a photo in --truth.",
        )
    fitting = _ids_of(store, [names for _, names in known])
    sources = sources_of(
        store,
        [query for query, _ in known],
        encoders,
        None,
        DEPTH,
        near=near,
        half_life=default_half_life(),
        published=published,
        compared=compared,
    )
    if len(sources) < 2:
        raise InputError(
            f"the archive has one signal, {sources[0].name}: there is nothing to join",
            "Add the photos with an encoder, or captions: picdesk add ARCHIVE SOURCE --encoder ENCODER",
        )
    pairs = pairs_of(sources, fitting, progress)
    generator = np.random.default_rng(seed)
    return tuned_on(pairs, sources, dealt(pairs.articles, folds, generator), generator)


def tuned_on(
    pairs: Pairs, sources: Sequence[Source], folds: NDArray[np.int64], generator: np.random.Generator
) -> Tuned:
    """Try every fusion on what the signals said.

    Args:
        pairs: what they said.
        sources: the signals, whose kinds have default weights.
        folds: ``(n,)`` which part each article is in.
        generator: draws the tests' patterns.
    """
    everyone = np.ones(pairs.articles, dtype=bool)
    tried: list[tuple[str, str, tuple[float, ...], Floats]] = []
    for row, name in enumerate(pairs.names):
        tried.append((name, "signal", tuple(float(other == name) for other in pairs.names), pairs.alone[row]))
    fits: dict[str, Fit] = {}
    for fusion in FUSIONS:
        fits[fusion] = _fit(pairs, fusion, _start(fusion, sources))
        default = tuple(_start(fusion, sources).tolist())
        tried.append((fusion, "default", default, fits[fusion].values(default)))
    for fusion, fit in fits.items():
        tried.append((fusion, "fitted", fit.best(everyone), cross_validated(fit, folds)))
    fitted = [each for each in tried if each[1] == "fitted"]
    chosen, _, weights, _ = max(fitted, key=lambda each: float(each[3].mean()))
    if len(sources) > 2:
        for row, name in enumerate(pairs.names):
            start = _start(chosen, sources)
            start[row] = 0.0
            fit = _fit(pairs, chosen, start)
            tried.append((name, "without", fit.best(everyone), cross_validated(fit, folds)))
    settings = Settings(
        fusion=chosen,
        weights=dict(zip(pairs.names, weights, strict=True)),
        half_life=default_half_life(),
        fitted_on=pairs.articles,
    )
    best = int(pairs.alone.mean(axis=1).argmax())
    rows = _rows(tried, pairs.names, best, generator)
    return Tuned(settings=settings, rows=rows, articles=pairs.articles, best_alone=pairs.names[best], chosen=chosen)


def _fit(pairs: Pairs, fusion: str, start: Floats) -> Fit:
    return Fit(start, lambda weights: pairs.reciprocal_ranks(fusion, weights))


def _start(fusion: str, sources: Sequence[Source]) -> Floats:
    weights = Settings(fusion=fusion, half_life=default_half_life()).of(sources)
    return np.array([weights[source.name] for source in sources])


def _rows(
    tried: Sequence[tuple[str, str, tuple[float, ...], Floats]],
    names: Sequence[str],
    best: int,
    generator: np.random.Generator,
) -> tuple[Row, ...]:
    values = np.stack([each[3] for each in tried], axis=1)
    gains = values - values[:, [best]]
    others = [column for column in range(len(tried)) if column != best]
    p = np.ones(len(tried))
    p[others] = holm(randomisation_test(gains[:, others], rng=generator, rounds=ROUNDS).p)
    tail = 100 * (1 - LEVEL) / 2
    means = resampled_means(values, rng=generator)
    low, high = np.percentile(means, [tail, 100 - tail], axis=0)
    return tuple(
        Row(
            name=name,
            kind=kind,
            weights=dict(zip(names, weights, strict=True)),
            mean=float(values[:, column].mean()),
            low=float(low[column]),
            high=float(high[column]),
            gain=float(gains[:, column].mean()),
            p=float(p[column]),
        )
        for column, (name, kind, weights, _) in enumerate(tried)
    )


def _ids_of(store: Store, names: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """The ids of photos by their names; a name that is not in the archive has none."""
    wanted = frozenset(name for each in names for name in each)
    ids: dict[str, list[str]] = {}
    for batch in store.rows(["id", "name"]):
        for photo, name in zip(batch.column("id").to_pylist(), batch.column("name").to_pylist(), strict=True):
            if name in wanted:
                ids.setdefault(name, []).append(photo)
    return [frozenset(photo for name in each for photo in ids.get(name, ())) for each in names]
