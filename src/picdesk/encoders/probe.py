"""Typical input, on which a runtime is tried before it is trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_IMAGES = 8
PROBE_TEXTS = (
    "a photo of a dog",
    "Parliament votes on the budget after a long night of talks",
    "Two people in front of a burning warehouse, firefighters behind them",
    "The company's shares fell by 7.5 per cent on Tuesday.",
    "Rain",
    "Striker scores twice in the final; fans celebrate in the streets of the capital until the morning",
    "Scientists describe a new species of frog that was found in a rain forest",
    "How to save money on heating this winter",
)


def probe_pixels(height: int, width: int) -> NDArray[np.uint8]:
    """Eight clouds of colour with as much power in large shapes as photos have (1/f, Field 1987).

    Returns:
        ``(8, 3, height, width)`` uint8, the same ones each time.
    """
    generator = np.random.default_rng(0)
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    slope = 1 / np.maximum(np.hypot(down, across), 1 / max(height, width))
    noise = np.fft.rfft2(generator.standard_normal((_IMAGES, 3, height, width)))
    clouds = np.fft.irfft2(noise * slope, s=(height, width))
    low, high = clouds.min(axis=(1, 2, 3), keepdims=True), clouds.max(axis=(1, 2, 3), keepdims=True)
    pixels: NDArray[np.uint8] = np.rint(255 * (clouds - low) / np.maximum(high - low, 1e-9)).astype(np.uint8)
    return pixels
