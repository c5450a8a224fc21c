"""The file that fetched articles are written to, line by line, so that a second run goes on where the first stopped.

A line is a JSON object: an article, with the fields of `picdesk.records.Article`; or an article that could not be had:
its ``id``, its ``url``, ``failed`` with the reason, and ``transient``, whether a later try may go better. A line is on
the disk before the next is begun; one that a kill or a full disk tore is taken away when the file is opened again.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, Any

from picdesk.articles.tables import FAILED
from picdesk.errors import ArticleError, MissingError
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from picdesk.records import Article

_HINT = "Give another name after -o."


@dataclass(frozen=True, slots=True)
class Entry:
    """What a line is about.

    Attributes:
        id: of the article.
        asked: the address that the list gave.
        failed: why it could not be had; empty for an article.
    """

    id: str
    asked: str
    failed: str


class Journal:
    """An open file of fetched articles.

    Attributes:
        entries: what was in it when it was opened.
    """

    def __init__(self, file: IO[bytes], entries: tuple[Entry, ...]) -> None:
        self._file = file
        self.entries = entries

    def add(self, article: Article, asked: str) -> None:
        """Write an article; it is on the disk when this returns.

        Args:
            article: what was fetched.
            asked: the address that the list gave, which redirects may have left.
        """
        self._write(asdict(article) | {"asked": asked})

    def add_failure(self, id: str, asked: str, reason: str, *, transient: bool) -> None:
        """Write that an article could not be had."""
        self._write({"id": id, "url": asked, FAILED: reason, "transient": transient, "asked": asked})

    def _write(self, document: dict[str, Any]) -> None:
        self._file.write(json.dumps(document, ensure_ascii=False, default=str).encode("utf-8", "replace") + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


@contextmanager
def open_journal(path: Path, *, forget_failures: bool = False) -> Iterator[Journal]:
    """Open a file of fetched articles, or begin one; no other process may write to it meanwhile.

    Args:
        path: the file.
        forget_failures: take the lines of articles that could not be had out of it.

    Raises:
        ArticleError: it cannot be written, or holds something else.
        MissingError: another process is writing to it.
    """
    import filelock

    shown = printable(str(path))
    lock = filelock.FileLock(path.with_name(f".{path.name}.lock"), timeout=0)
    try:
        with lock:
            entries = _repaired(path)
            if forget_failures and any(entry.failed for entry in entries):
                _without_failures(path)
                entries = [entry for entry in entries if not entry.failed]
            with path.open("ab") as file:
                _sync_folder(path)
                yield Journal(file, tuple(entries))
    except filelock.Timeout:
        raise MissingError(f"another run is writing to {shown}", "Wait until it is done.") from None
    except OSError as error:
        raise ArticleError(f"{shown} cannot be written: {error.strerror or error}", _HINT) from error


def _repaired(path: Path) -> list[Entry]:
    """What the file holds, after a torn last line was taken away."""
    entries: list[Entry] = []
    if not path.exists():
        return entries
    whole = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                break
            whole += len(line)
            if line.strip():
                entries.append(_entry(line, number, path))
    if whole < path.stat().st_size:
        if not entries and not path.read_bytes().lstrip().startswith(b"{"):
            raise _something_else(path, 1)
        os.truncate(path, whole)
    return entries


def _entry(line: bytes, number: int, path: Path) -> Entry:
    try:
        document = json.loads(line)
        asked = document.get("asked", document.get("url"))
        if not isinstance(asked, str) or not (document.get(FAILED) or isinstance(document.get("headline"), str)):
            raise ValueError("no article and no failure")
        return Entry(id=str(document.get("id", "")), asked=asked, failed=str(document.get(FAILED) or ""))
    except (ValueError, AttributeError, RecursionError):
        raise _something_else(path, number) from None


def _something_else(path: Path, number: int) -> ArticleError:
    shown = printable(str(path))
    return ArticleError(f"line {number} of {shown} is no fetched article, so nothing is written to it", _HINT)


def _without_failures(path: Path) -> None:
    """Write the file again without its failures, and put it in the old one's place in one step."""
    new = path.with_name(f".{path.name}.new")
    with path.open("rb") as lines, new.open("wb") as file:
        file.writelines(line for line in lines if not json.loads(line).get(FAILED))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _sync_folder(path: Path) -> None:
    """Have the file's name on the disk too; Windows cannot, and need not, be asked for that."""
    if os.name == "nt":
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
