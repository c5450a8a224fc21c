"""A small run of the loop for tests, also as a process of its own that can be killed."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.train.loop import LoopSettings, Progress, Trained, run_loop
from picdesk.train.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SETTINGS = LoopSettings(
    epochs=4, batch=16, rate=0.01, schedule=Schedule(decay=0.9, halve_after=1), clip=1.0, save_every=1, seed=3
)


def run(
    folder: Path,
    *,
    settings: LoopSettings = SETTINGS,
    resume: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
    poison: int | None = None,
    start: Mapping[str, Any] | None = None,
) -> tuple[Trained, bytes]:
    """Train a T x V of made-up features; how it ended, and the bits of the weights.

    Args:
        folder: made if need be.
        settings: of the loop.
        resume: go on.
        progress: of the loop.
        stop: of the loop.
        poison: a pair whose feature is not a number.
        start: weights to begin with.
    """
    import torch

    from picdesk.train.device import Place
    from picdesk.train.spaces.learner import Spaces, SpacesLearner

    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(0)
    meaning = generator.standard_normal((80, 6))
    texts, photos = (
        (meaning @ generator.standard_normal((6, size)) + 0.3 * generator.standard_normal((80, size))).astype(
            np.float32
        )
        for size in (10, 14)
    )
    if poison is not None:
        texts[poison] = np.nan
    with torch.random.fork_rng():
        torch.manual_seed(1)
        module = Spaces(
            [10], [14], directions=8, activation="relu", dropout=0.3, loss="infonce", settings={"temperature": 0.1}
        )
    if start is not None:
        module.load_state_dict(start)
    ids = [f"photo {number // 2 if number < 10 else number}" for number in range(80)]
    learner = SpacesLearner(module, [texts], [photos], ids, np.arange(60, 80), Place())
    optimiser = torch.optim.Adam(module.parameters(), lr=settings.rate)
    trained = run_loop(learner, optimiser, settings, folder, resume=resume, progress=progress, stop=stop)
    return trained, b"".join(value.numpy().tobytes() for value in module.state_dict().values())


def main() -> None:
    """Kill itself in the middle of a step's work: ``slow_run.py FOLDER STEP RESUME``."""
    folder, step, resume = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "yes"

    def watch(seen: Progress) -> None:
        if seen.step == step:
            os.kill(os.getpid(), signal.SIGKILL)

    run(folder, resume=resume, progress=watch)


if __name__ == "__main__":
    main()
