"""Every signal is asked for its candidates, and their opinions are joined."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.search.fusion import fusion_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from picdesk.search.fusion import Scale
    from picdesk.search.settings import Settings
    from picdesk.search.signals.protocol import Signal

SINGLE = "none"
"""What fusion is called where a single signal was asked."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered:
    """What the signals said of an archive's photos, for one query.

    Attributes:
        signals: those that were asked.
        said: signal's name -> photo id -> raw value, of its candidates.
        scales: signal's name -> its scale.
        weights: signal's name -> its weight; empty for a single signal.
        fusion: how they were joined, ``none`` for a single signal.
        scores: photo id -> joined score; a single signal's own value.
    """

    signals: tuple[Signal, ...]
    said: Mapping[str, Mapping[str, float]]
    scales: Mapping[str, Scale]
    weights: Mapping[str, float]
    fusion: str
    scores: dict[str, float]

    def values(self, ids: Sequence[str]) -> dict[str, dict[str, float | None]]:
        """Signal's name -> raw value of each photo given, whether the signal named it or not."""
        return {signal.name: signal.values(ids) for signal in self.signals}


def gather(
    signals: Sequence[Signal],
    settings: Settings,
    *,
    where: str | None = None,
    depth: int = 1000,
    without: frozenset[str] = frozenset(),
) -> Gathered:
    """Ask the signals and join what they say.

    A signal that names no candidates of its own is asked what it says of those of the others.

    Args:
        signals: one or more, each of its own name.
        settings: fusion and weights.
        where: SQL over the archive's columns.
        depth: candidates of a signal.
        without: ids of photos that must not be in the answer.

    Raises:
        FilterError: a filter that makes no sense.
    """
    # Words are searched by LanceDB, outside the interpreter, while vectors are multiplied here, one encoder after the
    # other: each multiplication has all cores already.
    with ThreadPoolExecutor(1, thread_name_prefix="signal") as pool:
        first = pool.submit(signals[0].candidates, where, depth)
        rest = [signal.candidates(where, depth) for signal in signals[1:]]
        named = [first.result(), *rest]
    scales = {signal.name: signal.scale() for signal in signals}
    everyone = list(dict.fromkeys(photo for scores in named for photo in scores if photo not in without))
    said: dict[str, dict[str, float]] = {}
    for signal, scores in zip(signals, named, strict=True):
        if scores:
            said[signal.name] = {photo: value for photo, value in scores.items() if photo not in without}
        else:
            values = signal.values(everyone) if everyone else {}
            said[signal.name] = {photo: value for photo, value in values.items() if value is not None}
    if len(signals) == 1:
        return Gathered(
            signals=tuple(signals),
            said=said,
            scales=scales,
            weights={},
            fusion=SINGLE,
            scores=dict(said[signals[0].name]),
        )
    weights = settings.of(signals)
    return Gathered(
        signals=tuple(signals),
        said=said,
        scales=scales,
        weights=weights,
        fusion=settings.fusion,
        scores=fusion_named(settings.fusion)(said, weights, scales),
    )
