"""The vector signal: cosine between a query's vector and every photo's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.errors import PhotoError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder
    from picdesk.records import Query


def query_vector(encoder: Encoder, query: Query) -> NDArray[np.float32]:
    """One unit vector ``(d,)`` of a query: the mean of its texts' and its image's unit vectors.

    Raises:
        PhotoError: the query's image cannot be decoded.
    """
    import numpy as np

    from picdesk.archive.take import decoding_side
    from picdesk.photos.decode import decode

    parts = []
    if query.texts and encoder.has_texts:
        parts.append(encoder.encode_texts(query.texts).mean(axis=0))
    if query.image is not None and encoder.has_images:
        try:
            image = decode(query.image, smallest_side=decoding_side([encoder])).image
        except PhotoError as error:
            raise PhotoError(f"the picture to look for cannot be used: {error.message}", error.hint) from None
        parts.append(encoder.encode_images([image])[0])
    vector = np.mean(parts, axis=0)
    length = float(np.linalg.norm(vector))
    if not length:
        raise PhotoError("the parts of this query cancel each other out")
    return np.asarray(vector / length, dtype=np.float32)


def search_vectors(
    store: Store, entry: StoredEncoder, vector: NDArray[np.float32], where: str | None, depth: int
) -> list[str]:
    """Ids of the best ``depth`` photos of those a filter leaves, compared with every one of them."""
    search = store.photos.search(vector, vector_column_name=entry.column).distance_type("dot").bypass_vector_index()
    if where:
        search = search.where(where, prefilter=True)
    found = search.limit(depth).select(["id", "_distance"]).to_arrow()
    ranked = sorted(zip(found.column("_distance").to_pylist(), found.column("id").to_pylist(), strict=True))
    return [photo for _, photo in ranked]


def cosine(vector: NDArray[np.float32], row: Mapping[str, Any], entry: StoredEncoder) -> float | None:
    """Cosine of a query's unit vector to a photo's, in float32; None where the photo has no vector."""
    import numpy as np

    stored = row[entry.column]
    if stored is None:
        return None
    photo = np.asarray(stored, dtype=np.float32)
    # float16 moves a unit vector's length by up to 0.0005; dividing it out keeps identical photos at 1.
    return float(vector @ (photo / np.linalg.norm(photo)))
