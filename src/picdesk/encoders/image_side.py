"""The image side of an ONNX folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.encoders.graph import read_graph
from picdesk.encoders.preprocess import read_preparation
from picdesk.encoders.probe import probe_pixels
from picdesk.encoders.side import Side, only
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


class ImageSide:
    """``visual/``: a graph and how its images are prepared.

    Args:
        folder: holds ``model.onnx`` and ``preprocess_cfg.json``.
        runtime: name of the runtime, ``None`` for the fastest that is true to float32.
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

    @property
    def runtime(self) -> str:
        """Library and precision; asking compiles the graph."""
        return self.side.session.runtime

    def dimension(self) -> int:
        """Length of the vectors.

        Raises:
            EncoderMissing: the output is no vector.
        """
        return self.side.dimension()

    def encode(self, pixels: NDArray[np.uint8]) -> NDArray[Any]:
        """Prepared images ``(n, 3, height, width)`` uint8, n > 0, to ``(n, d)``, of any length."""
        size = self.side.piece(len(pixels))
        starts = range(0, len(pixels), size)
        pieces = [{self._input.name: self.prepare.normalised(pixels[at : at + size])} for at in starts]
        rows = np.concatenate(self.side.run(pieces))
        if rows.ndim != 2:
            raise EncoderMissing(f"{self.side.graph.path} gives {rows.ndim} axes where (n, d) is wanted")
        return rows

    def _probe(self) -> dict[str, NDArray[Any]]:
        return {self._input.name: self.prepare.normalised(probe_pixels(self.prepare.height, self.prepare.width))}
