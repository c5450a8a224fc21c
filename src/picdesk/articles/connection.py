"""A web connection that goes to a given address, and ends at a given moment."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
from typing import TYPE_CHECKING, Any

from picdesk.articles.addresses import left

if TYPE_CHECKING:
    from collections.abc import Sequence


class PinnedConnection(http.client.HTTPConnection):
    """HTTP/1.1, over TLS for ``https``, to addresses that were checked before; the name is not resolved again.

    The certificate is verified against the host's name. Socket timeouts alone would not do: a server that sends a byte
    a second never runs into one, so each wait is given only what is left until the deadline.

    Args:
        host: the name that the server is asked for.
        port: the port.
        addresses: where to connect to, tried in order.
        scheme: ``http`` or ``https``.
        deadline: of `time.monotonic`.
        context: how certificates are verified; ``None`` for the system's own way.
    """

    def __init__(
        self,
        host: str,
        port: int,
        addresses: Sequence[str],
        scheme: str,
        deadline: float,
        context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(host, port)
        if scheme == "https":
            self.default_port = 443  # or the Host header would name it
        self._context = (context or ssl.create_default_context()) if scheme == "https" else None
        self._addresses = addresses
        self._deadline = deadline

    def connect(self) -> None:
        """Connect to the first address that answers.

        Raises:
            OSError: none does, or its certificate is not good; `TimeoutError` where the deadline passes.
        """
        plain = self._reach()
        try:
            plain.settimeout(left(self._deadline))
            sock = self._context.wrap_socket(plain, server_hostname=self.host) if self._context else plain
        except BaseException:
            plain.close()
            raise
        self.sock: Any = _TimedSocket(sock, self._deadline)

    def _reach(self) -> socket.socket:
        for tried, address in enumerate(self._addresses):
            share = left(self._deadline) / (len(self._addresses) - tried)
            try:
                return socket.create_connection((address, self.port), timeout=share)
            except OSError:
                if tried == len(self._addresses) - 1:
                    raise
        raise OSError("no address to connect to")


class _TimedSocket:
    """As much of a socket as `http.client` uses, every wait cut at the deadline."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(left(self._deadline))
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        if mode != "rb":
            raise ValueError(f"a response is read, not opened as {mode!r}")
        return io.BufferedReader(_TimedReads(self._sock, self._deadline))

    def close(self) -> None:
        self._sock.close()


class _TimedReads(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self._raw = sock.makefile("rb", buffering=0)  # keeps the socket open for the body when the connection closes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(left(self._deadline))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
