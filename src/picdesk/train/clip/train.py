"""Contrastive fine-tuning of a model of the CLIP family."""

from __future__ import annotations

import math
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.train.checkpoint import LAST
from picdesk.train.clip.optimiser import TOWERS, build_optimiser, let_learn, parameter_groups
from picdesk.train.device import choose_place
from picdesk.train.loop import run_loop
from picdesk.train.losses import build_loss
from picdesk.train.team import card_of, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import torch

    from picdesk.train.clip.settings import ClipSettings
    from picdesk.train.clip.trainee import Trainee
    from picdesk.train.loop import Progress, Trained
    from picdesk.train.pairs import Pairs
    from picdesk.train.team import Team


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipTrained:
    """How a fine-tuning ended; the trainee's model holds the best weights.

    Attributes:
        run: the log, and whether it became better.
        before: MRR and recalls on the validation pairs as the model came; empty without such pairs.
        after: the same as it is now.
        learned: numbers that learned.
        train: the pairs it learned from, with what was left out.
        validation: the pairs it was measured on.
        texts: how many texts it learned from, paraphrases counted.
        decoded: photos that had to be decoded.
        loss: as it is now, with its temperature.
        leads: whether this process writes and speaks for all that trained together.
    """

    run: Trained
    before: Mapping[str, float]
    after: Mapping[str, float]
    learned: int
    train: Pairs
    validation: Pairs | None
    texts: int
    decoded: int
    loss: torch.nn.Module
    leads: bool


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told how a run goes, and may end it.

    Attributes:
        progress: called after each step.
        looked: called with photos prepared so far, and all.
        stop: asked after each step; after a yes the run is saved and ends.
    """

    progress: Callable[[Progress], None] = lambda _: None
    looked: Callable[[int, int], None] = lambda _done, _all: None
    stop: Callable[[], bool] = lambda: False


def train_clip(
    trainee: Trainee,
    train: Pairs,
    validation: Pairs | None,
    settings: ClipSettings,
    folder: Path,
    *,
    resume: bool = False,
    watch: Watch | None = None,
) -> ClipTrained:
    """Fine-tune.

    Dropout stays off and statistics of batches stay what they are, as fine-tunings of CLIP have it. Where ``torchrun``
    has started several processes, they train one model together.

    Args:
        trainee: its model is changed in place.
        train: what is learned from.
        validation: what is measured on; ``None`` for nothing: then the last weights count.
        settings: how.
        folder: of the run: checkpoints and log; exists.
        resume: go on with the run in the folder.
        watch: who is told.

    Raises:
        InputError: a setting makes no sense, too few pairs are left, or there is nothing to resume.
        TrainingError: the loss is not a number; the last good checkpoint is kept.
        MissingError: there is no such card.
    """
    from picdesk.train.clip.learner import ClipLearner
    from picdesk.train.clip.material import gather_material, to_place

    watch = watch or Watch()
    place = choose_place(card_of(settings.device or None), settings.precision)
    model = trainee.checkpoint.model
    learned = let_learn(model, settings.tower, settings.of_optimiser())
    loss = loss_of(trainee, settings).to(place.device)
    with joined(place.device) as team, run_folder(folder, team, resume) as own:
        check_team(settings.batch, team)
        to_place(model, place)
        material = team.first_leads(
            lambda: gather_material(
                trainee,
                train,
                validation,
                learning=TOWERS[settings.tower],
                place=place,
                folder=folder,
                piece=settings.piece,
                paraphrases=settings.paraphrases,
                looked=watch.looked,
            )
        )
        learner = ClipLearner(model, loss, material.learn, material.measured, settings.piece, team)
        optimiser = build_optimiser(parameter_groups(model, loss, settings.of_optimiser()), settings.of_optimiser())
        before = learner.figures()
        run = run_loop(
            learner,
            optimiser,
            settings.of_loop(),
            own,
            resume=resume and (own / LAST).is_file(),  # killed before its first checkpoint, a run begins anew
            progress=watch.progress,
            stop=watch.stop,
        )
        after = learner.figures()
    return ClipTrained(
        run=run,
        before=before,
        after=after,
        learned=learned,
        train=material.train,
        validation=material.validation,
        texts=len(material.story),
        decoded=material.decoded,
        loss=loss,
        leads=team.leads,
    )


def loss_of(trainee: Trainee, settings: ClipSettings) -> torch.nn.Module:
    """The loss that is asked for, else the one that the model was made with; it begins at the model's own scale."""
    name = settings.loss or ("infonce" if trainee.bias is None else "sigmoid")
    log_scale = trainee.log_scale if settings.temperature is None else -math.log(settings.temperature)
    if name == "sigmoid":
        bias = {} if trainee.bias is None else {"bias": trainee.bias}
        return build_loss(name, {"scale": math.exp(log_scale), **bias})
    if name != "infonce":
        raise InputError(f"a CLIP is not trained with the loss {name!r} here", "Choose infonce or sigmoid.")
    return build_loss(name, {"temperature": math.exp(-log_scale)})


def check_team(batch: int, team: Team) -> None:
    """Refuse a batch in which a process would have nothing to do.

    Raises:
        InputError: there are more processes than pairs.
    """
    if batch < 2 * team.size and team.size > 1:
        raise InputError(
            f"a batch of {batch} pairs for {team.size} processes", "Give --batch two pairs a process at least."
        )


@contextmanager
def run_folder(folder: Path, team: Team, resume: bool) -> Iterator[Path]:
    """Where this process keeps its checkpoints: the run's folder for the first, a place for the moment for the others.

    All processes hold the same state, so that the others take up the first one's.
    """
    if team.leads:
        yield folder
        return
    with TemporaryDirectory(prefix="picdesk-") as scratch:
        if resume and (folder / LAST).is_file():
            shutil.copyfile(folder / LAST, Path(scratch) / LAST)
        yield Path(scratch)
