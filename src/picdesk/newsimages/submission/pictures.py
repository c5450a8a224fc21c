"""One file of a submission, read and measured."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import PhotoError
from picdesk.newsimages.submission.look import look_of
from picdesk.newsimages.submission.png import SIGNATURE
from picdesk.photos.alike import Likeness
from picdesk.photos.fingerprint import content_id
from picdesk.photos.locate import one_line
from picdesk.photos.metadata.pillow_warnings import quiet_pillow

if TYPE_CHECKING:
    from picdesk.newsimages.submission.members import Member
    from picdesk.newsimages.submission.trees import RunFolder

_DECODED = 64_000_000
"""Pixels up to which a picture of the wrong size is still looked at."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file that lies in the folder of a run.

    Attributes:
        path: below the submission's top.
        run: the run.
        article: the article's id; empty where the file's name does not say it.
        problem: why it is no picture of PNG format; empty where it is one.
        size: pixels, width and height; ``None`` where it is not known.
        mode: Pillow's name for the kind of pixels, such as ``RGB``; empty where it is not known.
        likeness: its bytes and its look; ``None`` where it could not be decoded.
    """

    path: str
    run: RunFolder
    article: str
    problem: str = ""
    size: tuple[int, int] | None = None
    mode: str = ""
    likeness: Likeness | None = None


def read_picture(member: Member, run: RunFolder, article: str) -> Picture:
    """Read a file; whatever is wrong with it is in the picture's ``problem``."""
    if member.problem:
        return Picture(member.path, run, article, member.problem)
    try:
        data = member.read()
    except PhotoError as error:
        return Picture(member.path, run, article, error.message)
    if not data.startswith(SIGNATURE):
        return Picture(member.path, run, article, "not a PNG file, whatever its name says" if data else "empty")
    return _decoded(data, member.path, run, article)


def _decoded(data: bytes, path: str, run: RunFolder, article: str) -> Picture:
    from PIL import PngImagePlugin

    quiet_pillow()
    try:
        image = PngImagePlugin.PngImageFile(io.BytesIO(data))
        size, mode = image.size, image.mode
    except Exception as error:  # decoders meet hostile bytes with every kind of exception
        return Picture(path, run, article, f"damaged: {one_line(error)}")
    if size[0] * size[1] > _DECODED:
        return Picture(path, run, article, size=size, mode=mode)
    try:
        animated = image.is_animated
        image.load()
        likeness = Likeness(content_id(data), *look_of(image))
    except Exception as error:  # see above
        return Picture(path, run, article, f"damaged: {one_line(error)}", size=size, mode=mode)
    problem = "animated, where one picture is wanted" if animated else ""
    return Picture(path, run, article, problem, size, mode, likeness)
