"""A log beside the photos: rows are only ever appended, by any number of processes, and nothing is changed afterwards.

Each log is a LanceDB table of its own, made when the first row is written; an archive without one has an empty log.
"""

from __future__ import annotations

import datetime as dt
import uuid
from bisect import bisect_left
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from picdesk.archive.durable import DurableFolder, durable
from picdesk.archive.tables import failure_of
from picdesk.errors import ArchiveBusy, ArchiveDamaged
from picdesk.photos.locate import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

    from picdesk.objects import Place

TIDY_EVERY = 100
"""Commits after which small files are joined, so that a log of many years is read in a moment."""

TRIES = 20

OVERLAP = dt.timedelta(minutes=10)
"""How far the clocks of those who write may differ; rows from further back make the log be read anew."""


class Log:
    """One log of an archive. Reads see the last commit of any process.

    Args:
        folder: the archive's.
        name: of the table.
        schema: of its rows; ``id`` and ``when`` are among them.
    """

    def __init__(self, folder: Place, name: str, schema: pa.Schema) -> None:
        self.folder = folder
        self.name = name
        self.schema = schema
        self._read: tuple[int, list[dict[str, Any]]] = (-1, [])
        self._seen = False

    @property
    def exists(self) -> bool:
        """Whether a row was ever written."""
        from picdesk.archive.store import has_table

        self._seen = self._seen or has_table(self.folder, self.name)
        return self._seen

    @property
    def version(self) -> int:
        """Rises with every commit; 0 before the first."""
        return int(self._table.version) if self.exists else 0

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """Every row, oldest first; those of one moment by their ids. They are kept until the next commit.

        Raises:
            ArchiveDamaged: the table cannot be read.
            StorageUnavailable: the archive's object store does not answer.
        """
        try:
            if (version := self.version) != self._read[0]:
                self._read = version, self._grown(self._read[1]) if version else []
        except (RuntimeError, ValueError, OSError) as error:
            if failure := failure_of(self.folder, error):
                raise failure from None
            raise ArchiveDamaged(
                f"the table of {self.name} in {self.folder} cannot be read: {one_line(error)[:300]}",
                f"Restore {self.name}.lance from a copy, or take it away: photos and searches do not need it.",
            ) from error
        return self._read[1]

    def append(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows: one commit, seen whole or not at all, and on disk when this returns.

        Raises:
            ArchiveBusy: others wrote so much at once that there was no room for this; nothing was written.
        """
        import pyarrow as pa

        table = pa.Table.from_pylist([dict(row) for row in rows], schema=self.schema)
        self._again(lambda: self._made().add(table))
        if self._table.version % TIDY_EVERY == 0:
            self.tidy()
        self._disk.sync()

    def tidy(self) -> None:
        """Join small files and drop versions that nobody reads any more; nothing where there is no log."""
        from picdesk.archive.store import KEEP_VERSIONS

        if self.exists:
            self._again(lambda: self._table.optimize(cleanup_older_than=KEEP_VERSIONS))

    # -- inside -------------------------------------------------------------------------------------------------

    def _grown(self, known: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows that are there now. Of a long log only the late ones are read, where these are all that is new."""
        key = itemgetter("when", "id")
        if known:
            since = known[-1]["when"] - OVERLAP
            late = self._table.search().where(f"`when` >= timestamp '{since:%Y-%m-%d %H:%M:%S}'").to_arrow().to_pylist()
            rows = [*known[: bisect_left(known, since.replace(microsecond=0), key=itemgetter("when"))], *late]
            if len(rows) == self._table.count_rows():
                return sorted(rows, key=key)
        return sorted(self._table.search().to_arrow().to_pylist(), key=key)

    @cached_property
    def _disk(self) -> DurableFolder:
        return durable(self.folder / f"{self.name}.lance")

    @cached_property
    def _table(self) -> Any:
        from picdesk.archive.store import connect

        return connect(self.folder).open_table(self.name)

    def _made(self) -> Any:
        if not self.exists:
            from picdesk.archive.locks import writing_logs
            from picdesk.archive.store import create_table

            with writing_logs(self.folder):
                if not self.exists:
                    create_table(self.folder, self.name, self.schema)
        return self._table

    def _again(self, write: Callable[[], Any]) -> None:
        """Write, again where another process committed in between."""
        import random
        import time

        for left in range(TRIES - 1, -1, -1):
            try:
                write()
                return
            except Exception as error:
                # LanceDB has no exception of its own for a lost race; the words are Lance's.
                if not any(word in str(error).lower() for word in ("conflict", "too many concurrent", "contention")):
                    raise
                if not left:
                    raise ArchiveBusy(
                        f"the {self.name} of {self.folder} are being written by others", "Try again in a moment."
                    ) from error
                time.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - who waits how long decides nothing but a race
                self._table.checkout_latest()


def new_id() -> str:
    """An id for a row, unlike that of any other process."""
    return uuid.uuid4().hex
