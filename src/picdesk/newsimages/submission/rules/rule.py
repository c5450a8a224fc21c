"""What a rule says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from picdesk.newsimages.submission.submitted import Submission


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        file: the file, or the run's folder, below the submission's top.
        message: what is wrong with it.
    """

    file: str
    message: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the organisers.

    Attributes:
        about: what it demands, in a sentence.
        check: every breach of it.
        remark: whether a breach is only remarked upon.
    """

    about: str
    check: Callable[[Submission], Iterator[Fault]]
    remark: bool = False
