"""The rules of a submission: one small file each, one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.newsimages.submission.rules import (
    approach,
    articles,
    between,
    mode,
    names,
    once,
    originals,
    png_format,
    repeated,
    size,
    small,
    stray,
    subtasks,
)
from picdesk.newsimages.submission.rules.rule import Fault, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RULES", "Fault", "Rule"]

RULES: Mapping[str, Rule] = {
    "stray": Rule("Every file lies in the folder of a run.", stray.check),
    "names": Rule("Files and runs are called as the edition demands.", names.check),
    "format": Rule("Every file is one PNG picture.", png_format.check),
    "size": Rule("Every picture is 460 x 260 pixels.", size.check),
    "mode": Rule("Every picture is RGB, or RGBA where it is transparent.", mode.check),
    "once": Rule("A run has one picture an article.", once.check),
    "unknown": Rule("Every article is in the organisers' list.", articles.check_unknown),
    "missing": Rule("A run has a picture for every article.", articles.check_missing),
    "small": Rule("A SMALL run has the articles of the subset, all of them and no others.", small.check),
    "repeated": Rule("No picture appears twice in a run.", repeated.check),
    "between": Rule("No two runs have the same picture for an article.", between.check),
    "approach": Rule("LARGE and SMALL of one name have the same pictures.", approach.check),
    "originals": Rule("No picture is the organisers' original.", originals.check),
    "subtasks": Rule("A group takes part in both LARGE and SMALL.", subtasks.check, remark=True),
}
"""Name -> rule, in the order in which faults are told."""
