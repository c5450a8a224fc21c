"""Photos are read and prepared in threads while the encoder works: decode, prepare and encode at once."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from picdesk.encoders.runtimes.session import cores
from picdesk.errors import PicdeskError
from picdesk.photos.ahead import ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray
    from PIL import Image

    from picdesk.encoders.protocol import Encoder

    T = TypeVar("T")
    Prepared = NDArray[np.uint8] | PicdeskError

BATCH = 32


def encode_photos(
    encoder: Encoder, photos: Iterable[T], read: Callable[[T], Image.Image], *, batch: int = BATCH
) -> Iterator[tuple[T, NDArray[np.float32] | PicdeskError]]:
    """The vector of each photo, in order; what is wrong with one costs that one.

    Twice a batch is prepared ahead, 0.15 MB a photo at 224 pixels, so that memory is bounded however many there are.

    Args:
        encoder: one with an image side.
        photos: anything that names them.
        read: gives a photo's picture; called in threads, one a core.
        batch: photos encoded together.

    Yields:
        Each photo, with its unit vector ``(d,)`` float32 or the error that ``read`` or the encoder raised for it.
    """

    def prepared(photo: T) -> tuple[T, Prepared]:
        try:
            return photo, encoder.prepare_image(read(photo))
        except PicdeskError as error:
            return photo, error

    waiting = ahead(prepared, photos, threads=cores(), reach=2 * batch)
    while due := list(islice(waiting, batch)):
        yield from zip((photo for photo, _ in due), _encoded(encoder, [made for _, made in due]), strict=True)


def _encoded(encoder: Encoder, made: list[Prepared]) -> list[NDArray[np.float32] | PicdeskError]:
    pixels = [each for each in made if not isinstance(each, PicdeskError)]
    try:
        rows = iter(encoder.encode_pixels(np.stack(pixels))) if pixels else iter(())
    except PicdeskError as error:
        if len(made) == 1:
            return [error]
        # One picture without a direction must not cost its whole batch.
        return [_encoded(encoder, [each])[0] for each in made]
    return [each if isinstance(each, PicdeskError) else next(rows) for each in made]
