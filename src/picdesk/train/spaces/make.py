"""From features to joint spaces: solved and trained, measured on held-back pairs, then made again from all."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.train.measure import by_photo, figures, ranks
from picdesk.train.spaces.export import Space
from picdesk.train.spaces.memory import Basis, solve
from picdesk.train.spaces.tune import tune

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from picdesk.train.device import Place
    from picdesk.train.loop import LoopSettings, Progress, Trained
    from picdesk.train.spaces.memory import MemorySettings
    from picdesk.train.spaces.settings import SpacesSettings

    Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Of the same n pairs, by encoder.

    Attributes:
        texts: a ``(n, d)`` array of each text encoder.
        photos: a ``(n, d)`` array of each image encoder.
        ids: what each pair's photo is called.
        held_back: rows that are measured on; sorted.
        extra: ``(m,)``, rows of ``more``: the pair that each further text belongs to.
        more: an ``(m, d)`` array of each text encoder: further texts of pairs.
    """

    texts: tuple[Rows, ...]
    photos: tuple[Rows, ...]
    ids: tuple[str, ...]
    held_back: NDArray[np.int64]
    extra: NDArray[np.int64]
    more: tuple[Rows, ...]

    def learned(self, *, everything: bool) -> Features:
        """The rows to learn from, further texts as rows of their own, none held back."""
        keep = np.ones(len(self.ids), bool)
        keep[self.held_back] = everything
        rows, added = np.flatnonzero(keep), np.flatnonzero(keep[self.extra])
        both = np.concatenate([rows, self.extra[added]])
        texts = zip(self.texts, self.more, strict=True)
        return Features(
            tuple(np.concatenate([own[rows], more[added]]) for own, more in texts),
            tuple(side[both] for side in self.photos),
            tuple(self.ids[row] for row in both),
            np.empty(0, np.int64),
            np.empty(0, np.int64),
            tuple(more[:0] for more in self.more),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """Spaces, and what is known of them.

    Attributes:
        spaces: in order: of each kind of heads, each text encoder with each image encoder.
        after: measure -> value of all spaces together on the held-back pairs, before they were made again.
        parts: kind of heads -> its MRR alone.
        chosen: settings that were chosen on the held-back pairs.
        trained: how the loop ended; ``None`` where nothing was trained.
        stopped: whether it was asked to stop before the end.
        notes: what the reader should know.
    """

    spaces: tuple[Space, ...]
    after: dict[str, float]
    parts: dict[str, float]
    chosen: dict[str, Any]
    trained: Trained | None
    stopped: bool
    notes: tuple[str, ...]


def make_spaces(
    features: Features,
    settings: SpacesSettings,
    place: Place,
    folder: Path,
    *,
    resume: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Made:
    """Make the spaces.

    Args:
        features: of every pair.
        settings: how.
        place: where trained spaces are computed.
        folder: of the run; exists.
        resume: go on with what is in it.
        progress: called after each step of the loop.
        stop: asked after each step.
    """
    fitted: dict[str, list[Space]] = {}
    chosen: dict[str, Any] = {}
    trained: Trained | None = None
    if "perceptron" in settings.heads:
        watch = (resume, progress, stop)
        fitted["perceptron"], trained = _trained(features, settings.loop, settings, place, folder / "fit", watch)
        if trained.stopped:
            return Made((), {}, {}, {}, trained, True, ())
    memories: dict[str, MemorySettings] = {}
    if "memory" in settings.heads:
        fitted["memory"], memories = _tuned(features, settings)
        chosen["memory"] = {cell: asdict(memory) for cell, memory in memories.items()}
    held = [_held_figures(features, fitted[kind]) for kind in settings.heads]
    parts = {kind: each.get("MRR@100", 0.0) for kind, each in zip(settings.heads, held, strict=True)}
    spaces = [space for kind in settings.heads for space in fitted[kind]]
    after = _held_figures(features, spaces)
    if settings.refit and len(features.held_back):
        made = dict(fitted)
        if memories:
            made["memory"] = _solved(features.learned(everything=True), memories, settings.loop.seed)
        if trained and trained.improved:
            again = _again(settings.loop, trained)
            watch = (resume and (folder / "refit" / "last.pt").exists(), progress, stop)
            made["perceptron"], ended = _trained(
                features, again, settings, place, folder / "refit", watch, everything=True
            )
            if ended.stopped:
                return Made((), {}, {}, {}, ended, True, ())
        spaces = [space for kind in settings.heads for space in made[kind]]
    return Made(tuple(spaces), after, parts, chosen, trained, False, _notes(trained))


def joined(spaces: Sequence[Space], features: Features, rows: NDArray[np.int64]) -> tuple[Rows, Rows]:
    """Vectors of some rows' texts and photos, as the exported encoder gives them: the spaces' side by side."""
    share = np.float32(len(spaces) ** -0.5)
    texts = [space.heads[0](features.texts[space.text][rows]) * share for space in spaces]
    photos = [space.heads[1](features.photos[space.image][rows]) * share for space in spaces]
    return np.concatenate(texts, axis=1), np.concatenate(photos, axis=1)


def _held_figures(features: Features, spaces: Sequence[Space]) -> dict[str, float]:
    if not len(features.held_back):
        return {}
    columns, right = by_photo([features.ids[row] for row in features.held_back])
    texts, photos = joined(spaces, features, features.held_back)
    return figures(ranks(texts, photos[columns], right))


def _tuned(features: Features, settings: SpacesSettings) -> tuple[list[Space], dict[str, MemorySettings]]:
    """The spaces of the pairs that are learned from, and the settings that were best for each cell."""
    learned, held = features.learned(everything=False), features.held_back
    columns, right = by_photo([features.ids[row] for row in held])
    texts = [Basis(rows, settings.memory.components) for rows in learned.texts]
    photos = [Basis(rows, settings.memory.components) for rows in learned.photos]
    spaces, chosen = [], {}
    for text in range(len(texts)):
        for image in range(len(photos)):
            memory = settings.memory
            if settings.tune and len(held):
                seen = (features.texts[text][held], features.photos[image][held][columns])
                memory = tune(texts[text], photos[image], *seen, right, memory)[0]
            chosen[f"{text} x {image}"] = memory
            spaces.append(Space(text, image, solve(texts[text], photos[image], memory, settings.loop.seed)))
    return spaces, chosen


def _solved(features: Features, memories: dict[str, MemorySettings], seed: int) -> list[Space]:
    components = next(iter(memories.values())).components
    texts = [Basis(rows, components) for rows in features.texts]
    photos = [Basis(rows, components) for rows in features.photos]
    cells = [(text, image) for text in range(len(texts)) for image in range(len(photos))]
    return [
        Space(text, image, solve(texts[text], photos[image], memories[f"{text} x {image}"], seed))
        for text, image in cells
    ]


def _trained(
    features: Features,
    loop: LoopSettings,
    settings: SpacesSettings,
    place: Place,
    folder: Path,
    watch: tuple[bool, Callable[[Progress], None], Callable[[], bool]],
    *,
    everything: bool = False,
) -> tuple[list[Space], Trained]:
    import torch

    from picdesk.train.loop import run_loop
    from picdesk.train.spaces.learner import Spaces, SpacesLearner
    from picdesk.train.spaces.perceptron import side_head

    resume, progress, stop = watch
    folder.mkdir(exist_ok=True)
    learned = features.learned(everything=everything)
    held = np.empty(0, np.int64) if everything else features.held_back
    # The pairs to learn from come first, then those to measure on.
    texts = [np.concatenate([rows, own[held]]) for rows, own in zip(learned.texts, features.texts, strict=True)]
    photos = [np.concatenate([rows, own[held]]) for rows, own in zip(learned.photos, features.photos, strict=True)]
    ids = [*learned.ids, *(features.ids[row] for row in held)]
    with torch.random.fork_rng():
        torch.manual_seed(loop.seed)
        module = Spaces(
            [rows.shape[1] for rows in texts],
            [rows.shape[1] for rows in photos],
            directions=settings.directions,
            activation=settings.activation,
            dropout=settings.dropout,
            loss=settings.loss,
            settings=settings.loss_settings,
        )
    learner = SpacesLearner(module, texts, photos, ids, np.arange(len(learned.ids), len(ids)), place)
    optimiser = torch.optim.Adam(module.parameters(), lr=loop.rate)
    resume = resume and (folder / "last.pt").exists()
    trained = run_loop(learner, optimiser, loop, folder, resume=resume, progress=progress, stop=stop)
    sides = zip(module.cells, module.texts, module.photos, strict=True)
    return [Space(*cell, (side_head(ours), side_head(theirs))) for cell, ours, theirs in sides], trained


def _again(loop: LoopSettings, trained: Trained) -> LoopSettings:
    """As many epochs as were best; without pairs to measure on the rate is not halved."""
    best = max(1, trained.best.epoch)
    return replace(loop, epochs=best, patience=None, schedule=replace(loop.schedule, halve_after=None))


def _notes(trained: Trained | None) -> tuple[str, ...]:
    if trained is None or trained.improved:
        return ()
    return ("Training made nothing better on the held-back pairs; the weights from before it were kept.",)
