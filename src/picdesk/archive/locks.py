"""Who may change an archive: one process adds at a time, and taking out waits only for compacting.

Readers take no lock at all; they see the last commit.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from picdesk.archive.lease import Lease
from picdesk.errors import ArchiveBusy, ArchiveError
from picdesk.objects import ObjectPath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from picdesk.objects import Place

WAIT_SECONDS = 0.5


@contextmanager
def adding(folder: Place) -> Iterator[Callable[[], None]]:
    """Be the only process that adds to (or compacts) the archive in ``folder``.

    Yields:
        What makes sure, before a commit, that this is still so.

    Raises:
        ArchiveBusy: another process holds it.
    """
    with _held(folder, ".adding.lock", WAIT_SECONDS, f"{folder} is being written to by another process") as still:
        yield still


@contextmanager
def removing(folder: Place) -> Iterator[Callable[[], None]]:
    """Be the only process that takes photos out of (or compacts) the archive in ``folder``.

    Yields:
        What makes sure, before a commit, that this is still so.

    Raises:
        ArchiveBusy: another process has held it for a minute.
    """
    with _held(folder, ".removing.lock", 60.0, f"{folder} has been compacted by another process for a minute") as still:
        yield still


@contextmanager
def writing_logs(folder: Place) -> Iterator[Callable[[], None]]:
    """Be the only process that makes a log in the archive in ``folder``; rows are appended without a lock.

    Raises:
        ArchiveBusy: another process has held it for a minute.
    """
    busy = f"the logs of {folder} have been held by another process for a minute"
    with _held(folder, ".logs.lock", 60.0, busy) as still:
        yield still


@contextmanager
def keeping_queries(folder: Place) -> Iterator[Callable[[], None]]:
    """Be the only process that writes to the archive's banks of past queries.

    Raises:
        ArchiveBusy: another process has been writing to them for a minute.
    """
    busy = f"the past queries of {folder} are being written to by another process"
    with _held(folder, ".queries.lock", 60.0, busy) as still:
        yield still


@contextmanager
def indexing(folder: Place) -> Iterator[Callable[[], None]]:
    """Be the only process that builds or sweeps the neighbour indexes in ``folder``.

    Raises:
        ArchiveBusy: another process holds it.
    """
    busy = f"{folder}: another process is building an index"
    with _held(folder, ".indexing.lock", WAIT_SECONDS, busy) as still:
        yield still


@contextmanager
def _held(folder: Place, name: str, seconds: float, busy: str) -> Iterator[Callable[[], None]]:
    if isinstance(folder, ObjectPath):
        lease = Lease(folder / name)
        lease.take(seconds)
        try:
            yield lease.check
        finally:
            lease.release()
    else:
        with _locked(folder / name, seconds, busy):
            yield _always


@contextmanager
def _locked(path: Path, seconds: float, busy: str) -> Iterator[None]:
    from filelock import FileLock, Timeout

    try:
        # The operating system lets go of the lock when its process dies, however it dies.
        lock = FileLock(path, timeout=seconds)
        lock.acquire()
    except Timeout:
        raise ArchiveBusy(busy, "Wait until it has finished, or stop it; nothing was changed.") from None
    except OSError as error:
        raise ArchiveError(f"cannot write to {path.parent}: {error.strerror or error}") from None
    try:
        yield
    finally:
        lock.release()


def _always() -> None:
    """The operating system's lock is held as long as the process lives."""
