"""Pairs become what a learner takes: texts as tokens, photos as pixels, and vectors in place of what does not learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.errors import InputError
from picdesk.train.clip.cached_photos import photo_vectors
from picdesk.train.clip.layers import IMAGE, TEXT
from picdesk.train.clip.learner import Paired
from picdesk.train.clip.pixels import keep_pixels
from picdesk.train.clip.rows import Kept, Photos, Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    import torch
    from numpy.typing import NDArray

    from picdesk.train.clip.rows import Rows
    from picdesk.train.clip.trainee import Trainee
    from picdesk.train.device import Place
    from picdesk.train.pairs import Pairs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """What is learned from and measured on.

    Attributes:
        train: the pairs that are left, with what was left out.
        validation: likewise; ``None`` where there are none.
        learn: the same for the learner, paraphrases as texts of their own.
        measured: the same of the validation pairs, each with its first text alone.
        story: ``(n,)`` int64, the number of each text's pair in ``train``.
        decoded: photos that had to be decoded now.
    """

    train: Pairs
    validation: Pairs | None
    learn: Paired
    measured: Paired | None
    story: NDArray[np.int64]
    decoded: int


def gather_material(
    trainee: Trainee,
    train: Pairs,
    validation: Pairs | None,
    *,
    learning: Collection[str],
    place: Place,
    folder: Path,
    piece: int,
    paraphrases: bool,
    looked: Callable[[int, int], None] = lambda _done, _all: None,
) -> Material:
    """Prepare texts and photos, each photo once.

    Args:
        trainee: its model lies on the place's device.
        train: what is learned from.
        validation: what is measured on.
        learning: the towers that learn; of the others vectors are computed once.
        place: where it is computed.
        folder: of the run; prepared photos are kept there.
        piece: items that go through a tower at once.
        paraphrases: whether further texts of a story are texts to learn from.
        looked: called with photos prepared so far, and all.

    Raises:
        InputError: not one photo of the training or of the validation pairs can be read.
    """
    from picdesk.encoders.torch.towers import image_tower, text_tower

    sides = [pairs for pairs in (train, validation) if pairs is not None]
    uris = list(dict.fromkeys(pair.uri for pairs in sides for pair in pairs.pairs))
    number = {uri: row for row, uri in enumerate(uris)}

    def seen(done: int) -> None:
        looked(done, len(uris))

    if IMAGE in learning:
        pixels = keep_pixels(uris, trainee.prepare, folder, seen)
        unread, decoded, rows = pixels.unread, len(uris) - len(pixels.unread), pixels.rows
        tower = image_tower(trainee.checkpoint.model)

        def photos(chosen: NDArray[np.int64]) -> Rows:
            return Photos(rows, chosen, trainee, tower, place)
    else:
        vectors = photo_vectors(trainee, uris, place, seen)
        unread, decoded = vectors.unread, vectors.decoded

        def photos(chosen: NDArray[np.int64]) -> Rows:
            return Kept(vectors.rows[chosen], place)

    refused = {uris[row]: reason for row, reason in unread.items()}
    words = text_tower(trainee.checkpoint.model)

    def paired(pairs: Pairs, texts: Sequence[str], story: NDArray[np.int64]) -> Paired:
        names: dict[str, int] = {}
        photo = np.array([names.setdefault(pair.photo, len(names)) for pair in pairs.pairs], np.int64)
        first = {pair.photo: number[pair.uri] for pair in reversed(pairs.pairs)}
        read: Rows = Texts(texts, trainee, words, place)
        if TEXT not in learning:
            read = Kept(read.vectors(piece), place)
        return Paired(read, photos(np.array([first[name] for name in names], np.int64)), photo[story])

    train = _left(train, refused, "training")
    told = [(row, text) for row, pair in enumerate(train.pairs) for text in _texts(pair.text, pair.more, paraphrases)]
    story = np.array([row for row, _ in told], np.int64)
    learn = paired(train, [text for _, text in told], story)
    measured = None
    if validation is not None:
        validation = _left(validation, refused, "validation")
        texts = [pair.text for pair in validation.pairs]
        measured = paired(validation, texts, np.arange(len(texts)))
    return Material(train=train, validation=validation, learn=learn, measured=measured, story=story, decoded=decoded)


def _texts(first: str, more: Sequence[str], paraphrases: bool) -> list[str]:
    """Each text of a story once."""
    return list(dict.fromkeys([first, *more])) if paraphrases else [first]


def _left(pairs: Pairs, refused: dict[str, str], which: str) -> Pairs:
    kept = pairs.without(refused)
    if not kept.pairs:
        reason = next(iter(refused.values()), "there are none")
        raise InputError(f"no photo of the {which} pairs can be read: {reason}", "Check where the photos are.")
    return kept


def to_place(model: torch.nn.Module, place: Place) -> None:
    """Move a model to where it is trained, with attention in one piece instead of spelt out."""
    placed: Any = model.to(place.device)
    if hasattr(placed, "set_attn_implementation"):
        placed.set_attn_implementation("sdpa")
