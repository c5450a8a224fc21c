"""From a model and labelled pairs to an encoder whose texts are aligned."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.errors import InputError
from picdesk.train.card import Card
from picdesk.train.checkpoint import LAST
from picdesk.train.clip.fine_tune import data_said, nothing_left, run_said, run_settings
from picdesk.train.clip.folder import write_encoder, write_report
from picdesk.train.clip.optimiser import build_optimiser, let_learn, parameter_groups
from picdesk.train.clip.train import Watch, check_team, run_folder
from picdesk.train.clip.trainee import read_trainee
from picdesk.train.clip.weights import check_weights
from picdesk.train.device import choose_place
from picdesk.train.loop import run_loop
from picdesk.train.measure import figures, ranks
from picdesk.train.run_folder import open_run, written_whole
from picdesk.train.team import card_of, joined

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch
    from numpy.typing import NDArray

    from picdesk.newsimages.split import Split
    from picdesk.train.alignment.learner import AlignmentLearner, Labelled
    from picdesk.train.alignment.settings import AlignmentSettings
    from picdesk.train.clip.learner import Paired
    from picdesk.train.clip.trainee import Trainee
    from picdesk.train.device import Place
    from picdesk.train.loop import Trained
    from picdesk.train.pairs import Pairs
    from picdesk.train.team import Team

CATEGORIES = "categories.csv"
"""Table in the encoder's folder: each validation story with its category as given and as predicted."""

WORSE = "the model finds more without its alignment: use it as it was, or train on more pairs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """How a training of an alignment ended.

    Attributes:
        folder: the encoder; not there where the run was stopped before its end.
        run: the log.
        categories: every category, sorted.
        before: MRR and recalls on the validation pairs of the model without the alignment; empty without such pairs.
        after: the same with it, and how often the category is predicted right.
        by_category: predicted category -> the same figures over its stories, and how many they are.
        share: ``a``, as it was learned.
        train: the pairs it learned from, with what was left out.
        validation: the pairs it was measured on.
        notes: what the reader should know.
        leads: whether this process writes and speaks for all that trained together.
    """

    folder: Path
    run: Trained
    categories: tuple[str, ...]
    before: Mapping[str, float]
    after: Mapping[str, float]
    by_category: Mapping[str, Mapping[str, float]]
    share: float
    train: Pairs
    validation: Pairs | None
    notes: tuple[str, ...]
    leads: bool


def train_alignment(
    where: str | Path,
    pairs: Pairs,
    split: Split,
    settings: AlignmentSettings,
    target: Path,
    *,
    resume: bool = False,
    watch: Watch | None = None,
    quick_gelu: bool | None = None,
    architecture: str | None = None,
) -> Aligned:
    """Train an alignment on pairs whose categories are known, and write the encoder with its model card.

    Args:
        where: the model, as for ``read_trainee``.
        pairs: all of them; those without a label teach no category, and everything else.
        split: which are learned from, and which measured on.
        settings: how.
        target: the encoder's folder; must not exist.
        resume: go on with the run that was stopped.
        watch: who is told how it goes.
        quick_gelu: as for ``read_trainee``.
        architecture: as for ``read_trainee``.

    Raises:
        EncoderMissing: the model is not here, or cannot be trained.
        InputError: there are fewer than two categories, a setting makes no sense, or the target exists.
        TrainingError: the loss is not a number; the last good checkpoint is kept in ``<target>.run``.
        MissingError: there is no such card.
    """
    target = target.expanduser().absolute()
    train, validation = pairs.some(split.train), pairs.some(split.test)
    _check_categories(train)
    settings.of_loss()
    trainee = read_trainee(where, quick_gelu=quick_gelu, architecture=architecture)
    check_weights(trainee)
    said = run_settings(trainee.fingerprint, settings, train, validation)
    first = int(os.environ.get("RANK", "0")) == 0
    folder = open_run(target, said, resume=resume) if first else target.with_name(f"{target.name}.run")
    with ExitStack() as stack:
        stack.enter_context(nothing_left(folder))
        place = choose_place(card_of(settings.device or None), settings.precision)
        team = stack.enter_context(joined(place.device))
        own = stack.enter_context(run_folder(folder, team, resume))
        check_team(settings.batch, team)
        made = _Made(trainee, train, validation, settings, folder, place, team, watch or Watch())
        optimiser = build_optimiser(made.groups(), settings.of_optimiser())
        before = made.before()
        run = run_loop(
            made.learner,
            optimiser,
            settings.of_loop(),
            own,
            resume=resume and (own / LAST).is_file(),  # killed before its first checkpoint, a run begins anew
            progress=made.watch.progress,
            stop=made.watch.stop,
        )
        after = made.learner.figures()
        rows = made.learner.places()
        leads = team.leads
    worse = bool(before) and after["MRR@100"] <= before["MRR@100"]
    done = Aligned(
        folder=target,
        run=run,
        categories=made.names,
        before=before,
        after=after,
        by_category={} if rows is None else _by_category(made.names, *rows),
        share=float(made.alignment.share.detach().clamp(0, 1)),
        train=made.train,
        validation=made.validation,
        notes=(*split.notes, *([WORSE] if worse and not run.stopped else [])),
        leads=leads,
    )
    if not run.stopped and leads:
        _write(done, made, pairs, said, rows)
        shutil.rmtree(folder, ignore_errors=True)
    return done


class _Made:
    """Module, learner and material of a run."""

    def __init__(
        self,
        trainee: Trainee,
        train: Pairs,
        validation: Pairs | None,
        settings: AlignmentSettings,
        folder: Path,
        place: Place,
        team: Team,
        watch: Watch,
    ) -> None:
        import torch

        from picdesk.train.alignment.learner import AlignmentLearner
        from picdesk.train.alignment.module import Alignment, labelled
        from picdesk.train.clip.layers import TEXT
        from picdesk.train.clip.material import gather_material, to_place

        self.trainee, self.watch, self._settings = trainee, watch, settings
        model = trainee.checkpoint.model
        learns = settings.tower == "text"
        if learns:
            let_learn(model, "text", settings.of_optimiser())
        to_place(model, place)
        material = team.first_leads(
            lambda: gather_material(
                trainee,
                train,
                validation,
                learning=(TEXT,) if learns else (),
                place=place,
                folder=folder,
                piece=settings.piece,
                paraphrases=settings.paraphrases,
                looked=watch.looked,
            )
        )
        self.train, self.validation = material.train, material.validation
        _check_categories(self.train)
        self.names, labels = labelled([self.train.pairs[row].label for row in material.story])
        learn = self._labelled(material.learn, labels.numpy())
        numbers = {name: number for number, name in enumerate(self.names)}
        self._measured = None
        if material.measured is not None and self.validation is not None:
            told = np.array([numbers.get(pair.label, -1) for pair in self.validation.pairs], np.int64)
            self._measured = self._labelled(material.measured, told)
        with torch.random.fork_rng():
            torch.manual_seed(settings.seed)
            self.alignment = Alignment(
                trainee.checkpoint.dimension, len(self.names), settings.hidden or None, settings.dropout
            )
        if settings.start == "model":
            self.alignment.begin_as_model(torch.from_numpy(learn.frozen), labels)
        self.alignment.to(place.device)
        self.learner: AlignmentLearner = AlignmentLearner(
            self.alignment, model, settings.of_loss(), learn, self._measured, settings.piece, team
        )

    def groups(self) -> list[dict[str, Any]]:
        """What learns, with the module at its own rate."""
        settings = self._settings
        weights = list(self.alignment.parameters())
        own = [
            {"params": [each for each in weights if each.ndim > 1], "weight_decay": settings.weight_decay},
            {"params": [each for each in weights if each.ndim <= 1], "weight_decay": 0.0},
        ]
        tower: list[dict[str, Any]] = []
        if settings.tower == "text":
            tower = parameter_groups(self.trainee.checkpoint.model, _no_loss(), settings.of_optimiser())
        return [{**group, "lr": settings.rate} for group in own] + tower

    def before(self) -> Mapping[str, float]:
        """How well the model does without the alignment."""
        if self._measured is None:
            return {}
        paired = self._measured.paired
        return figures(ranks(self._measured.frozen, paired.photos.vectors(self._settings.piece), paired.photo))

    def _labelled(self, paired: Paired, labels: NDArray[np.int64]) -> Labelled:
        from picdesk.train.alignment.learner import Labelled

        return Labelled(paired, paired.texts.vectors(self._settings.piece), labels)


def _no_loss() -> torch.nn.Module:
    import torch

    return torch.nn.Identity()


def _check_categories(pairs: Pairs) -> None:
    if len(pairs.labels) < 2:
        known = f"only {pairs.labels[0]!r}" if pairs.labels else "none at all"
        raise InputError(
            f"an alignment needs stories of two categories or more, and the training pairs name {known}",
            "Name the column that holds the category (--column label=COLUMN), or use picdesk train clip.",
        )


def _by_category(
    names: tuple[str, ...], places: NDArray[np.int64], categories: NDArray[np.int64]
) -> dict[str, dict[str, float]]:
    rows: dict[int, list[int]] = defaultdict(list)
    for row, category in enumerate(categories.tolist()):
        rows[category].append(row)
    return {names[number]: {"stories": len(rows[number]), **figures(places[rows[number]])} for number in sorted(rows)}


def _write(
    done: Aligned,
    made: _Made,
    pairs: Pairs,
    said: Mapping[str, Any],
    rows: tuple[NDArray[np.int64], NDArray[np.int64]] | None,
) -> None:
    from picdesk.train.alignment.folder import add_categories, write_alignment, write_predictions
    from picdesk.train.alignment.module import AlignedTowers

    trainee = made.trainee
    towers = AlignedTowers(trainee.checkpoint.model, made.alignment.cpu().eval())
    aligned = dataclasses.replace(trainee.checkpoint, model=towers)
    remember = {"model": done.folder.name, "trained_from": trainee.name, "categories": list(done.categories)}
    texts = made.learner.rows
    with written_whole(done.folder) as draft:
        write_encoder(trainee, draft, remember=remember, checkpoint=aligned)
        add_categories(draft / "textual" / "model.onnx", len(done.categories))
        write_alignment(made.alignment, done.categories, draft)
        if rows is not None and done.validation is not None:
            write_predictions(draft / CATEGORIES, done.validation, done.categories, *rows)
        card = Card(
            name=done.folder.name,
            what=f"{trainee.name} with its texts aligned to {len(done.categories)} categories.",
            data=data_said(pairs, done.train, done.validation, texts)
            | {"categories": ", ".join(done.categories)}
            | run_said(done.run),
            settings=said,
            before=done.before,
            after=done.after,
            notes=(*done.notes, f"The share of the text beside its category was learned as {done.share:.3f}."),
        )
        write_report(draft, card, done.run.lines)
