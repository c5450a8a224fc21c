"""From pairs and encoders to an encoder that finds photos for texts."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.encoders.load import load_encoder
from picdesk.encoders.runtimes.agreement import smallest_cosine
from picdesk.errors import InputError, ThresholdMissed
from picdesk.photos.decode import decode
from picdesk.photos.locate import read_bytes
from picdesk.train.card import Card
from picdesk.train.features import photo_features, text_features
from picdesk.train.measure import by_photo, figures, ranks
from picdesk.train.run_folder import open_run, written_whole
from picdesk.train.spaces.export import onnx_folder, write_encoder
from picdesk.train.spaces.make import Features, joined, make_spaces
from picdesk.train.split import split_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from picdesk.encoders import Encoder
    from picdesk.newsimages.split import Split
    from picdesk.train.device import Place
    from picdesk.train.loop import Progress
    from picdesk.train.pairs import Pairs
    from picdesk.train.spaces.make import Made
    from picdesk.train.spaces.settings import SpacesSettings

_LEAST_COSINE = 0.98
"""Between the exported encoder and the spaces that were measured, below which nothing is written."""
_CHECKED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedSpaces:
    """What was made.

    Attributes:
        folder: the encoder's.
        pairs: that were learned from at last.
        held_back: that were measured on.
        skipped: why -> how many stories were left out.
        before: measure -> value on the held-back pairs by the given encoder itself, where it is one with both sides.
        after: the same by the spaces, before they were made again from all pairs.
        parts: kind of space -> MRR@100 alone.
        cosine: smallest between the exported encoder and the spaces, over some pairs.
        stopped: whether it was asked to stop; a run with ``resume`` goes on.
        notes: what the reader should know.
    """

    folder: Path
    pairs: int
    held_back: int
    skipped: Mapping[str, int]
    before: Mapping[str, float] = field(default_factory=dict)
    after: Mapping[str, float] = field(default_factory=dict)
    parts: Mapping[str, float] = field(default_factory=dict)
    cosine: float | None = None
    stopped: bool = False
    notes: tuple[str, ...] = ()


def train_spaces(
    pairs: Pairs,
    texts: Sequence[Encoder],
    images: Sequence[Encoder],
    target: Path,
    settings: SpacesSettings,
    place: Place,
    *,
    resume: bool = False,
    encoding: Callable[[int], None] = lambda _: None,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> TrainedSpaces:
    """Make joint spaces of text and image encoders, and write them as one encoder.

    Args:
        pairs: what is learned from.
        texts: encoders with a text side.
        images: encoders with an image side.
        target: folder to write; must not exist.
        settings: how.
        place: where trained spaces are computed.
        resume: go on with a run that was stopped or killed.
        encoding: called with how many texts or photos were just encoded.
        progress: called after each step of the loop.
        stop: asked after each step.

    Raises:
        InputError: an encoder lacks its side, there are too few pairs, or the target exists.
        TrainingError: the loss is not a number.
        ThresholdMissed: the exported encoder does not give the spaces' vectors; nothing was written.
    """
    _check_encoders(texts, images)
    pairs, seen = _seen(pairs, images, encoding)
    if len({pair.photo for pair in pairs.pairs}) < 4:
        raise InputError(f"{pairs.name} has too few different photos to learn from", "Give at least four pairs.")
    split = split_pairs(pairs, share=settings.share, way=settings.split, seed=settings.loop.seed)
    features = _features(pairs, split, texts, seen, encoding)
    said = _said(settings, pairs, texts, images)
    run = open_run(target, said, resume=resume)
    try:
        made = make_spaces(features, settings, place, run, resume=resume, progress=progress, stop=stop)
    except InputError:
        if not any(run.glob("*/last.pt")):  # nothing to go on with
            shutil.rmtree(run, ignore_errors=True)
        raise
    held, counts = len(split.test), (len(pairs) if settings.refit else len(split.train))
    if made.stopped:
        return TrainedSpaces(folder=target, pairs=counts, held_back=held, skipped=pairs.skipped, stopped=True)
    before = _before(features, texts, images)
    with written_whole(target) as draft:
        write_encoder(draft, texts, images, made.spaces)
        cosine = _check_export(draft, pairs, features, made)
        result = TrainedSpaces(
            folder=target,
            pairs=counts,
            held_back=held,
            skipped=pairs.skipped,
            before=before,
            after=made.after,
            parts=made.parts,
            cosine=cosine,
            notes=(*split.notes, *made.notes, *_worse(before, made.after)),
        )
        _write_card(draft, result, pairs, said | {"chosen": made.chosen}, texts, images)
        _write_history(draft / "training", run)
    shutil.rmtree(run, ignore_errors=True)
    return result


def _check_encoders(texts: Sequence[Encoder], images: Sequence[Encoder]) -> None:
    if not texts or not images:
        raise InputError("spaces need a text encoder and an image encoder", "Give --text ENCODER and --image ENCODER.")
    for encoder in texts:
        if not encoder.has_texts:
            raise InputError(f"encoder {encoder.name!r} has no text side", "Give one that has with --text.")
    for encoder in images:
        if not encoder.has_images:
            raise InputError(f"encoder {encoder.name!r} has no image side", "Give one that has with --image.")
    for encoder in (*texts, *images):
        onnx_folder(encoder)  # says now what it would say after the training


def _seen(
    pairs: Pairs, images: Sequence[Encoder], encoding: Callable[[int], None]
) -> tuple[Pairs, list[dict[str, Any]]]:
    """The pairs whose photos can be read, and each image encoder's vectors by URI."""
    vectors = []
    for encoder in images:
        rows, refused = photo_features(encoder, [pair.uri for pair in pairs.pairs], encoding)
        pairs = pairs.without({uri: reason.partition(":")[0] for uri, reason in refused.items()})
        vectors.append(rows)
    return pairs, vectors


def _features(
    pairs: Pairs,
    split: Split,
    texts: Sequence[Encoder],
    seen: Sequence[Mapping[str, Any]],
    encoding: Callable[[int], None],
) -> Features:
    held = set(split.test)
    more = [(row, text) for row, pair in enumerate(pairs.pairs) for text in pair.more]
    return Features(
        texts=tuple(text_features(encoder, [pair.text for pair in pairs.pairs], encoding) for encoder in texts),
        photos=tuple(np.stack([rows[pair.uri] for pair in pairs.pairs]) for rows in seen),
        ids=tuple(pair.photo for pair in pairs.pairs),
        held_back=np.array([row for row, pair in enumerate(pairs.pairs) if pair.id in held], np.int64),
        extra=np.array([row for row, _ in more], np.int64),
        more=tuple(text_features(encoder, [text for _, text in more], encoding) for encoder in texts),
    )


def _before(features: Features, texts: Sequence[Encoder], images: Sequence[Encoder]) -> dict[str, float]:
    """What an encoder of both sides does by itself; two that share no space do nothing."""
    if len(texts) != 1 or len(images) != 1 or texts[0].fingerprint != images[0].fingerprint:
        return {}
    columns, right = by_photo([features.ids[row] for row in features.held_back])
    held = features.held_back
    return figures(ranks(features.texts[0][held], features.photos[0][held][columns], right))


def _worse(before: Mapping[str, float], after: Mapping[str, float]) -> tuple[str, ...]:
    if not before or after["MRR@100"] >= before["MRR@100"]:
        return ()
    return ("The spaces are worse on the held-back pairs than the encoder was by itself: rather use that.",)


def _check_export(draft: Path, pairs: Pairs, features: Features, made: Made) -> float:
    """The smallest cosine between what the written encoder gives for some pairs and what was measured.

    Raises:
        ThresholdMissed: it is too small.
    """
    rows = np.arange(min(_CHECKED, len(pairs)))
    some = [pairs.pairs[row] for row in rows]
    encoder = load_encoder(draft)
    photos = [decode(read_bytes(pair.uri)).image for pair in some]
    given = encoder.encode_texts([pair.text for pair in some]), encoder.encode_images(photos)
    cosine = min(
        smallest_cosine(ours, theirs) for ours, theirs in zip(given, joined(made.spaces, features, rows), strict=True)
    )
    if not cosine >= _LEAST_COSINE:
        raise ThresholdMissed(
            f"nothing was written: the encoder's smallest cosine to what was trained is {cosine:.4f}",
            "Encode with another runtime, such as PICDESK_RUNTIME=onnxruntime, and train again.",
        )
    return cosine


def _said(
    settings: SpacesSettings, pairs: Pairs, texts: Sequence[Encoder], images: Sequence[Encoder]
) -> dict[str, Any]:
    """Everything that the result depends on."""
    digest = hashlib.sha256()
    for pair in pairs.pairs:
        digest.update(repr((pair.id, pair.text, pair.photo, pair.more)).encode("utf-8", "replace"))
    encoders = {"texts": [each.fingerprint for each in texts], "images": [each.fingerprint for each in images]}
    return asdict(settings) | encoders | {"data": digest.hexdigest()}


def _write_card(
    draft: Path,
    result: TrainedSpaces,
    pairs: Pairs,
    settings: Mapping[str, Any],
    texts: Sequence[Encoder],
    images: Sequence[Encoder],
) -> None:
    names = " and ".join(", ".join(each.name for each in side) for side in (texts, images))
    card = Card(
        name=result.folder.name,
        what=f"Joint spaces of {names}: finds photos for news texts. Made by `picdesk train spaces`.",
        data={
            "source": f"{pairs.name} ({pairs.format})",
            "pairs learned from": result.pairs,
            "held back to measure on": result.held_back,
            "left out": dict(result.skipped),
        },
        settings=settings,
        before=result.before,
        after=result.after,
        notes=(
            *result.notes,
            "The scores are of spaces that had not seen the held-back pairs"
            + (
                "; the ones in this folder were then made from all pairs."
                if result.pairs > 0 and settings["refit"]
                else "."
            ),
        ),
    )
    (draft / "README.md").write_text(card.to_markdown(), encoding="utf-8")


def _write_history(folder: Path, run: Path) -> None:
    """Log and plot of the loop, where something was trained."""
    import importlib.util

    from picdesk.train.journal import read_journal
    from picdesk.train.plot import plot_journal

    for log in sorted(run.glob("*/log.jsonl")):
        folder.mkdir(exist_ok=True)
        shutil.copyfile(log, folder / f"{log.parent.name}.jsonl")
        if importlib.util.find_spec("matplotlib"):
            plot_journal(read_journal(log), folder / f"{log.parent.name}.png")
