"""What a neighbour index is, wherever it is kept: all that a search, `info`, `verify` and `compact` ask of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from picdesk.archive.neighbours.built import BuiltIndex
    from picdesk.archive.schema import StoredEncoder

    Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """The nearest photos of a query.

    Attributes:
        scores: photo id -> cosine, best first; equal ones in no promised order.
        exact: whether every photo that the filter leaves was compared.
        addresses: photo id -> where its row is.
    """

    scores: dict[str, float]
    exact: bool
    addresses: dict[str, int]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the building of an index is: what it does, photos done, photos in all where that is known."""

    doing: str
    done: int
    of: int | None = None


class NeighbourIndex(Protocol):
    """The index of one vector column, open: what it answers is of the archive as it is now."""

    @property
    def entry(self) -> StoredEncoder:
        """The encoder whose column it is."""

    @property
    def built(self) -> BuiltIndex:
        """What is known of it."""

    @property
    def is_exact(self) -> bool:
        """Whether it compares every photo."""

    @property
    def spares_memory(self) -> bool:
        """Whether a process that searches often need not keep vectors in memory, where they would fit."""

    @property
    def knows_places(self) -> bool:
        """Whether `ids_at` has anything to say."""

    def refresh(self, version: int) -> bool:
        """Look at the archive, if it is not at this version any more; whether the index can be used."""

    def remarks(self) -> tuple[str, ...]:
        """What the reader of an answer should know of it: that it is not used, or outgrown."""

    def nearest(self, query: Floats, depth: int, where: str | None = None, *, exact: bool = False) -> Found:
        """The ``depth`` photos nearest to a unit vector ``(d,)`` of those that a filter leaves.

        Photos newer than the index are compared one by one, removed ones are never shown. Where a filter leaves few,
        or ``exact`` is said, all are compared.

        Raises:
            FilterError: the filter makes no sense.
        """

    def lacking(self, where: str | None = None) -> int:
        """How many photos of those that a filter leaves have no vector."""

    def below(self, bound: str) -> Floats:
        """Unit rows ``(m, d)`` of the photos whose id is below a bound: a random sample, for ids are hashes."""

    def ids_at(self, addresses: Sequence[int]) -> list[str | None]:
        """The photo at each address; ``None`` where it is not known."""


class KeptIndexes(Protocol):
    """The neighbour indexes of an archive, where they are kept; one a vector column."""

    @property
    def memory(self) -> int | None:
        """Bytes that all may take where nothing else is said; ``None`` where none may be said."""

    @property
    def least(self) -> int:
        """Vectors from which a column gets an index."""

    def columns(self) -> list[str]:
        """Columns that have an index, readable or not."""

    def built(self, column: str) -> BuiltIndex | None:
        """The index of a column; ``None`` where there is none.

        Raises:
            ArchiveDamaged: what is said of it cannot be read.
        """

    def stamp(self, column: str) -> Hashable:
        """Another one each time the index of a column is built; ``None`` where there is none."""

    def open(self, entry: StoredEncoder) -> NeighbourIndex | None:
        """Open the index of a column; ``None`` where it has none.

        Raises:
            ArchiveDamaged: it is not what was built.
        """

    def build(
        self,
        entry: StoredEncoder,
        *,
        memory: int | None = None,
        kind: str | None = None,
        queries: Floats | None = None,
        asked: str = "",
        seed: int = 0,
        device: str | None = None,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> BuiltIndex:
        """Build the index of a vector column, measure it, and put it in the place of the one that was there.

        Args:
            entry: the encoder whose column it is.
            memory: bytes that it may take, while it is built and when it is open.
            kind: of index; without it the best one.
            queries: ``(m, d)`` unit rows, such as of articles' texts; without them, vectors of photos with noise.
            asked: what the queries are, in words.
            seed: draws samples, and queries where none are given.
            device: where it is made: ``cpu``, ``cuda``, ``cuda:N``; ``None`` for a card where there is one.
            progress: called now and then.

        Raises:
            ArchiveBusy: another process is building.
            ArchiveError: it cannot be written.
            InputError: no such kind or device, too few vectors, or too little memory.
            MissingError: there is no such card here.
        """

    def problems(self) -> Iterator[tuple[str, str]]:
        """The file or column, and what is wrong with it; nothing where every index holds what it promises."""

    def settle(self) -> None:
        """After rows moved or columns left: write down what is now, and drop what belongs to nothing any more."""

    def renew(self) -> None:
        """Build those again that additions have left in many parts; the caller holds no lock.

        Raises:
            ArchiveBusy: another process is building or adding.
        """
