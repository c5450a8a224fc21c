"""The tables of an archive, and how a row becomes a record.

``photos`` holds one row a photo: what it is, where it lies, what is said about it, one float16 vector column for each
encoder, and one for the meaning of its caption. ``refused`` holds what was not taken, and what was taken out on
request.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from picdesk.records import Photo, PhotoMetadata, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from picdesk.encoders import Encoder

FORMAT = 1
"""Version of the tables' layout; an archive of a newer one is not opened."""

WORD_FIELDS: Mapping[str, float] = {
    "caption": 1.0,
    "headline": 1.0,
    "keywords": 1.0,
    "people": 2.0,
    "place": 1.0,
    "file_words": 1.0,
}
"""Columns of the word index and their weights. A person's name says more about a photo than any other word."""

VECTOR, MEANING = "vector", "meaning"
"""What vector columns are called: of pictures, and of captions."""

METADATA_FIELDS = tuple(PhotoMetadata.__dataclass_fields__)


def photos_schema(language: str) -> pa.Schema:
    """Schema of table ``photos``, without vector columns; ``language`` is the word index's."""
    import pyarrow as pa

    text, texts = pa.string(), pa.list_(pa.string())
    time = pa.timestamp("us", "UTC")
    return pa.schema(
        [
            pa.field("id", text, nullable=False),
            pa.field("name", text, nullable=False),
            pa.field("uri", text, nullable=False),
            # What was seen of its places when they were read; an unchanged stamp means nothing new to read.
            pa.field("stamps", pa.list_(pa.int64())),
            pa.field("bytes", pa.int64(), nullable=False),
            pa.field("format", text, nullable=False),
            pa.field("width", pa.int32(), nullable=False),
            pa.field("height", pa.int32(), nullable=False),
            pa.field("file_words", text, nullable=False),
            pa.field("phash", pa.uint64(), nullable=False),
            pa.field("dhash", pa.uint64(), nullable=False),
            pa.field("added", time, nullable=False),
            pa.field("caption", text),
            pa.field("headline", text),
            pa.field("keywords", texts),
            pa.field("people", texts),
            pa.field("place", text),
            pa.field("creator", text),
            pa.field("credit", text),
            pa.field("rights", text),
            pa.field("usage_terms", text),
            pa.field("instructions", text),
            pa.field("digital_source_type", text),
            pa.field("taken", time),
            pa.field("copy_uris", texts),
            pa.field("copy_names", texts),
        ],
        metadata={"picdesk.format": str(FORMAT), "picdesk.language": language},
    )


def refused_schema() -> pa.Schema:
    """Schema of table ``refused``.

    Files that were not taken have their URI as ``key``; photos that were taken out on request have their id as ``key``
    and ``id``, which keeps them out whatever becomes of the file.
    """
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("key", pa.string(), nullable=False),
            pa.field("uri", pa.string(), nullable=False),
            pa.field("reason", pa.string(), nullable=False),
            pa.field("when", pa.timestamp("us", "UTC"), nullable=False),
            pa.field("id", pa.string()),
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEncoder:
    """An encoder as the archive remembers it, in the metadata of its vector column.

    Attributes:
        name: the encoder's name when it was first used.
        fingerprint: SHA-256 over its weights and preprocessing.
        location: the folder it was last loaded from.
        dimension: length of its vectors.
        kind: what it reads: ``vector`` for pictures, ``meaning`` for captions.
    """

    name: str
    fingerprint: str
    location: str
    dimension: int
    kind: str = VECTOR

    @property
    def column(self) -> str:
        """Name of its vector column."""
        return f"{self.kind}_{self.fingerprint[:12]}"

    def __str__(self) -> str:
        return f"'{self.name}' ({self.fingerprint[:12]})"

    @classmethod
    def of(cls, encoder: Encoder, kind: str = VECTOR) -> StoredEncoder:
        """What an archive remembers of a loaded encoder."""
        return cls(
            name=encoder.name,
            fingerprint=encoder.fingerprint,
            location=encoder.location,
            dimension=encoder.dimension,
            kind=kind,
        )

    @classmethod
    def of_field(cls, field: pa.Field) -> StoredEncoder:
        """Read back from a column's metadata."""
        said = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
        return cls(
            name=said["picdesk.name"],
            fingerprint=said["picdesk.fingerprint"],
            location=said["picdesk.location"],
            dimension=field.type.list_size,
            kind=field.name.partition("_")[0],
        )

    def field(self) -> pa.Field:
        """The vector column."""
        import pyarrow as pa

        return pa.field(self.column, pa.list_(pa.float16(), self.dimension), metadata=self.metadata())

    def metadata(self) -> dict[str, str]:
        """The column's metadata."""
        return {
            "picdesk.name": self.name,
            "picdesk.fingerprint": self.fingerprint,
            "picdesk.location": self.location,
        }


def metadata_row(metadata: PhotoMetadata) -> dict[str, Any]:
    """The metadata columns of a row; empty lists are stored as such."""
    row = {name: getattr(metadata, name) for name in METADATA_FIELDS}
    return row | {"keywords": list(metadata.keywords), "people": list(metadata.people)}


def photo_of(row: Mapping[str, Any]) -> Photo:
    """The record of a row of table ``photos``."""
    said = {name: row[name] for name in METADATA_FIELDS}
    said |= {"keywords": tuple(row["keywords"] or ()), "people": tuple(row["people"] or ())}
    copies = zip(row["copy_uris"] or (), row["copy_names"] or (), strict=True)
    return Photo(
        **said,
        **{name: row[name] for name in ("id", "name", "uri", "bytes", "format", "width", "height")},
        file_words=row["file_words"],
        phash=row["phash"],
        dhash=row["dhash"],
        added=row["added"],
        copies=tuple(Place(uri=uri, name=name) for uri, name in copies),
    )


PHOTO_COLUMNS: Sequence[str] = (
    *("id", "name", "uri", "bytes", "format", "width", "height", "file_words", "phash", "dhash", "added"),
    *METADATA_FIELDS,
    *("copy_uris", "copy_names"),
)
"""The columns that ``photo_of`` reads."""


def vectors_array(vectors: NDArray[np.floating]) -> pa.Array:
    """Unit rows ``(n, d)`` as a column of float16 lists."""
    import numpy as np
    import pyarrow as pa

    flat = pa.array(np.ascontiguousarray(vectors, dtype=np.float16).ravel())
    return pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])


def optional_vectors(vectors: NDArray[np.float32]) -> pa.Array:
    """The same, where rows that are NaN stand for no vector."""
    import numpy as np
    import pyarrow as pa

    absent = np.isnan(vectors).any(axis=1)
    flat = pa.array(np.ascontiguousarray(np.nan_to_num(vectors), dtype=np.float16).ravel())
    return pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1], mask=pa.array(absent))


def matrix_of(column: pa.ChunkedArray, dimension: int) -> NDArray[np.float32]:
    """A column of float16 lists as ``(n, d)`` float32; rows that are null become NaN."""
    import numpy as np

    chunks = [chunk for chunk in column.chunks if len(chunk)]
    matrix = np.full((sum(map(len, chunks)), dimension), np.nan, dtype=np.float32)
    start = 0
    for chunk in chunks:
        present = ~np.asarray(chunk.is_null())
        flat = chunk.drop_null().flatten().to_numpy(zero_copy_only=False)
        matrix[start : start + len(chunk)][present] = flat.reshape(-1, dimension)
        start += len(chunk)
    return matrix


def now() -> dt.datetime:
    """The present time, UTC."""
    return dt.datetime.now(dt.UTC)


def sql_text(text: str) -> str:
    """A string literal of a filter."""
    return "'" + text.replace("'", "''") + "'"


def sql_list(texts: Iterable[str]) -> str:
    """A list of string literals for ``IN``."""
    return "(" + ", ".join(map(sql_text, texts)) + ")"
