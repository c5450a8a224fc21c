"""What a step of normalisation is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Normaliser:
    """A step.

    Attributes:
        name: what readings call it.
        does: what it does, in words for people.
        apply: text and ISO 639-1 code (empty where the step works for all) to the plainer text.
        languages: those that it has rules for; None for all, unknown ones too.
    """

    name: str
    does: str
    apply: Callable[[str, str], str]
    languages: frozenset[str] | None = None

    def knows(self, language: str | None) -> bool:
        """Whether it has rules for a language."""
        return self.languages is None or language in self.languages


ENGLISH = frozenset({"en"})
