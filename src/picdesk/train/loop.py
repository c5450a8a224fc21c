"""The one training loop: seeded, repeatable to the bit on a processor, resumable to the step."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from picdesk.errors import InputError, TrainingError
from picdesk.train.checkpoint import BEST, LAST, load_checkpoint, save_checkpoint
from picdesk.train.journal import Line, write_journal
from picdesk.train.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import torch
    from numpy.typing import NDArray

JOURNAL = "log.jsonl"


class Learner(Protocol):
    """What is trained. The loop knows neither what it is made of nor how large a batch is at a time.

    Attributes:
        rows: how many pairs there are to learn from.
    """

    rows: int

    @property
    def module(self) -> torch.nn.Module:
        """Everything that is learned, the loss's temperature too; it is saved and taken back as a whole."""

    def backward(self, batch: NDArray[np.int64]) -> float:
        """Add the gradient of the batch's loss to the weights' gradients; the loss. Pieces of it are its own affair."""

    def measure(self) -> float | None:
        """MRR on the validation pairs; ``None`` where there are none. Leaves the module in training mode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSettings:
    """How it is trained.

    Attributes:
        epochs: how often each pair is seen, at most.
        batch: pairs a step.
        rate: full learning rate, written to every group of the optimiser in its proportion.
        schedule: its share, step by step.
        clip: largest norm of the gradient; ``None`` for no bound.
        patience: measurements without a better one after which training ends; ``None`` for never.
        measure_every: steps between measurements; ``None`` for once an epoch.
        save_every: steps between checkpoints, beside one at each measurement; ``None`` for none.
        seed: of order and chance.
    """

    epochs: int = 20
    batch: int = 256
    rate: float = 1e-3
    schedule: Schedule = field(default_factory=Schedule)
    clip: float | None = None
    patience: int | None = None
    measure_every: int | None = None
    save_every: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "patience", "measure_every", "save_every"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"{name.replace('_', ' ')} is {value}", "Give 1 or more.")
        if self.batch < 2:
            raise InputError(f"a batch of {self.batch} has no negatives", "Give --batch 2 or more.")
        if not self.rate > 0 or (self.clip is not None and not self.clip > 0):
            raise InputError(f"rate {self.rate} and clip {self.clip}", "Give numbers over 0.")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: steps done, steps in all, and the last line of the log."""

    step: int
    steps: int
    line: Line | None


@dataclass(frozen=True, slots=True)
class Trained:
    """How a run ended. The learner's module holds the best weights.

    Attributes:
        lines: the log.
        best: the line whose weights were kept; the first where training made nothing better.
        stopped: whether it was asked to stop before the end; a second run goes on.
        improved: whether some measurement beat that before the first step.
    """

    lines: tuple[Line, ...]
    best: Line
    stopped: bool
    improved: bool


@dataclass(slots=True)
class _State:
    """Everything about a run that is neither weights nor chance."""

    step: int = 0
    losses: list[float] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    best: int = 0
    since: int = 0
    halvings: int = 0


def run_loop(
    learner: Learner,
    optimiser: torch.optim.Optimizer,
    settings: LoopSettings,
    folder: Path,
    *,
    resume: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Trained:
    """Train.

    ``folder`` gets ``last.pt`` (weights, optimiser, chance, place in the run), ``best.pt`` (weights) and ``log.jsonl``,
    each whole at any moment. Killed at any step and resumed, a run ends with the same bits as one that was not.

    Args:
        learner: what is trained.
        optimiser: over the learner's weights; its groups' rates are proportions of ``settings.rate``.
        settings: how.
        folder: exists.
        resume: go on from ``last.pt``.
        progress: called after each step.
        stop: asked after each step; after a yes the run is saved and ends.

    Raises:
        InputError: there are fewer than two pairs, or nothing to resume.
        TrainingError: the loss or a gradient is not a number; ``last.pt`` and ``best.pt`` are from before.
    """
    import torch

    if learner.rows < 2:
        raise InputError(f"{learner.rows} pairs are too few to learn from", "Give two pairs or more.")
    run = _Run(learner, optimiser, settings, folder)
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        if resume:
            run.restore()
        else:
            run.measure(rate=0.0)
        while run.state.step < run.steps and not run.patience_ended:
            run.take_step()
            progress(Progress(run.state.step, run.steps, run.state.lines[-1]))
            if stop():
                run.save()
                return run.ended(stopped=True)
    return run.ended(stopped=False)


class _Run:
    def __init__(
        self, learner: Learner, optimiser: torch.optim.Optimizer, settings: LoopSettings, folder: Path
    ) -> None:
        self._learner, self._optimiser, self._settings, self._folder = learner, optimiser, settings, folder
        self._proportions = [group["lr"] / settings.rate for group in optimiser.param_groups]
        # A batch of one has no negatives and no variance.
        self._batches = max(1, min(-(-learner.rows // settings.batch), learner.rows // 2))
        self.steps = settings.epochs * self._batches
        self.state = _State()

    @property
    def patience_ended(self) -> bool:
        """Whether nothing has become better for too long."""
        return self._settings.patience is not None and self.state.since >= self._settings.patience

    def take_step(self) -> None:
        """One step, and what is due after it."""
        settings, state = self._settings, self.state
        epoch = state.step // self._batches
        rate = settings.schedule.share(state.step, self.steps, epoch, state.halvings)
        for group, proportion in zip(self._optimiser.param_groups, self._proportions, strict=True):
            group["lr"] = settings.rate * proportion * rate
        self._optimiser.zero_grad(set_to_none=True)
        state.losses.append(self._checked(self._learner.backward(self._batch(epoch)), "loss"))
        self._checked(self._norm(), "gradient")
        self._optimiser.step()
        state.step += 1
        every = settings.measure_every or self._batches
        if state.step % every == 0 or state.step == self.steps:
            self.measure(rate)
        elif settings.save_every and state.step % settings.save_every == 0:
            self.save()

    def measure(self, rate: float) -> None:
        """Write a line, keep the weights where they are the best so far, and save the run."""
        state = self.state
        mrr = self._learner.measure()
        loss = float(np.mean(state.losses)) if state.losses else None
        state.lines.append(Line(state.step, -(-state.step // self._batches), loss, mrr, rate))
        state.losses = []
        best = state.lines[state.best].mrr
        if mrr is None or best is None or len(state.lines) == 1 or mrr > best:
            state.best, state.since = len(state.lines) - 1, 0
            save_checkpoint(self._folder / BEST, {"module": self._learner.module.state_dict(), "step": state.step})
        else:
            state.since += 1
            after = self._settings.schedule.halve_after
            state.halvings += bool(after and state.since % after == 0)
        self.save()

    def save(self) -> None:
        """Write the state of the run."""
        import torch

        chance = {"cpu": torch.get_rng_state()}
        if torch.cuda.is_available():
            chance |= {f"cuda {number}": state for number, state in enumerate(torch.cuda.get_rng_state_all())}
        state = asdict(self.state)
        weights = {"module": self._learner.module.state_dict(), "optimiser": self._optimiser.state_dict()}
        save_checkpoint(self._folder / LAST, weights | {"state": state, "chance": chance})
        write_journal(self._folder / JOURNAL, self.state.lines)

    def restore(self) -> None:
        """Take the state of the run back."""
        import torch

        saved = load_checkpoint(self._folder / LAST)
        try:
            self._learner.module.load_state_dict(saved["module"])
            self._optimiser.load_state_dict(saved["optimiser"])
            lines = [Line(**line) for line in saved["state"]["lines"]]
            self.state = replace(_State(**saved["state"]), lines=lines)
            torch.set_rng_state(saved["chance"]["cpu"])
            for number in range(torch.cuda.device_count()):
                if f"cuda {number}" in saved["chance"]:
                    torch.cuda.set_rng_state(saved["chance"][f"cuda {number}"], number)
        except (KeyError, TypeError, RuntimeError, ValueError) as error:
            reason = " ".join(str(error).split())[:200]
            raise InputError(
                f"the run in {self._folder} does not fit: {reason}", "Give the options that it was started with."
            ) from error

    def ended(self, *, stopped: bool) -> Trained:
        """The result; the best weights are in the module."""
        lines, best = tuple(self.state.lines), self.state.lines[self.state.best]
        if not stopped:
            self._learner.module.load_state_dict(load_checkpoint(self._folder / BEST)["module"])
        return Trained(lines, best, stopped, self.state.best > 0)

    def _batch(self, epoch: int) -> NDArray[np.int64]:
        """The rows of the step: each epoch its own order, whose batches are of one size up to one."""
        order = np.random.default_rng([self._settings.seed, epoch]).permutation(self._learner.rows)
        return np.array_split(order, self._batches)[self.state.step % self._batches]

    def _norm(self) -> float:
        import torch

        weights = [weight for group in self._optimiser.param_groups for weight in group["params"]]
        bound = self._settings.clip or float("inf")
        return float(torch.nn.utils.clip_grad_norm_(weights, bound))

    def _checked(self, value: float, what: str) -> float:
        if not np.isfinite(value):
            raise TrainingError(
                f"the {what} at step {self.state.step + 1:,} is {value}; the last good checkpoint is in {self._folder}",
                "Train with a smaller --rate or with --clip, in float32.",
            )
        return value
