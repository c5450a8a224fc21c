"""Why a photo is in an answer, put together from what every signal, word, name and date says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.records import Reason
from picdesk.search.confidence.percent import percent
from picdesk.search.explain.dates import days_between, gap_in_words
from picdesk.search.explain.names import names_met

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from picdesk.records import Hit, Query
    from picdesk.search.explain.parts import Part


def reasons_of(
    query: Query, hit: Hit, contributions: Mapping[str, float], parts: Mapping[str, Sequence[Part]] | None = None
) -> tuple[Reason, ...]:
    """Everything that speaks for a hit: shares of the score, words, names, parts of the text, the date.

    Args:
        query: what was asked.
        hit: one of the answer, with its signals and the words that met.
        contributions: signal -> what it adds to the hit's score; see `shares`.
        parts: encoder -> the parts of the text that speak for this photo by it.
    """
    reasons = [_signal(name, hit.signals.get(name), share) for name, share in shares(contributions).items()]
    if hit.matched:
        reasons.append(Reason(kind="words", said=f"says {', '.join(hit.matched)}", by="words", about=hit.matched))
    if names := names_met(query, hit.photo):
        reasons.append(Reason(kind="names", said=f"names {', '.join(names)}", by="words", about=names))
    reasons += [_part(name, part) for name, each in (parts or {}).items() for part in each]
    days = days_between(query, hit.photo)
    if days is not None:
        reasons.append(Reason(kind="date", said=f"taken {gap_in_words(days)}", days=days))
    return tuple(reasons)


def shares(contributions: Mapping[str, float]) -> dict[str, float]:
    """Each signal's part of a fused score, the largest first; together they are 1.

    Of a fusion whose contributions can be below 0 (standardised scores), what speaks against the photo has no part in
    why it is there: it counts 0.

    >>> shares({"words": 0.01, "clip": 0.03})
    {'clip': 0.75, 'words': 0.25}
    """
    positive = {name: max(value, 0.0) for name, value in contributions.items()}
    total = sum(positive.values())
    ordered = sorted(positive, key=lambda name: (-positive[name], name))
    return {name: positive[name] / total if total else 0.0 for name in ordered}


def _signal(name: str, value: float | None, share: float) -> Reason:
    raw = "silent" if value is None else f"{value:.3f}"
    return Reason(kind="signal", said=f"{name} {raw}: {percent(share)} of the score", by=name, share=share)


def _part(name: str, part: Part) -> Reason:
    said = f"“{part.text}” speaks for it (+{part.fall:.3f} in {name})"
    return Reason(kind="text", said=said, by=name, share=part.fall, about=(part.text,))
