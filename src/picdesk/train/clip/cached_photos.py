"""Vectors of photos by an image tower that does not learn, computed once and kept.

Where only the texts learn, a photo's vector is the same in every step, every epoch and every run: the vectors are kept
in Picdesk's cache under what the tower is (its weights and its preparation) and what the photo is (its bytes), so that
no photo is decoded twice.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.encoders.cache import writable_cache
from picdesk.errors import PhotoError
from picdesk.photos.fingerprint import content_id
from picdesk.photos.locate import read_bytes
from picdesk.photos.whole_file import write_whole
from picdesk.train.clip.layers import IMAGE, places
from picdesk.train.clip.pixels import described, in_threads, prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from picdesk.train.clip.trainee import Trainee
    from picdesk.train.device import Place

_AT_A_TIME = 32
_BLOCK = 512
"""Photos after which what was computed is kept, so that a killed run loses little."""


@dataclass(frozen=True, slots=True, eq=False)
class PhotoVectors:
    """What an image tower makes of photos.

    Attributes:
        rows: ``(n, d)`` float32, unit rows, one a photo that was asked for; all 0 where unread.
        unread: number of a photo -> why it has no vector.
        decoded: how many photos had to be decoded for it.
    """

    rows: NDArray[np.float32]
    unread: dict[int, str]
    decoded: int


def photo_vectors(
    trainee: Trainee, uris: Sequence[str], place: Place, seen: Callable[[int], None] | None = None
) -> PhotoVectors:
    """The vector of every photo.

    Args:
        trainee: whose image tower looks at them, in float32; its model lies on the place's device.
        uris: where the photos are.
        place: where it is computed.
        seen: called with the number of photos done so far.
    """
    folder = writable_cache("photo-vectors", tower_digest(trainee))
    known = _kept(folder)

    def read(uri: str) -> tuple[str, NDArray[np.uint8] | str | None]:
        try:
            data = read_bytes(uri)
            photo = content_id(data)
            return photo, None if photo in known else prepared(data, trainee.prepare)
        except PhotoError as error:
            return "", error.message

    ids, unread = [], {}
    fresh: dict[str, NDArray[np.uint8]] = {}
    unkept: dict[str, NDArray[np.float32]] = {}
    decoded = 0
    for number, (photo, made) in enumerate(in_threads(read, uris)):
        ids.append(photo)
        if isinstance(made, str):
            unread[number] = made
        elif made is not None and photo not in known and photo not in fresh:
            fresh[photo], decoded = made, decoded + 1
        last = number + 1 == len(uris)
        if len(fresh) >= _AT_A_TIME or (last and fresh):
            unkept |= dict(zip(fresh, image_vectors(trainee, np.stack(list(fresh.values())), place), strict=True))
            fresh = {}
            known.update(unkept)
        if unkept and (len(unkept) >= _BLOCK or last):
            _keep(folder, unkept)
            unkept = {}
        if seen:
            seen(number + 1)
    rows = np.zeros((len(uris), trainee.checkpoint.dimension), np.float32)
    for number, photo in enumerate(ids):
        if photo in known:
            rows[number] = known[photo]
    return PhotoVectors(rows, unread, decoded)


def image_vectors(trainee: Trainee, pixels: NDArray[np.uint8], place: Place) -> NDArray[np.float32]:
    """Prepared photos ``(n, 3, height, width)`` uint8 to ``(n, d)`` float32 unit rows, in float32."""
    import torch

    from picdesk.encoders.torch.towers import image_tower

    tower = image_tower(trainee.checkpoint.model)
    with torch.inference_mode():
        seen = torch.from_numpy(trainee.prepare.normalised(pixels)).to(place.device)
        rows: NDArray[np.float32] = torch.nn.functional.normalize(tower(seen), dim=1).cpu().numpy()
    return rows


def tower_digest(trainee: Trainee) -> str:
    """SHA-256 over an image tower's weights and preparation, whatever the texts' tower has learned meanwhile."""
    digest = hashlib.sha256(json.dumps(described(trainee.prepare)).encode())
    state = trainee.checkpoint.model.state_dict()
    for name, place in sorted(places(state).items()):
        if place.tower == IMAGE:
            tensor = state[name].detach().cpu().contiguous()
            digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
            digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


def _kept(folder: Path | None) -> dict[str, NDArray[np.float32]]:
    known: dict[str, NDArray[np.float32]] = {}
    for path in sorted(folder.glob("*.npz")) if folder else ():
        with suppress(OSError, ValueError, KeyError, zipfile.BadZipFile):  # what cannot be read is computed again
            block = np.load(path, allow_pickle=False)
            known |= dict(zip(block["ids"].tolist(), block["rows"], strict=True))
    return known


def _keep(folder: Path | None, rows: Mapping[str, NDArray[np.float32]]) -> None:
    if folder is None:  # nothing can be written: they are computed again next time
        return
    import io

    buffer = io.BytesIO()
    np.savez(buffer, ids=np.array(list(rows)), rows=np.stack(list(rows.values())))
    name = hashlib.sha256("".join(rows).encode()).hexdigest()[:32]
    write_whole(folder / f"{name}.npz", buffer.getvalue())
