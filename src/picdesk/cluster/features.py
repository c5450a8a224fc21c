"""What training wants of photos, computed by a cluster: vectors go into the cache that training reads them from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.archive.known import Known, NumberSet
from picdesk.cluster.adding import on_cluster
from picdesk.photos.locate import read_bytes
from picdesk.photos.sources.found import found
from picdesk.train.features import feature_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from picdesk.encoders import Encoder
    from picdesk.photos.sources import Found

COLUMN = "features"


@dataclass(frozen=True, slots=True)
class Places:
    """Photos by their URIs, as a source."""

    uris: tuple[str, ...]

    @property
    def label(self) -> str:
        """What messages call the source."""
        return f"{len(self.uris):,} photos"

    def __iter__(self) -> Iterator[Found]:
        for uri in self.uris:
            yield found(uri=uri, name="", read=partial(read_bytes, uri))

    def count(self) -> int:
        """How many."""
        return len(self.uris)


def fill_photo_features(
    ray: Any,
    encoder: Encoder,
    uris: Sequence[str],
    progress: Callable[[int], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Encode photos on a cluster, so that `picdesk.train.features.photo_features` finds their vectors ready.

    A photo that cannot be read is left to training, which says why.

    Args:
        ray: as `picdesk.cluster.connect.connected` gives it.
        encoder: with an image side.
        uris: where the photos are.
        progress: called with how many were just looked at.
        stop: asked between parts; what has come is kept.

    Returns:
        How many vectors are new.

    Raises:
        ClusterUnavailable: the cluster was lost; what came before is kept.
        EncoderMissing: the encoder is not on a node.
        SourceError: a node does not see photos that this machine sees.
    """
    store, new = feature_store(encoder, "images"), 0
    none: NumberSet = NumberSet(np.empty(0, np.int64))
    there = NumberSet(np.frombuffer(b"".join(digest[:8] for digest in store), ">i8").astype(np.int64))
    known = Known(
        ids=none,
        encoded={COLUMN: there},
        stamps=none,
        uris=none,
        removed=frozenset(),
        forgive=False,
        refused=frozenset(),
        disputed=set(),
    )
    distinct = Places(tuple(dict.fromkeys(uris)))
    for prepared in on_cluster(ray, [distinct], known, {COLUMN: encoder}, stop):
        if vectors := prepared.vectors:
            fresh = [bytes.fromhex(photo) for photo in vectors]
            new += sum(digest not in store for digest in fresh)
            store.add(fresh, np.stack([of_photo[COLUMN] for of_photo in vectors.values()]))
        progress(prepared.seen)
    return new
