"""Where LanceDB has its rows: a number a row, the fragment in its upper half.

Every write moves what it writes, and no address is given twice in an archive's history: the row behind an address is
the same row with the same vector for as long as it is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.schema import matrix_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

    Addresses = NDArray[np.uint64]

ADDRESS = "_rowid"
NOWHERE = np.uint64(2**64 - 1)
"""Of a photo that the archive has no longer."""

AT_ONCE = 8192


def addresses_where(store: Store, where: str | None = None) -> Addresses:
    """Addresses of the photos that a filter leaves, rising.

    Raises:
        FilterError: the filter makes no sense.
    """
    parts = [batch.column(ADDRESS).to_numpy() for batch in store.rows([ADDRESS], where, batch=1 << 17)]
    found = np.concatenate(parts) if parts else np.empty(0, dtype=np.uint64)
    return np.sort(found.astype(np.uint64, copy=False))


def vectors_at(
    store: Store, entry: StoredEncoder, addresses: Addresses
) -> Iterator[tuple[Addresses, NDArray[np.uint8], NDArray[np.float16], NDArray[np.bool_]]]:
    """The rows at some addresses, 8,192 at a time: addresses, ids, vectors, and whether a row has a vector.

    Rows come in no promised order; one that was taken out meanwhile is left out.
    """
    for start in range(0, len(addresses), AT_ONCE):
        part = addresses[start : start + AT_ONCE].tolist()
        found = store.photos.take_row_ids(part).with_row_id().select(["id", entry.column]).to_arrow()
        yield rows_of(found, entry)


def rows_of(
    found: pa.Table, entry: StoredEncoder
) -> tuple[Addresses, NDArray[np.uint8], NDArray[np.float16], NDArray[np.bool_]]:
    """The same of a table that was read."""
    matrix = matrix_of(found[entry.column], entry.dimension)
    usable = np.isfinite(matrix).all(axis=1) & (matrix != 0).any(axis=1)
    addresses = found[ADDRESS].to_numpy().astype(np.uint64, copy=False)
    return addresses, id_bytes(found["id"].to_pylist()), matrix.astype(np.float16), usable


def id_bytes(ids: list[str]) -> NDArray[np.uint8]:
    """Photo ids, 64 hexadecimal digits each, as ``(n, 32)`` bytes; an id of another form becomes zeros."""
    try:
        found = np.frombuffer(bytes.fromhex("".join(ids)), dtype=np.uint8)
        if len(found) == 32 * len(ids) and all(len(photo) == 64 for photo in ids):
            return found.reshape(-1, 32)
    except ValueError:
        pass
    one_by_one = np.zeros((len(ids), 32), dtype=np.uint8)
    for place, photo in enumerate(ids):
        if len(photo) == 64 and all(digit in "0123456789abcdef" for digit in photo):
            one_by_one[place] = np.frombuffer(bytes.fromhex(photo), dtype=np.uint8)
    return one_by_one


def id_texts(ids: NDArray[np.uint8]) -> list[str]:
    """The other way round."""
    digits = np.ascontiguousarray(ids).tobytes().hex()
    return [digits[start : start + 64] for start in range(0, len(digits), 64)]


def prefixes(ids: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The first 64 bits of each id, in the ids' own order."""
    return np.ascontiguousarray(ids[:, :8]).view(">u8").reshape(-1).astype(np.uint64)
