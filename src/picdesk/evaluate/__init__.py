"""Measures of runs, and whether their differences mean something.

The room can be called: ``from picdesk import evaluate`` gives what measures a run, as
`picdesk.evaluate.evaluate.evaluate` describes it. Python names a package and a function of its parent alike, and would
otherwise hand out the one or the other, depending on what was imported before.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from picdesk.evaluate.evaluate import Evaluation
    from picdesk.records import Run, Truth


class _Room(ModuleType):
    def __call__(self, run: Run, truth: Truth, *arguments: Any, **settings: Any) -> Evaluation:
        from picdesk.evaluate.evaluate import evaluate

        return evaluate(run, truth, *arguments, **settings)


sys.modules[__name__].__class__ = _Room
