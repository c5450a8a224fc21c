"""A joint space that is solved, not trained: correlated directions, and a memory of the pairs that were learned from.

Each side standardises its feature and takes its leading principal directions, ``p``. Then two things are added:

* ``a = unit(p W)``: regularised canonical correlation analysis (Hotelling 1936; Vinod 1976 for the ridge; directions
  weighted by a power of their correlation, as Gong et al., IJCV 2014, do for pictures and words).
* ``m = unit(softmax(unit(p) K' / t) N)``: the mean of what the other side's vectors of the most similar known stories
  (or photos) were, as the attention of a matching network gives it (Vinyals et al., NIPS 2016). A new headline is thus
  placed where the photos of similar headlines are.

The side's vector is ``unit(a + m)``. Everything is in closed form: the same bits whatever the seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.float32]
    Exact = NDArray[np.float64]

_LEAST_SPREAD = 0.05
"""A number that hardly varies is not blown up by more than this share of the mean spread allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySettings:
    """How a space is solved.

    Attributes:
        directions: length of a side's vector.
        components: principal directions of a feature that are kept.
        text_ridge: added to the text features' covariance, in multiples of its mean variance.
        photo_ridge: the same of the photo features.
        power: of the correlations, by which directions are weighted.
        text_temperature: of the softmax over known stories.
        photo_temperature: of the softmax over known photos.
        slots: pairs that are remembered at most; of more, so many are drawn by chance.
    """

    directions: int = 256
    components: int = 512
    text_ridge: float = 3.0
    photo_ridge: float = 0.3
    power: float = 0.5
    text_temperature: float = 0.08
    photo_temperature: float = 0.06
    slots: int = 8192


@dataclass(frozen=True, slots=True, eq=False)
class MemoryHead:
    """One side of a solved space.

    Attributes:
        mean: ``(d,)``.
        project: ``(d, c)``: divides by the spread, then turns into principal directions.
        directions: ``(c, k)``.
        keys: ``(n, c)``, unit rows: the side's own known items.
        values: ``(n, k)``, unit rows: what the other side's vectors of their pairs are.
        temperature: of the softmax.
    """

    mean: Rows
    project: Rows
    directions: Rows
    keys: Rows
    values: Rows
    temperature: float

    def __call__(self, features: Rows) -> Rows:
        """``(m, d)`` features to ``(m, k)`` unit rows: what the exported graph computes."""
        turned = (features - self.mean) @ self.project
        logits = unit(turned) @ self.keys.T / np.float32(self.temperature)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        recalled = unit((shares / shares.sum(axis=1, keepdims=True)) @ self.values)
        return unit(unit(turned @ self.directions) + recalled)

    def tensors(self) -> dict[str, Rows]:
        """Every number, by name."""
        named = ("mean", "project", "directions", "keys", "values")
        return {name: getattr(self, name) for name in named} | {"temperature": np.array([self.temperature], np.float32)}


class Basis:
    """A side's feature in its own coordinates, whatever the regularisation: solved once, used for many settings.

    Args:
        features: ``(n, d)``.
        components: principal directions that are kept.

    Raises:
        InputError: all features are the same.
    """

    def __init__(self, features: Rows, components: int) -> None:
        exact = features.astype(np.float64)
        self.mean = exact.mean(axis=0)
        spread = exact.std(axis=0)
        if not spread.mean() > 0:
            raise InputError("every feature is the same", "Give an encoder that tells the photos or texts apart.")
        scaled = (exact - self.mean) / (spread + _LEAST_SPREAD * spread.mean())
        variances, turn = _principal(scaled)
        # Directions without variance would only be divided by nothing.
        kept = min(components, int((variances > variances[-1] * 1e-7).sum()))
        self.variances, turn = variances[::-1][:kept], turn[:, ::-1][:, :kept]
        turn = turn * np.where(turn[np.abs(turn).argmax(axis=0), np.arange(kept)] < 0, -1, 1)  # one sign everywhere
        self.project = turn / (spread + _LEAST_SPREAD * spread.mean())[:, None]
        self.rows = scaled @ turn

    def whitening(self, ridge: float) -> NDArray[np.float64]:
        """``(c,)``: by what a direction is multiplied so that, but for the ridge, it varies by one."""
        scale: NDArray[np.float64] = (self.variances + ridge * self.variances.mean()) ** -0.5
        return scale


def solve(texts: Basis, photos: Basis, settings: MemorySettings, seed: int = 0) -> tuple[MemoryHead, MemoryHead]:
    """The text side's and the photo side's head.

    Args:
        texts: n rows.
        photos: n rows, of the same pairs.
        settings: how.
        seed: of the draw, where there are more pairs than slots.
    """
    count = len(texts.rows)
    white_texts, white_photos = texts.whitening(settings.text_ridge), photos.whitening(settings.photo_ridge)
    shared = white_texts[:, None] * (texts.rows.T @ photos.rows / count) * white_photos
    left, correlations, right = np.linalg.svd(shared, full_matrices=False)
    kept = min(settings.directions, int((correlations > correlations[0] * 1e-6).sum()))
    weights = correlations[:kept] ** settings.power
    ours, theirs = white_texts[:, None] * left[:, :kept] * weights, white_photos[:, None] * right.T[:, :kept] * weights
    known = np.arange(count)
    if count > settings.slots:
        known = np.sort(np.random.default_rng(seed).choice(count, settings.slots, replace=False))
    text_rows, photo_rows = unit(texts.rows[known] @ ours), unit(photos.rows[known] @ theirs)
    text = _head(texts, known, ours, photo_rows, settings.text_temperature)
    return text, _head(photos, known, theirs, text_rows, settings.photo_temperature)


def _head(side: Basis, known: NDArray[np.int64], turn: Exact, values: Exact, temperature: float) -> MemoryHead:
    return MemoryHead(
        mean=side.mean.astype(np.float32),
        project=side.project.astype(np.float32),
        directions=turn.astype(np.float32),
        keys=unit(side.rows[known]).astype(np.float32),
        values=values.astype(np.float32),
        temperature=temperature,
    )


def _principal(rows: Exact) -> tuple[Exact, Exact]:
    """Variances, ascending, and the directions of ``(n, d)`` centred rows as columns; where n is less than d, only n.

    Of few rows the directions lie among the rows themselves, and are found in the small matrix of these.
    """
    count, wide = rows.shape
    if count >= wide:
        variances, turn = np.linalg.eigh(rows.T @ rows / count)
        return variances, turn
    variances, shares = np.linalg.eigh(rows @ rows.T / count)
    lengths = np.sqrt(count * np.maximum(variances, np.finfo(np.float64).tiny))
    return variances, rows.T @ (shares / lengths)


def unit(rows: NDArray[Any]) -> NDArray[Any]:
    """Rows of length one; a row of nothing stays one."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: NDArray[Any] = rows / np.maximum(lengths, np.finfo(rows.dtype).tiny)
    return scaled
