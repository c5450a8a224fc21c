"""The model card: what an encoder was made from, how, and how well it does; as Mitchell et al. (FAT* 2019) ask for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is said of a trained encoder.

    Attributes:
        name: of the encoder.
        what: one sentence: what it is.
        data: what it was trained on: name, numbers of pairs, what was left out.
        settings: everything that the result depends on.
        before: measure -> value on the held-back pairs before training; empty where nothing could be measured.
        after: the same after.
        notes: what the reader should know.
    """

    name: str
    what: str
    data: Mapping[str, Any]
    settings: Mapping[str, Any]
    before: Mapping[str, float] = field(default_factory=dict)
    after: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def to_markdown(self) -> str:
        """As ``README.md``, with the front matter that model hubs read."""
        lines = ["---", "library_name: picdesk", "tags: [news, text-to-image retrieval]", "---", f"# {self.name}", ""]
        lines += [self.what, "", "## Data", ""]
        lines += [f"- {key}: {_said(value)}" for key, value in self.data.items()]
        if self.after:
            lines += ["", "## Scores on the held-back pairs", "", "| measure | before | after |", "|---|---|---|"]
            lines += [
                f"| {name} | {_figure(self.before.get(name))} | {_figure(self.after[name])} |" for name in self.after
            ]
        lines += ["", *(f"- {note}" for note in self.notes)]
        lines += ["", "## Settings", "", "```json", json.dumps(self.settings, indent=2), "```", ""]
        return "\n".join(lines)


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_said(number)} {key}" for key, number in value.items()) or "none"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
