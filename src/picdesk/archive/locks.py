"""Who may change an archive: one process adds at a time, and taking out waits only for compacting.

Readers take no lock at all; they see the last commit.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from picdesk.errors import ArchiveBusy, ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_SECONDS = 0.5


@contextmanager
def adding(folder: Path) -> Iterator[None]:
    """Be the only process that adds to (or compacts) the archive in ``folder``.

    Raises:
        ArchiveBusy: another process holds it.
    """
    with _held(folder / ".adding.lock", WAIT_SECONDS, f"{folder} is being written to by another process"):
        yield


@contextmanager
def removing(folder: Path) -> Iterator[None]:
    """Be the only process that takes photos out of (or compacts) the archive in ``folder``.

    Raises:
        ArchiveBusy: another process has held it for a minute.
    """
    with _held(folder / ".removing.lock", 60.0, f"{folder} has been compacted by another process for a minute"):
        yield


@contextmanager
def _held(path: Path, seconds: float, busy: str) -> Iterator[None]:
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
