"""From a model and pairs to an encoder folder: fine-tuning as a user asks for it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from picdesk.train.card import Card
from picdesk.train.checkpoint import LAST
from picdesk.train.clip.folder import write_encoder, write_report
from picdesk.train.clip.train import train_clip
from picdesk.train.clip.trainee import learned_scale, read_trainee
from picdesk.train.clip.weights import check_weights
from picdesk.train.run_folder import open_run, written_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from picdesk.newsimages.split import Split
    from picdesk.train.clip.settings import ClipSettings
    from picdesk.train.clip.train import ClipTrained, Watch
    from picdesk.train.loop import Trained
    from picdesk.train.pairs import Pairs

WORSE = "training made nothing better on the validation pairs: these are the weights that it began with"


@dataclass(frozen=True, slots=True)
class FineTuned:
    """A fine-tuning.

    Attributes:
        folder: the encoder; not there where the run was stopped before its end.
        trained: how it went.
        notes: what the reader should know.
    """

    folder: Path
    trained: ClipTrained
    notes: tuple[str, ...]


def fine_tune(
    where: str | Path,
    pairs: Pairs,
    split: Split,
    settings: ClipSettings,
    target: Path,
    *,
    resume: bool = False,
    watch: Watch | None = None,
    quick_gelu: bool | None = None,
    architecture: str | None = None,
) -> FineTuned:
    """Fine-tune a model on pairs, and write the encoder with its model card.

    While it trains, ``<target>.run`` holds its checkpoints; it goes away when the encoder is there.

    Args:
        where: the model, as for ``read_trainee``.
        pairs: all of them.
        split: which are learned from, and which measured on.
        settings: how.
        target: the encoder's folder; must not exist.
        resume: go on with the run that was stopped.
        watch: who is told how it goes.
        quick_gelu: as for ``read_trainee``.
        architecture: as for ``read_trainee``.

    Raises:
        EncoderMissing: the model is not here, or cannot be trained.
        InputError: a setting makes no sense, the target exists, or too few pairs are left.
        TrainingError: the loss is not a number; the last good checkpoint is kept in ``<target>.run``.
        MissingError: there is no such card.
    """
    target = target.expanduser().absolute()
    trainee = read_trainee(where, quick_gelu=quick_gelu, architecture=architecture)
    check_weights(trainee)
    train, validation = pairs.some(split.train), pairs.some(split.test)
    said = run_settings(trainee.fingerprint, settings, train, validation)
    # Of several processes the first one opens the run's folder, and it alone writes the encoder.
    first = int(os.environ.get("RANK", "0")) == 0
    folder = open_run(target, said, resume=resume) if first else target.with_name(f"{target.name}.run")
    with nothing_left(folder):
        trained = train_clip(trainee, train, validation, settings, folder, resume=resume, watch=watch)
    notes = (*split.notes, *([] if trained.run.improved or trained.run.stopped else [WORSE]))
    done = FineTuned(target, trained, notes)
    if trained.run.stopped or not trained.leads:
        return done
    learned_scale(trainee, trained.loss)
    with written_whole(target) as draft:
        write_encoder(trainee, draft, remember={"model": target.name, "trained_from": trainee.name})
        write_report(draft, _card(done, pairs, said, trainee.name), trained.run.lines)
    shutil.rmtree(folder, ignore_errors=True)
    return done


@contextmanager
def nothing_left(folder: Path) -> Iterator[None]:
    """Remove the folder of a run that fails before its first checkpoint: there would be nothing to go on with."""
    try:
        yield
    except Exception:
        if not (folder / LAST).is_file():
            shutil.rmtree(folder, ignore_errors=True)
        raise


def run_settings(fingerprint: str, settings: Any, train: Pairs, validation: Pairs | None) -> dict[str, Any]:
    """Everything that the result of a run depends on, as JSON holds it."""
    sides = {"train": digest(train)} | ({} if validation is None else {"validation": digest(validation)})
    return {**asdict(settings), "model": fingerprint, **sides}


def digest(pairs: Pairs) -> str:
    """SHA-256 over texts, labels and where the photos are."""
    rows = [[each.id, each.text, each.photo, each.uri, each.label, each.more] for each in pairs.pairs]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=True).encode()).hexdigest()


def data_said(pairs: Pairs, train: Pairs, validation: Pairs | None, texts: int) -> dict[str, Any]:
    """What a card says of the data."""
    left_out: dict[str, int] = dict(pairs.skipped)
    for side in (train, validation):
        for reason, count in side.skipped.items() if side else ():
            left_out[reason] = left_out.get(reason, 0) + count
    return {
        "name": pairs.name,
        "format": pairs.format,
        "pairs learned from": len(train),
        "texts learned from": texts,
        "pairs measured on": len(validation) if validation else 0,
        "left out": left_out,
    }


def run_said(run: Trained) -> dict[str, Any]:
    """What a card says of the course of a run."""
    return {"steps": run.lines[-1].step, "step of the weights that were kept": run.best.step}


def _card(done: FineTuned, pairs: Pairs, said: Mapping[str, Any], model: str) -> Card:
    trained = done.trained
    towers = {"text": "The text tower", "image": "The image tower", "both": "Both towers"}[said["tower"]]
    return Card(
        name=done.folder.name,
        what=f"{towers} of {model}, fine-tuned on pairs of headlines and photos.",
        data=data_said(pairs, trained.train, trained.validation, trained.texts) | run_said(trained.run),
        settings=said,
        before=trained.before,
        after=trained.after,
        notes=done.notes,
    )
