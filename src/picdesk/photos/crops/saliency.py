"""What draws the eye in a picture, and where to cut it when nothing else is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

_SIDE = 64
_SPREAD = 2.5
_SIDEWAYS, _UPRIGHT = (0.5, 0.15), (0.15, 0.45)
"""Where the window lies by preference, 0 being the left or the top, and how much less it is worth at the far end. News
photos are mostly of people, and what is cut above is a head: eyes and edges alone would rather keep ties and hands."""


def salient_box(image: Image, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Where to cut a photo: left, top, right, bottom in its pixels, of exactly the shape of ``size``."""
    wide = size[0] / size[1]
    width, height = min(image.width, image.height * wide), min(image.height, image.width / wide)
    across = image.width - width > image.height - height
    profile = saliency(image).sum(axis=0 if across else 1)
    if across:
        left = _best_start(profile, width / image.width, *_SIDEWAYS) * image.width
        return (left, 0.0, left + width, float(image.height))
    top = _best_start(profile, height / image.height, *_UPRIGHT) * image.height
    return (0.0, top, float(image.width), top + height)


def saliency(image: Image) -> NDArray[np.float64]:
    """What draws the eye.

    Hou & Zhang: Saliency Detection: A Spectral Residual Approach (CVPR 2007), on 64 x 64 grey pixels: what an image's
    amplitude spectrum has beyond its own smooth course. A picture of one colour is equally salient everywhere.

    Returns:
        ``(64, 64)`` values over 0 that sum to 1, rows from top to bottom.
    """
    from PIL.Image import Resampling

    grey = np.asarray(image.convert("L").resize((_SIDE, _SIDE), Resampling.LANCZOS), dtype=np.float64) / 255
    if np.ptp(grey) < 2 / 255:
        return np.full((_SIDE, _SIDE), 1 / _SIDE**2)
    spectrum = np.fft.fft2(grey)
    amplitude = np.log(np.abs(spectrum) + 1e-9)
    # The mean over 3 x 3 neighbours; the spectrum is periodic.
    smooth = sum(np.roll(amplitude, (up, left), (0, 1)) for up in (-1, 0, 1) for left in (-1, 0, 1)) / 9
    found = np.abs(np.fft.ifft2(np.exp(amplitude - smooth) * np.exp(1j * np.angle(spectrum)))) ** 2
    blurred = _blur(_blur(found).T).T
    return np.asarray(blurred / blurred.sum(), dtype=np.float64)


def _blur(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """A Gaussian along each row, mirrored at the ends."""
    reach = int(3 * _SPREAD)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / _SPREAD) ** 2)
    padded = np.pad(rows, ((0, 0), (reach, reach)), mode="symmetric")
    spread = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=1)
    return np.asarray(spread @ (weights / weights.sum()), dtype=np.float64)


def _best_start(profile: NDArray[np.float64], share: float, preferred: float, weight: float) -> float:
    """Where a window of that share of the whole is worth most; a share of the whole itself.

    Of equals the one nearest to the preferred place.
    """
    room = 1 - share
    if room <= 0:
        return 0.0
    held = np.concatenate([[0.0], np.cumsum(profile)])
    places = np.arange(len(held)) / len(profile)
    starts = np.linspace(0, room, 101)
    inside = np.interp(starts + share, places, held) - np.interp(starts, places, held)
    away = np.abs(starts / room - preferred) / max(preferred, 1 - preferred)
    worth = np.round(inside * (1 - weight * away), 9)
    best = np.flatnonzero(worth == worth.max())
    return float(starts[best[np.argmin(away[best])]])
