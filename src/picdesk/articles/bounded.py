"""Taking a page apart in a process that can be killed: some pages hold a parser for minutes, and no thread can stop it.

A worker costs a quarter of a second to start, mostly for loading trafilatura, which this process would have to load
itself; it is kept for the next page. There are never more of them than processors.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import sys
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

from picdesk.articles.worker_messages import receive, send
from picdesk.errors import ArticleError, MissingError
from picdesk.records import Article

if TYPE_CHECKING:
    from typing import IO

SECONDS = 20.0
"""For one page; real ones take hundredths of a second."""

HINT = "Open the page in a browser and save it, or give the story's text."
_CODE = "from picdesk.articles.worker import main; main()"


def extract_bounded(
    data: bytes, *, url: str | None = None, charset: str = "", id: str = "", seconds: float = SECONDS
) -> Article:
    """`picdesk.articles.extract.extract`, stopped when it takes too long.

    Safe in threads; the time that a page waits for a free worker does not count.

    Raises:
        ArticleError: as there; or it took longer than ``seconds``, or more memory than there is.
    """
    answer = _workers().ask({"job": "page", "url": url, "charset": charset, "id": id}, data, seconds)
    return article_of(answer["article"])


def text_of_markup(markup: str, *, seconds: float = SECONDS) -> str:
    """`picdesk.articles.markup.plain_text`, stopped when it takes too long.

    Raises:
        ArticleError: it took longer than ``seconds``.
    """
    text: str = _workers().ask({"job": "text"}, markup.encode("utf-8", "surrogatepass"), seconds)["text"]
    return text


class Workers:
    """Processes that take pages apart, started when needed and kept.

    Args:
        most: how many at a time.
    """

    def __init__(self, most: int) -> None:
        self._slots = threading.BoundedSemaphore(most)
        self._idle: list[_Worker] = []  # append and pop are atomic

    def ask(self, request: dict[str, Any], data: bytes, seconds: float) -> dict[str, Any]:
        """A worker's answer.

        Raises:
            ArticleError: the page's own fault.
            MissingError: no process can be started.
        """
        with self._slots:
            while True:
                fresh = not self._idle
                worker = _Worker() if fresh else self._idle.pop()
                answer = worker.ask(request, data, seconds)
                if answer is not None:
                    self._idle.append(worker)
                    break
                worker.end()
                if worker.late:
                    raise ArticleError(f"the page took longer than {seconds:g} seconds to take apart", HINT)
                if fresh:
                    raise ArticleError("the page cannot be taken apart: the parser ended on it", HINT)
                # A kept worker may have ended between two pages: idle for long, or killed by the system.
        if "error" in answer:
            raise ArticleError(answer["error"], answer["hint"] or HINT)
        return answer

    def close(self) -> None:
        """End the idle ones."""
        while self._idle:
            self._idle.pop().end()


class _Worker:
    def __init__(self) -> None:
        self.late = False
        # Its own session: Ctrl-C is for the one who asks. Modules are found where this process finds them, and never
        # in the current folder, which may hold anything (-P).
        paths = os.pathsep.join(path for path in sys.path if path)
        try:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-c", _CODE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": paths},
                start_new_session=True,
            )
        except OSError as error:
            raise MissingError(
                f"no process can be started to take pages apart: {error.strerror or error}",
                "Python must be able to start itself.",
            ) from error
        self._started = False

    def ask(self, request: dict[str, Any], data: bytes, seconds: float) -> dict[str, Any] | None:
        """The answer; ``None`` where the process ended without one."""
        stdin, stdout = self._pipes()
        timer = threading.Timer(seconds, self._stop)
        timer.daemon = True
        try:
            if not self._started:  # the interpreter's own start is no page's time
                if receive(stdout) is None:
                    return None
                self._started = True
            timer.start()
            send(stdin, request | {"seconds": seconds}, data)
            received = receive(stdout)
        except OSError:
            return None
        except BaseException:  # Ctrl-C while waiting: its answer would be taken for that to the next page
            self.end()
            raise
        finally:
            timer.cancel()
        return received[0] if received and not self.late else None

    def end(self) -> None:
        """Kill it, and leave nothing of it."""
        self._process.kill()
        for pipe in self._pipes():
            with contextlib.suppress(OSError):  # what was not written to one that has gone
                pipe.close()
        self._process.wait()

    def _stop(self) -> None:
        self.late = True
        self._process.kill()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("a worker without pipes")
        return stdin, stdout


def article_of(document: dict[str, Any]) -> Article:
    """An article from its JSON document."""
    import datetime as dt

    published = document.get("published")
    return Article(
        **{
            **document,
            "published": dt.date.fromisoformat(published) if published else None,
            "tags": tuple(document["tags"]),
        }
    )


@cache
def _workers() -> Workers:
    """This process's workers: one set for all callers, or each would start its own."""
    workers = Workers(os.cpu_count() or 1)
    atexit.register(workers.close)
    return workers


if hasattr(os, "register_at_fork"):
    # A forked child must not talk through its parent's pipes.
    os.register_at_fork(after_in_child=_workers.cache_clear)
