"""The image side of an ONNX folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.encoders.graph import read_graph
from picdesk.encoders.preprocess import read_preparation
from picdesk.encoders.side import Side, only
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_PROBES = 8


class ImageSide:
    """``visual/``: a graph and how its images are prepared.

    Args:
        folder: holds ``model.onnx`` and ``preprocess_cfg.json``.
        runtime: name of the runtime, ``None`` for the faster one.
        digest: SHA-256 over the side's files.

    Raises:
        EncoderMissing: a file is missing or unusable, or the two contradict each other.
    """

    def __init__(self, folder: Path, runtime: str | None, digest: str) -> None:
        graph = read_graph(folder / "model.onnx")
        self.prepare = read_preparation(folder / "preprocess_cfg.json")
        if len(graph.inputs) != 1:
            raise EncoderMissing(f"{graph.path} wants {len(graph.inputs)} inputs where one image is meant")
        self._input = graph.inputs[0]
        only(self._input, ("float32", "float16"), 4, graph)
        self.shape = (3, self.prepare.height, self.prepare.width)
        fixed = (self._input.shape or (None,) * 4)[1:]
        if any(size not in (None, wanted) for size, wanted in zip(fixed, self.shape, strict=True)):
            raise EncoderMissing(
                f"{graph.path} takes images of {fixed}, preprocess_cfg.json makes {self.shape}",
                "The two files belong to different models: fetch the folder again.",
            )
        self.side = Side(graph, runtime, digest, self._probe)

    def encode(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Prepared images ``(n, 3, height, width)``, n > 0, to ``(n, d)``, of any length."""
        size = self.side.piece(len(pixels))
        pieces = [{self._input.name: pixels[at : at + size]} for at in range(0, len(pixels), size)]
        rows = np.concatenate(self.side.run(pieces))
        if rows.ndim != 2:
            raise EncoderMissing(f"{self.side.graph.path} gives {rows.ndim} axes where (n, d) is wanted")
        return rows

    def _probe(self) -> dict[str, NDArray[Any]]:
        """Clouds of colour with as much power in large shapes as photos have (1/f, Field 1987)."""
        generator = np.random.default_rng(0)
        height, width = self.shape[1:]
        down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
        slope = 1 / np.maximum(np.hypot(down, across), 1 / max(height, width))
        noise = np.fft.rfft2(generator.standard_normal((_PROBES, *self.shape)))
        clouds = np.fft.irfft2(noise * slope, s=(height, width))
        low, high = clouds.min(axis=(1, 2, 3), keepdims=True), clouds.max(axis=(1, 2, 3), keepdims=True)
        shades = np.rint(255 * (clouds - low) / np.maximum(high - low, 1e-9)).astype(np.uint8)
        table = self.prepare.table
        return {self._input.name: np.stack([table[channel][shades[:, channel]] for channel in range(3)], axis=1)}
