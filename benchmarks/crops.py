"""What a suggested crop keeps of real photos, beside cutting the middle: faces, and what stands out.

    python -m benchmarks.crops FOLDER [--photos 200] [--shape 1:1]

The judges are not those that made the suggestion: faces are found by scikit-image's cascade at full size (windows that
eight others agree on), and what stands out is the difference of each pixel's Lab colour from the photo's mean (Achanta
et al.: Frequency-tuned Salient Region Detection, CVPR 2009).
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from benchmarks.machine import report
from picdesk.photos.crops import CropBox, around, look_at, slot_of, suggest_box
from picdesk.photos.crops.box import WHOLE
from picdesk.photos.decode import decode

WHOLE_FACE = 0.98


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--shape", action="append")
    given = parser.parse_args()
    paths = sorted(path for path in given.folder.iterdir() if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
    chosen = [paths[place] for place in np.linspace(0, len(paths) - 1, min(given.photos, len(paths))).astype(int)]
    images = [decode(path.read_bytes()).image for path in chosen]
    judged = [(faces_of(image), standing_out(image)) for image in images]
    begun = time.perf_counter()
    seen = [look_at(image) for image in images]
    seconds = (time.perf_counter() - begun) / len(images)
    for text in given.shape or ["1:1", "3:2", "9:16"]:
        shape = slot_of(text).shape
        ways = {
            "middle": [around((0.5, 0.5), image.size, shape) for image in images],
            "suggested": [suggest_box(image, shape, each) for image, each in zip(images, seen, strict=True)],
        }
        for way, boxes in ways.items():
            report("crops", shape=text, way=way, photos=len(images), **kept(boxes, judged))
    report("crops", look_at_seconds=round(seconds, 4), photos_with_faces=sum(bool(each.faces) for each in seen))


def kept(boxes: list[CropBox], judged: list[tuple[list[Any], np.ndarray[Any, Any]]]) -> dict[str, Any]:
    """Share of faces that are whole, of photos whose largest face is, and of what stands out."""
    faces = [box.holds(face) >= WHOLE_FACE for box, (found, _) in zip(boxes, judged, strict=True) for face in found]
    largest = [
        box.holds(max(found, key=lambda face: face[2] - face[0])) >= WHOLE_FACE
        for box, (found, _) in zip(boxes, judged, strict=True)
        if found
    ]
    mass = [inside(box, weights) for box, (_, weights) in zip(boxes, judged, strict=True)]
    return {
        "faces": len(faces),
        "faces_whole": round(sum(faces) / max(1, len(faces)), 4),
        "largest_face_whole": round(sum(largest) / max(1, len(largest)), 4),
        "standing_out_kept": round(statistics.mean(mass), 4),
        "standing_out_kept_least_tenth": round(float(np.quantile(mass, 0.1)), 4),
    }


def faces_of(image: Image.Image) -> list[tuple[float, float, float, float]]:
    import skimage.data
    from skimage.feature import Cascade

    cascade = Cascade(skimage.data.lbp_frontal_face_cascade_filename())  # type: ignore[no-untyped-call]
    side = min(image.size)
    found = cascade.detect_multi_scale(
        np.asarray(image), 1.1, 1, (side // 10, side // 10), (side, side), min_neighbor_number=8
    )
    width, height = image.size
    return [
        (f["c"] / width, f["r"] / height, (f["c"] + f["width"]) / width, (f["r"] + f["height"]) / height) for f in found
    ]


def standing_out(image: Image.Image) -> np.ndarray[Any, Any]:
    from skimage.color import rgb2lab

    small = image.resize((128, 128)).filter(ImageFilter.GaussianBlur(1))
    lab = rgb2lab(np.asarray(small))
    far = np.linalg.norm(lab - lab.mean(axis=(0, 1)), axis=2)
    return np.asarray(far / max(float(far.sum()), 1e-9))


def inside(box: CropBox, weights: np.ndarray[Any, Any]) -> float:
    assert WHOLE.holds(box.sides) > 0
    rows, columns = weights.shape
    left, top, right, bottom = (round(edge) for edge in box.edges((columns, rows)))
    return float(weights[top:bottom, left:right].sum())


if __name__ == "__main__":
    main()
