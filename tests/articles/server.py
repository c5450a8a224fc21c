"""A web server of raw answers on 127.0.0.1, for everything that a well-behaved server library would not send."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping
    from typing import Self

    Answer = bytes | Callable[[], Iterator[bytes]]


def page(body: bytes, *, status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer; header names are given with ``_`` for ``-``."""
    fields = {"Content-Type": "text/html", "Content-Length": str(len(body))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


class Server:
    """Answers each path with its bytes; ``requests`` holds what was asked."""

    def __init__(self, answers: Mapping[str, Answer], context: ssl.SSLContext | None = None) -> None:
        self.answers = dict(answers)
        self.requests: list[str] = []
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http{'s' if self._context else ''}://{host}:{self.port}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        with socket.create_connection(("127.0.0.1", self.port)):
            pass
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._closing.is_set():
            peer, _ = self._socket.accept()
            with peer, contextlib.suppress(OSError):
                peer.settimeout(30)
                if self._context:
                    with self._context.wrap_socket(peer, server_side=True) as secure:
                        self._answer(secure)
                else:
                    self._answer(peer)

    def _answer(self, peer: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            block = peer.recv(4096)
            if not block:
                return
            request += block
        self.requests.append(request.decode("latin-1"))
        answer = self.answers.get(request.split()[1].decode("latin-1"), page(b"no", status="404 Not Found"))
        for block in [answer] if isinstance(answer, bytes) else answer():
            if self._closing.is_set():
                return
            peer.sendall(block)
