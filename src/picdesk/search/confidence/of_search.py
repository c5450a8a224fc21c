"""What a calibration says of the hits of one search."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from picdesk.errors import InputError, MissingError
from picdesk.search.confidence.calibration import FittedFor, read_calibration
from picdesk.search.confidence.features import Evidence, features
from picdesk.search.confidence.percent import percent
from picdesk.search.fusion import in_order
from picdesk.search.signals.banked import BankedSignal
from picdesk.search.signals.vectors import VectorSignal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.archive.store import Store
    from picdesk.records import Hit, Query
    from picdesk.search.confidence.calibration import Calibration
    from picdesk.search.gather import Gathered
    from picdesk.search.signals.protocol import Signal


@dataclass(frozen=True, slots=True)
class Sure:
    """An answer with its probabilities.

    Attributes:
        hits: each with its confidence, where there is a calibration for this search.
        fits_well: whether the best of them fits well enough; None without a calibration.
        notes: what the reader should know.
    """

    hits: tuple[Hit, ...]
    fits_well: bool | None = None
    notes: tuple[str, ...] = ()


def with_confidence(
    store: Store, query: Query, gathered: Gathered, hits: Sequence[Hit], *, reading: str = "", risk: float | None = None
) -> Sure:
    """The hits of an answer, each with the probability that it fits, by the archive's calibration.

    Args:
        store: the archive.
        query: what was asked.
        gathered: what was found.
        hits: the answer.
        reading: how the article became the query; empty where that is not known.
        risk: the probability of a misfit that is accepted; the calibration's own by default.

    Raises:
        ArchiveDamaged: the archive's calibration cannot be read.
        InputError: a risk that makes no sense.
        MissingError: a risk is given, and there is no calibration for this search.
    """
    if risk is not None and not 0 <= risk <= 1:
        raise InputError(f"a risk of {risk:g} makes no sense", "Give a number from 0 to 1.")
    calibration = read_calibration(store.folder)
    stale = _not_about(calibration, query, gathered, reading)
    if calibration is None or stale:
        if risk is not None:
            raise MissingError(
                stale or "no probability is known here: the archive has no calibration",
                "Make one with: picdesk calibrate ARCHIVE ARTICLES --truth FILE",
            )
        return Sure(tuple(hits), notes=(f"no probabilities: {stale}",) if stale else ())
    if not hits:
        return Sure((), fits_well=False)
    ids = [hit.photo.id for hit in hits]
    said = {name: {hit.photo.id: hit.signals.get(name) for hit in hits} for name in gathered.said}
    chances = calibration.probabilities(features(evidence_of(query, gathered), ids, said)).tolist()
    sure = tuple(replace(hit, confidence=chance) for hit, chance in zip(hits, chances, strict=True))
    return _judged(sure, 1 - (calibration.risk if risk is None else risk))


def evidence_of(query: Query, gathered: Gathered) -> Evidence:
    """What the signals said, as a calibration looks at it."""
    return Evidence(candidates=gathered.said, order=in_order(gathered.scores), asked=len(query.words.split()))


def fitted_for(gathered: Gathered, reading: str = "") -> FittedFor:
    """The search that something was found by."""
    signals = {signal.name: _by_what(signal) for signal in gathered.signals}
    weights = ", ".join(f"{name} {weight:.6g}" for name, weight in sorted(gathered.weights.items()))
    return FittedFor(signals=signals, fusion=f"{gathered.fusion}{f' ({weights})' if weights else ''}", reading=reading)


def _by_what(signal: Signal) -> str:
    """The fingerprint behind a signal; past queries make another one of it."""
    past = "beside past queries, " if isinstance(signal, BankedSignal) and signal.past else ""
    return past + signal.entry.fingerprint if isinstance(signal, VectorSignal) else ""


def _not_about(calibration: Calibration | None, query: Query, gathered: Gathered, reading: str) -> str:
    """Why the calibration says nothing about this search; empty where it does."""
    if calibration is None:
        return ""
    if query.image is not None or query.like:
        return "the calibration is about stories, and a picture was asked for"
    differs = calibration.fitted_for.differs_from(fitted_for(gathered, reading))
    return f"the calibration is about {differs}; calibrate again" if differs else ""


def _judged(hits: tuple[Hit, ...], least: float) -> Sure:
    best = max(hit.confidence or 0.0 for hit in hits)
    # A bound taken from a probability is met by that very probability, whatever 1 - (1 - p) has become.
    if best >= least - 1e-9:
        return Sure(hits, fits_well=True)
    said = f"nothing here fits well: the best photo fits with {percent(best)}, and {percent(least)} is asked for"
    return Sure(hits, fits_well=False, notes=(said,))
