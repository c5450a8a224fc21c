"""How good weights are on pairs."""

from __future__ import annotations

from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError
from picdesk.evaluate.measures.judged import Judged
from picdesk.train.clip.cached_photos import photo_vectors, tower_digest
from picdesk.train.clip.material import to_place
from picdesk.train.clip.pixels import keep_pixels
from picdesk.train.clip.rows import Kept, Photos, Texts
from picdesk.train.measure import ranks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch
    from numpy.typing import NDArray

    from picdesk.evaluate.measures.measure import Measure
    from picdesk.train.blend.ingredient import Ingredient
    from picdesk.train.clip.rows import Rows
    from picdesk.train.device import Place
    from picdesk.train.pairs import Pairs

_PIECE = 64


@dataclass(frozen=True, slots=True)
class _Asked:
    """A data set as it is measured on: texts, photos, and which photo each text wants."""

    texts: Rows
    photos: Rows
    photo: NDArray[np.int64]


class Judge:
    """Measures weights on one or several data sets; each photo is decoded once, however many weights are measured.

    Used as a context: what is kept of the photos goes away at its end.

    Args:
        model: any of the models that are blended; its weights are overwritten.
        same_photos: whether all models have one image tower, so that one vector a photo does for all of them.
        every: the data sets.
        measure: what counts.
        place: where it is computed, in float32.
        looked: called with photos prepared so far, and all.

    Raises:
        InputError: no photo of a data set can be read.
    """

    def __init__(
        self,
        model: Ingredient,
        every: Sequence[Pairs],
        measure: Measure,
        place: Place,
        *,
        same_photos: bool,
        looked: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> None:
        self.measure = measure
        self._model, self._place, self._same_photos, self._looked = model, place, same_photos, looked
        self._every = list(every)
        self._scratch = TemporaryDirectory(prefix="picdesk-")
        self._asked: list[_Asked] = []
        self.skipped: dict[str, int] = {}

    def __enter__(self) -> Judge:
        from pathlib import Path

        from picdesk.encoders.torch.towers import image_tower, text_tower

        whole = self._model.whole
        to_place(whole.checkpoint.model, self._place)
        words, eyes = text_tower(whole.checkpoint.model), image_tower(whole.checkpoint.model)
        for number, pairs in enumerate(self._every):
            uris = list(dict.fromkeys(pair.uri for pair in pairs.pairs))
            folder = Path(self._scratch.name) / str(number)
            folder.mkdir()

            def seen(done: int, total: int = len(uris)) -> None:
                self._looked(done, total)

            kept = None
            if self._same_photos:
                kept = photo_vectors(self._model.trainee, uris, self._place, seen)
                unread = kept.unread
            else:
                pixels = keep_pixels(uris, whole.prepare, folder, seen)
                unread = pixels.unread
            left = pairs.without({uris[row]: reason for row, reason in unread.items()})
            if not left.pairs:
                raise InputError(f"no photo of {pairs.name} can be read", "Check where the photos are.")
            for reason, count in left.skipped.items():
                self.skipped[reason] = self.skipped.get(reason, 0) + count
            names: dict[str, int] = {}
            photo = np.array([names.setdefault(pair.photo, len(names)) for pair in left.pairs], np.int64)
            row = {uri: number for number, uri in enumerate(uris)}
            first = {pair.photo: row[pair.uri] for pair in reversed(left.pairs)}
            chosen = np.array([first[name] for name in names], np.int64)
            photos: Rows = (
                Kept(kept.rows[chosen], self._place)
                if kept is not None
                else Photos(pixels.rows, chosen, whole, eyes, self._place)
            )
            texts = Texts([pair.text for pair in left.pairs], whole, words, self._place)
            self._asked.append(_Asked(texts, photos, photo))
        return self

    def __exit__(self, *_: object) -> None:
        self._scratch.cleanup()

    def __call__(self, weights: Mapping[str, torch.Tensor]) -> tuple[float, ...]:
        """The measure of weights, on each data set."""
        self._model.take(weights)
        return tuple(self._value(asked) for asked in self._asked)

    def _value(self, asked: _Asked) -> float:
        photos = asked.photos.vectors(_PIECE)
        judged = judged_places(ranks(asked.texts.vectors(_PIECE), photos, asked.photo), len(photos))
        return self.measure.mean(self.measure.of(judged))


def judged_places(places: NDArray[np.int64], photos: int) -> Judged:
    """Stories that each want one photo of so many, as measures look at them.

    Args:
        places: ``(n,)`` at which place each story finds it.
        photos: how many are ranked.
    """
    every, ones = np.arange(len(places)), np.ones(len(places))
    return Judged(
        articles=tuple(map(str, every)),
        places=np.full(len(places), photos),
        hit_articles=every,
        hit_ranks=places,
        hit_gains=ones,
        fit_articles=every,
        fit_ranks=ones.astype(np.int64),
        fit_gains=ones,
        unknown=0,
    )


def share_photos(models: Sequence[Ingredient]) -> bool:
    """Whether all models have the same image tower, to the bit."""
    return len({tower_digest(model.trainee) for model in models}) == 1
