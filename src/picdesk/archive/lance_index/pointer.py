"""What is kept of an index beside the tables: which of LanceDB's it is, and what was measured of it."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.archive.neighbours.built import BuiltIndex, Recall
from picdesk.errors import ArchiveDamaged
from picdesk.photos.whole_file import write_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.archive.store import Store
    from picdesk.objects import Place

FORMAT = 1
BEGINNING, ENDING = "lance-", ".json"


@dataclass(frozen=True, slots=True, kw_only=True)
class LanceIndex(BuiltIndex):
    """What is known of an index of LanceDB's.

    Attributes:
        name: that LanceDB has it under, another one each time it is built: what was measured is of no other.
        size: bytes, when it was built.
        silent: photos without a vector, when it was built.
    """

    name: str
    size: int
    silent: int

    @property
    def bytes(self) -> int:
        """When it was built."""
        return self.size


def pointer_of(store: Store, column: str) -> Place:
    """The file that says which index a column has."""
    return store.folder / f"{BEGINNING}{column}{ENDING}"


def read_pointer(store: Store, column: str) -> LanceIndex | None:
    """What is known of a column's index; ``None`` where it has none.

    Raises:
        ArchiveDamaged: the file makes no sense.
        StorageUnavailable: the store does not answer.
    """
    path = pointer_of(store, column)
    try:
        said = json.loads(path.read_bytes())
        if (version := said.pop("format")) != FORMAT:
            raise damaged(path, f"it has format {version}, this Picdesk knows {FORMAT}")
        return LanceIndex(**said | {"recall": tuple(Recall(**row) for row in said["recall"])})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise damaged(path, f"{type(error).__name__}: {error}") from None


def write_pointer(store: Store, index: LanceIndex) -> None:
    """Make this the index of its column."""
    said = json.dumps({"format": FORMAT, **asdict(index)}, indent=1)
    write_whole(pointer_of(store, index.column), said.encode())


def read_queries(store: Store, column: str) -> NDArray[np.float32] | None:
    """The queries ``(m, d)`` that the index of a column was measured on; ``None`` where they are not there.

    Raises:
        StorageUnavailable: the store does not answer.
    """
    try:
        return np.asarray(np.load(io.BytesIO(_queries_of(store, column).read_bytes()), allow_pickle=False))
    except (OSError, ValueError):
        return None


def write_queries(store: Store, column: str, queries: NDArray[np.float32]) -> None:
    """Keep them, for the next time it is measured."""
    held = io.BytesIO()
    np.save(held, queries)
    write_whole(_queries_of(store, column), held.getvalue())


def pointed_columns(store: Store) -> list[str]:
    """Columns that have such a file."""
    names = [place.name for place in store.folder.iterdir()]
    return sorted(
        name.removeprefix(BEGINNING).removesuffix(ENDING)
        for name in names
        if name.startswith(BEGINNING) and name.endswith(ENDING)
    )


def config_of(store: Store, name: str) -> Any | None:
    """What LanceDB says of an index of the table of photos as it is now; ``None`` where it has none of that name."""
    return next((index for index in store.photos.list_indices() if index.name == name), None)


def damaged(path: Place, what: str) -> ArchiveDamaged:
    """What is said of an index that is not what was built."""
    return ArchiveDamaged(
        f"the neighbour index {path} cannot be used: {what}",
        "Photos are compared one by one until it is built again: picdesk index ARCHIVE",
    )


def _queries_of(store: Store, column: str) -> Place:
    return store.folder / f"{BEGINNING}{column}.npy"
