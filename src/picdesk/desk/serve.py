"""The web server in which a desk runs: uvicorn, with a limit on how long a request's head may take."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import sys
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from picdesk.errors import InputError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from picdesk.desk.settings import DeskSettings

CONNECTIONS = 1000
"""Open at the same time; one more is told to come back."""
BACKLOG = 2048
"""Connections that wait to be taken."""
KEPT = 30
"""Seconds that a connection stays open without a request."""
HEAD = 32 * 1024
"""Bytes of a request's head."""


def server_of(app: FastAPI, settings: DeskSettings) -> uvicorn.Server:
    """A server that is yet to be run, on one event loop and in one process.

    Searching is done in threads that leave Python while they multiply and read, so that more processes on one machine
    would only hold the archive's vectors once each. What they must share is not in here (`picdesk.desk.state`).
    """

    class Patient(_LimitedHead):
        head_seconds = settings.limits.head_seconds

        def is_closing(self) -> bool:
            return server.should_exit

    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            http=Patient,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=settings.secure,
            forwarded_allow_ips="127.0.0.1,::1",
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=KEPT,
            timeout_graceful_shutdown=10,
            h11_max_incomplete_event_size=HEAD,
        )
    )
    return server


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections from now on.

    Raises:
        InputError: the port is taken, or the address is none of this machine.
    """
    try:
        family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # By its full name: of a socket without a protocol asyncio does not know that it is TCP and leaves Nagle's
        # algorithm on, which holds every answer back for 40 ms.
        listening = socket.socket(family, kind, socket.IPPROTO_TCP)
        try:
            if os.name == "posix":
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.bind(where)
            listening.listen(BACKLOG)
        except OSError:
            listening.close()
            raise
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"the desk cannot be opened at {host}, port {port}: {reason}", "Choose another --port; 0 takes a free one."
        ) from None
    return listening


def address_of(host: str, listening: socket.socket) -> str:
    """What people type into their browser."""
    port = listening.getsockname()[1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


def settle() -> None:
    """Make Python fit for many threads that each ask the database ten times a search.

    What is open by now stays: without that word the collector looks through all of it again and again while people
    wait. And a thread that wants to go on, such as the database's own, waits 1 ms for its turn instead of 5.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(0.001)


def log_to_stderr(*, quiet: bool) -> None:
    """Write what happens to stderr: every request, or mistakes alone."""
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True)
    logging.getLogger("picdesk.desk").setLevel(logging.WARNING if quiet else logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.ERROR if quiet else logging.WARNING)


class _LimitedHead(H11Protocol):
    """Closes a connection whose request's head drips in (slowloris), and one that comes when all are closed."""

    head_seconds = 15.0
    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_head()
        if self.is_closing():
            # It was taken while the others were being closed: nobody would close it any more.
            transport.close()

    def is_closing(self) -> bool:
        """Whether the server takes nothing more."""
        return False

    def data_received(self, data: bytes) -> None:
        requests = self.cycle
        super().data_received(data)
        if self.cycle is not requests:
            self._stop_waiting()
        elif self._head is None and (self.cycle is None or self.cycle.response_complete):
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._head = self.loop.call_later(self.head_seconds, self._close)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _close(self, *_: Any) -> None:
        if not self.transport.is_closing():
            self.transport.close()
