"""What work costs, in seconds of the processor: unlike those of the clock, they do not grow while others use it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.command_line import ENVIRONMENT


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail where the body takes longer; all threads of this process count."""
    start = time.process_time()
    yield
    taken = time.process_time() - start
    assert taken < seconds, f"took {taken:.2f} seconds of the processor, {seconds:g} are allowed"


def least_seconds(*codes: str, cwd: Path | None = None, tries: int = 3) -> list[float]:
    """The least that each piece of Python costs as a process of its own, of several tries that take turns."""
    import resource

    def seconds(code: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, check=True, capture_output=True, cwd=cwd)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return [min(taken) for taken in zip(*([seconds(code) for code in codes] for _ in range(tries)), strict=True)]
