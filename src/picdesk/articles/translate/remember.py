"""What a model said is kept on disk, so that no sentence is translated twice.

One SQLite file in the user's cache, with a table of keys and answers. It is never the truth: a file that is damaged is
set aside, one that cannot be written is done without, and several processes may use it at once.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, TypeVar

from picdesk.encoders.cache import writable_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

Answer = TypeVar("Answer")

_MOST = 2_000_000
"""Answers that are kept; past that the oldest tenth goes. About 0.5 GB of sentences."""
_PATIENCE = 10.0  # seconds to wait for another process
_AT_ONCE = 500  # keys a question: SQLite allows some thousand
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}


class Memory:
    """Answers of models by key.

    Args:
        path: the file; ``None`` remembers nothing.
        most: answers that are kept.
    """

    def __init__(self, path: Path | None, *, most: int = _MOST) -> None:
        self._path = path
        self._most = most

    def recall(self, keys: Iterable[bytes]) -> dict[bytes, str]:
        """The answers that are known, of those asked for."""
        wanted = list(dict.fromkeys(keys))

        def read(connection: sqlite3.Connection) -> dict[bytes, str]:
            known: dict[bytes, str] = {}
            for start in range(0, len(wanted), _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                known |= connection.execute(f"SELECT key, answer FROM answers WHERE key IN ({marks})", some).fetchall()  # noqa: S608
            return known

        return self._do(read, {}) if wanted else {}

    def keep(self, answers: Mapping[bytes, str]) -> None:
        """Remember answers; what is known already is replaced."""

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany("INSERT OR REPLACE INTO answers (key, answer) VALUES (?, ?)", list(answers.items()))
            first, last = connection.execute("SELECT min(number), max(number) FROM answers").fetchone()
            if last - first >= self._most:
                connection.execute("DELETE FROM answers WHERE number <= ?", (last - self._most * 9 // 10,))

        if answers:
            self._do(write, None)

    def _do(self, work: Callable[[sqlite3.Connection], Answer], otherwise: Answer) -> Answer:
        """Work in one transaction; a second time on a fresh file where the first was damaged."""
        if self._path is None:
            return otherwise
        for _ in range(2):
            try:
                with closing(sqlite3.connect(self._path, timeout=_PATIENCE)) as connection, connection:
                    connection.execute(
                        "CREATE TABLE IF NOT EXISTS answers "
                        "(number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, answer TEXT NOT NULL)"
                    )
                    return work(connection)
            except sqlite3.DatabaseError as error:
                # A cache that is locked, full or read-only is done without; only damage is a reason to start anew.
                if (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF not in _DAMAGED:
                    return otherwise
                _set_aside(self._path)
        return otherwise


def open_memory(*, wanted: bool = True) -> Memory:
    """The user's memory of sentences; one that remembers nothing where it is not wanted or the cache not writable."""
    folder = writable_cache("sentences") if wanted else None
    return Memory(folder / "answers.sqlite" if folder else None)


def _set_aside(path: Path) -> None:
    from filelock import FileLock, Timeout

    with suppress(OSError, Timeout), FileLock(path.with_name(path.name + ".lock"), timeout=_PATIENCE):
        if _is_damaged(path):  # else another process was here first
            path.replace(path.with_name(path.name + ".damaged"))
            path.with_name(path.name + "-journal").unlink(missing_ok=True)


def _is_damaged(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path, timeout=_PATIENCE)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
    except sqlite3.DatabaseError as error:
        return (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF in _DAMAGED
