"""The vector signal: cosine between a query's vector and every photo's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from picdesk.archive.lance_index.ask import ask_lance
from picdesk.articles.fit import fit_query
from picdesk.encoders.long_text import encode_fitted
from picdesk.errors import InputError, PhotoError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder
    from picdesk.encoders.long_text import Fitted
    from picdesk.records import Query
    from picdesk.search.memory import Memory


AWAY = 0.5
"""How much the mean of what a query leaves out is subtracted, beside 1 for what it asks for."""


def query_vector(
    encoder: Encoder,
    query: Query,
    fitted: Sequence[Fitted] | None = None,
    like: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """One unit vector ``(d,)`` of a query: the mean of what its texts, its image and its photos say.

    Texts that have weights are averaged by them; the texts together count as much as the image, and as the photos
    together. Half the mean of what the query leaves out is subtracted (Mikolov et al. 2013 showed that such vectors may
    be subtracted).

    Args:
        encoder: any.
        query: what is asked.
        fitted: the query's texts as this encoder reads them, where they are known already.
        like: ``(n, d)`` unit rows of the photos that more are looked for of.

    Raises:
        InputError: the weights are not one for each text, or not numbers over 0, or nothing is asked for.
        PhotoError: the query's image cannot be decoded.
    """
    import numpy as np

    from picdesk.archive.take import decoding_side
    from picdesk.photos.decode import decode

    parts = []
    if query.texts and encoder.has_texts:
        parts.append(_text_means(encoder, [query], [fitted or fit_query(query, encoder)])[0])
    if query.image is not None and encoder.has_images:
        try:
            image = decode(query.image, smallest_side=decoding_side([encoder])).image
        except PhotoError as error:
            raise PhotoError(f"the picture to look for cannot be used: {error.message}", error.hint) from None
        parts.append(encoder.encode_images([image])[0])
    if like is not None and len(like):
        parts.append(like.mean(axis=0))
    if not parts:
        raise InputError("there is nothing to look for", "Give a text, a picture, or a photo that has a vector.")
    vector = np.mean(parts, axis=0)
    if query.without and encoder.has_texts:
        vector = vector - AWAY * encoder.encode_texts(list(query.without)).mean(axis=0)
    length = float(np.linalg.norm(vector))
    if not length:
        raise PhotoError("the parts of this query cancel each other out")
    return np.asarray(vector / length, dtype=np.float32)


def text_vectors(encoder: Encoder, queries: Sequence[Query]) -> NDArray[np.float32]:
    """Unit vectors ``(n, d)`` of many queries with texts, as `query_vector` makes them, encoded together.

    Raises:
        InputError: a query without texts, or with weights that are not one for each text or not numbers over 0.
    """
    import numpy as np

    if not all(query.texts for query in queries):
        raise InputError("a query has no text for an encoder", "Leave it out, or search for its words alone.")
    means = _text_means(encoder, queries, [fit_query(query, encoder) for query in queries])
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


def _text_means(encoder: Encoder, queries: Sequence[Query], fitted: Sequence[Sequence[Fitted]]) -> NDArray[np.float64]:
    """The weighted mean ``(n, d)`` of each query's text vectors."""
    import numpy as np

    rows = encode_fitted(encoder, [text for texts in fitted for text in texts]).vectors
    ends = np.cumsum([len(texts) for texts in fitted])
    parts = np.split(rows, ends[:-1])
    return np.stack(
        [np.average(part, axis=0, weights=_weights(query)) for part, query in zip(parts, queries, strict=True)]
    )


def _weights(query: Query) -> tuple[float, ...] | None:
    if not query.weights:
        return None
    if len(query.weights) != len(query.texts) or not all(0 < weight < math.inf for weight in query.weights):
        raise InputError(
            f"the query has {len(query.texts)} texts and the weights {query.weights}",
            "Give one weight over 0 for each text, or none at all.",
        )
    return query.weights


def vectors_of(memory: Memory, entry: StoredEncoder, ids: Sequence[str]) -> NDArray[np.float32]:
    """Unit rows ``(n, d)`` of photos of the archive; those without a vector are left out."""
    import numpy as np

    rows = memory.by_ids(ids, ["id", entry.column]) if ids else {}
    there = [row[entry.column] for row in rows.values() if row[entry.column] is not None]
    vectors = np.asarray(there, dtype=np.float32).reshape(-1, entry.dimension)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def search_vectors(
    store: Store, entry: StoredEncoder, vector: NDArray[np.float32], where: str | None, depth: int
) -> dict[str, float]:
    """Ids and cosines of the best ``depth`` photos of those a filter leaves, compared with every one of them."""
    return ask_lance(store, entry, vector, depth, where=where).scores


def cosine(vector: NDArray[np.float32], row: Mapping[str, Any], entry: StoredEncoder) -> float | None:
    """Cosine of a query's unit vector to a photo's, in float32; None where the photo has no vector."""
    import numpy as np

    stored = row[entry.column]
    if stored is None:
        return None
    photo = np.asarray(stored, dtype=np.float32)
    # float16 moves a unit vector's length by up to 0.0005; dividing it out keeps identical photos at 1.
    return float(vector @ (photo / np.linalg.norm(photo)))
