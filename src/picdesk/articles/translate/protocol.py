"""What every translator can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Translator(Protocol):
    """Something that turns sentences of one language into sentences of another.

    Attributes:
        name: what it is called, for the record of how a query was made.
        source: ISO 639-1 code of the language that it reads.
        target: of the language that it writes.
    """

    name: str
    source: str
    target: str

    def translate(self, sentences: Sequence[str]) -> list[str]:
        """Translate sentences; as many come back, in the same order."""
        ...
