"""Faces that look at the camera, found by a cascade of local binary patterns; no model is fetched for it.

Liao, Zhu, Lei, Zhang & Li: Learning Multi-scale Block Local Binary Patterns for Face Recognition (ICB 2007), with the
cascade that OpenCV ships (``frontal_faces.xml``, see ``LICENCE.txt``). Turned heads, faces in the dark and faces
smaller than a twentieth of the picture are not found: what it finds is kept in the crop, and what it does not find is
left to saliency.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PIL.Image import Image

    Sums = NDArray[np.int32]
    Box = tuple[float, float, float, float]

LONGEST = 640
"""Pixels of the longer side at which faces are looked for; the smallest that is found has some 30."""

_STEP = 1.2
_TOGETHER = 4
"""Windows that must agree on a face."""
_ALIKE = 0.4
"""Overlap (intersection over union) from which on two windows mean the same face."""

_RING = ((0, 0, 128), (1, 0, 64), (2, 0, 32), (2, 1, 16), (2, 2, 8), (1, 2, 4), (0, 2, 2), (0, 1, 1))
"""Column and row of the eight blocks around the middle one, and the bit of each."""


@dataclass(frozen=True, slots=True, eq=False)
class _Stage:
    """Some features, of which the sum of votes must reach a threshold."""

    features: NDArray[np.int64]
    patterns: NDArray[np.bool_]
    votes: NDArray[np.float64]
    threshold: float


def find_faces(image: Image) -> list[Box]:
    """The faces of a picture, largest first.

    Args:
        image: RGB, upright.

    Returns:
        Left, top, right and bottom of each, as shares of width and height.
    """
    scale = min(1.0, LONGEST / max(image.size))
    grey = image.convert("L")
    found: list[NDArray[np.float64]] = []
    _, window = _cascade()
    while min(side := (round(image.width * scale), round(image.height * scale))) >= window:
        pixels = np.asarray(grey.resize(side), dtype=np.int32)
        corners = _windows(pixels, step=2 if scale * 2 > LONGEST / max(image.size) else 1)
        edge = window / scale
        found.append(np.column_stack([corners / scale, corners / scale + edge]))
        scale /= _STEP
    boxes = _joined(np.concatenate(found)) if found else []
    width, height = image.size
    shares = [(left / width, top / height, right / width, bottom / height) for left, top, right, bottom in boxes]
    return sorted(shares, key=lambda box: (-(box[2] - box[0]), box))


def _windows(pixels: NDArray[np.int32], step: int) -> NDArray[np.float64]:
    """Left and top ``(n, 2)`` of the windows that every stage takes for a face."""
    stages, window = _cascade()
    sums = np.pad(pixels, ((1, 0), (1, 0))).cumsum(axis=0, dtype=np.int32).cumsum(axis=1, dtype=np.int32)
    rows, columns = ((side - window) // step + 1 for side in pixels.shape)
    width = sums.shape[1]

    def everywhere(x: int, y: int) -> Sums:
        return sums[y : y + step * rows : step, x : x + step * columns : step][:rows, :columns]

    # The first stage looks at every window, and half of them are gone; slices are much quicker there than places.
    down, across = np.nonzero(_votes(stages[0], everywhere) >= stages[0].threshold)
    left = (down * step * width + across * step).astype(np.int32)
    flat = sums.ravel()
    for stage in stages[1:]:
        left = left[_votes(stage, partial(_sums_of, flat, left, width)) >= stage.threshold]
    return np.column_stack([left % width, left // width]).astype(np.float64)


def _sums_of(flat: Sums, starts: Sums, width: int, x: int, y: int) -> Sums:
    return flat[starts + (y * width + x)]


def _votes(stage: _Stage, sums_at: Callable[[int, int], Sums]) -> NDArray[np.float64]:
    """The sum of a stage's votes for each window.

    Args:
        stage: the stage.
        sums_at: column and row in a window -> the sum of all pixels above and left of it, for each window.
    """
    votes: NDArray[np.float64] | None = None
    for feature, pattern, (yes, no) in zip(stage.features, stage.patterns, stage.votes, strict=True):
        said = np.where(pattern[_codes(sums_at, feature)], yes, no)
        votes = said if votes is None else votes + said
    if votes is None:
        raise ValueError("a stage without features")
    return votes


def _codes(sums_at: Callable[[int, int], Sums], feature: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Which of the eight blocks around the middle one are at least as bright, a bit each, for every window."""
    x, y, across, down = feature.tolist()
    corner = [[sums_at(x + column * across, y + row * down) for column in range(4)] for row in range(4)]

    def block(column: int, row: int) -> Sums:
        low, high = corner[row], corner[row + 1]
        return np.asarray(high[column + 1] - low[column + 1] - high[column] + low[column])

    middle = block(1, 1)
    codes = np.zeros(middle.shape, dtype=np.uint8)
    for column, row, bit in _RING:
        codes |= (block(column, row) >= middle).astype(np.uint8) * np.uint8(bit)
    return codes


def _joined(boxes: NDArray[np.float64]) -> list[Box]:
    """Windows that mean one face become their mean; a face that few windows see is none."""
    left = np.ones(len(boxes), dtype=np.bool_)
    faces: list[Box] = []
    areas = (boxes[:, 2] - boxes[:, 0]) ** 2
    overlap = _overlaps(boxes)
    alike = overlap / (areas[:, None] + areas - overlap) >= _ALIKE
    while left.any():
        seen = np.where(left, (alike & left).sum(axis=1), 0)
        first = int(seen.argmax())
        if seen[first] < _TOGETHER:
            break
        group = alike[first] & left
        mean = boxes[group].mean(axis=0)
        # A window inside or around a face that was found says nothing new.
        inner = np.minimum(areas, (mean[2] - mean[0]) ** 2)
        left &= ~group & (_overlaps(boxes, mean[None])[:, 0] < 0.5 * inner)
        faces.append((float(mean[0]), float(mean[1]), float(mean[2]), float(mean[3])))
    return faces


def _overlaps(boxes: NDArray[np.float64], others: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Areas ``(n, m)`` that boxes share with others, or with one another."""
    others = boxes if others is None else others
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=2), dtype=np.float64)


@cache
def _cascade() -> tuple[tuple[_Stage, ...], int]:
    """The stages, and the side of their window in pixels."""
    from defusedxml import ElementTree

    root = ElementTree.fromstring(files(__package__).joinpath("frontal_faces.xml").read_bytes()).find("cascade")
    rectangles = [_numbers(each) for each in root.find("features").iter("rect")]
    stages = []
    for stage in root.find("stages"):
        nodes = [_numbers(node) for node in stage.iter("internalNodes")]
        # A node: two links to leaves, the feature, and 256 bits, one a code, that say which leaf votes.
        bits = np.array([node[3:] for node in nodes], dtype=np.int64).astype(np.uint32)
        stages.append(
            _Stage(
                features=np.array([rectangles[int(node[2])] for node in nodes], dtype=np.int64),
                patterns=np.unpackbits(bits.view(np.uint8), axis=1, bitorder="little").astype(np.bool_),
                votes=np.array([_numbers(leaf) for leaf in stage.iter("leafValues")]),
                threshold=float(stage.find("stageThreshold").text) - 1e-5,  # as OpenCV compares
            )
        )
    return tuple(stages), int(root.find("width").text)


def _numbers(element: Any) -> list[float]:
    return [float(number) for number in element.text.split()]
