"""The process that takes pages apart: it reads requests from stdin, writes answers to stdout, and can be killed.

It never outlives its use: it ends when whoever asked has gone (stdin closes), after some minutes without a request, and
in the middle of a page, by the kernel's hand, shortly after the time for that page is over.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from picdesk.articles.extract import extract
from picdesk.articles.markup import plain_text
from picdesk.articles.worker_messages import receive, send
from picdesk.errors import ArticleError

if TYPE_CHECKING:
    from typing import BinaryIO

_IDLE = 300.0
_GRACE = 1.0  # seconds: the one who asked stops it first, and says so
_MEMORY = 4 * 1024**3


def main() -> None:
    """Answer requests until there are no more."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints must not get between the answers
    _limit_memory()
    import trafilatura  # noqa: F401  # before the first page, whose time it would take

    send(replies, {"ready": True})
    requests = os.fdopen(os.dup(0), "rb", buffering=0)
    while _waits(requests):
        received = receive(requests)
        if received is None:
            return
        request, data = received
        _alarm(request["seconds"] + _GRACE)
        answer = answer_to(request, data)
        _alarm(0)
        send(replies, answer)


def answer_to(request: dict[str, Any], data: bytes) -> dict[str, Any]:
    """What to answer: ``article``, ``text``, or ``error`` with ``hint``."""
    try:
        if request["job"] == "text":
            return {"text": plain_text(data.decode("utf-8", "surrogatepass"))}
        article = extract(data, url=request["url"], charset=request["charset"], id=request["id"])
    except ArticleError as error:
        return {"error": error.message, "hint": error.hint}
    except (MemoryError, RecursionError) as error:
        return {"error": f"the page cannot be taken apart: {type(error).__name__}", "hint": ""}
    return {"article": asdict(article)}


def _waits(requests: BinaryIO) -> bool:
    """Whether a request came in time."""
    if sys.platform == "win32":  # no select on pipes there; the process ends with the one who asks
        return True
    return bool(select.select([requests], [], [], _IDLE)[0])


def _alarm(seconds: float) -> None:
    """Have the kernel end this process, whatever it is busy with; it needs no help of the interpreter's."""
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if sys.platform != "darwin":  # which refuses to lower it
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY if hard < 0 else min(_MEMORY, hard), hard))


if __name__ == "__main__":
    main()
