"""Submissions that tests make, sound ones, to be spoilt in one way each."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from PIL import Image

from tests.drawn.scenes import draw_scene

SIZE = (460, 260)


def png(seed: int, size: tuple[int, int] = SIZE, mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    draw_scene(seed, size=size).convert(mode).save(buffer, "PNG")
    return buffer.getvalue()


def image_bytes(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def sound_2025() -> dict[str, bytes]:
    """Group G with one approach: articles 1 to 4, of which 1 and 2 are the subset."""
    files = {f"G/RET_reg_LARGE/{article}_G_reg.png": png(article) for article in (1, 2, 3, 4)}
    return files | {f"G/RET_reg_SMALL/{article}_G_reg.png": png(article) for article in (1, 2)}


def sound_2026() -> dict[str, bytes]:
    """Group G_H with two runs over articles 1 to 3."""
    runs = (("one", 10), ("two", 20))
    return {f"G_H_{name}/{n}_G_H_{name}.png": png(seed + n) for name, seed in runs for n in (1, 2, 3)}


def write_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def write_folder(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root
