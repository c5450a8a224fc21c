"""What a signal is: one opinion on how well photos fit one query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.search.fusion import Scale


@runtime_checkable
class Signal(Protocol):
    """One opinion on the photos of an archive, made for one query.

    `search` asks every signal for its candidates, joins them, and asks every signal for the raw values of the hits, so
    that each hit shows what every signal says of it. A signal that names no candidates weighs what others named.
    """

    @property
    def name(self) -> str:
        """As an answer shows it: ``words``, an encoder's name, ``meaning``, ``date``, ``two-hop``; each once."""

    @property
    def kind(self) -> str:
        """``words``, ``vectors``, ``meaning``, ``date`` or ``two-hop``: its default weight goes by that."""

    def candidates(self, where: str | None, depth: int) -> dict[str, float]:
        """Ids and raw values of the best ``depth`` photos of those that a filter leaves.

        Empty where a signal only weighs what others named.
        """

    def values(self, ids: Sequence[str]) -> dict[str, float | None]:
        """The raw value of each photo given; ``None`` where the signal says nothing about it."""

    def scale(self) -> Scale:
        """What its raw values are measured in, for this query."""
