"""A local S3 server (moto) in a process of its own, and a proxy before it that breaks what it is told to break."""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "never-to-be-shown-7f3a"  # noqa: S105 - of a made-up server
KEY = "AKIANEVERSHOWN"

_SERVE = """
import sys, threading
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


def environment(port: int, patience: float = 3.0) -> dict[str, str]:
    """What a process needs to use the server at a port."""
    return {
        "AWS_ENDPOINT": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PICDESK_STORE_PATIENCE": str(patience),
        "NO_PROXY": "127.0.0.1",
    }


@contextmanager
def s3_server() -> Iterator[int]:
    """Its port, for as long as the context is open."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        yield int(next(line for line in process.stdout if line.strip().isdigit()))
    finally:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()


@dataclass(frozen=True)
class Asked:
    """A request as the proxy sees it; ``number`` counts from 0."""

    number: int
    method: str
    path: str


@dataclass(frozen=True)
class Fault:
    """What happens to a request.

    Attributes:
        slow: seconds before it is passed on.
        status: answered in the server's stead.
        cut: ``before`` it is passed on; ``after``, so that it was done and nobody hears of it; ``within`` the answer.
    """

    slow: float = 0.0
    status: int = 0
    cut: str = ""


@dataclass
class Proxy:
    """The proxy's port, its plan, and every request it saw."""

    plan: Callable[[Asked], Fault | None] = lambda _: None
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    def next_number(self, method: str, path: str) -> Asked:
        with _COUNTING:
            one = Asked(len(self.asked), method, path)
            self.asked.append(one)
            return one


_COUNTING = threading.Lock()


@contextmanager
def breaking_proxy(upstream: int) -> Iterator[Proxy]:
    """A proxy before the server at a port."""
    proxy = Proxy()

    class Handler(_Handler):
        plans = proxy
        server_port = upstream

    server = _Server(("127.0.0.1", 0), Handler)
    proxy.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hung up while they waited are what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A head and a small body in two packets would make every answer wait 40 ms for the client's delayed ACK.
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    plans: Proxy
    server_port: int

    def _pass(self) -> None:
        body = self._body()
        fault = self.plans.plan(self.plans.next_number(self.command, self.path)) or Fault()
        time.sleep(fault.slow)
        if fault.cut == "before":
            self._hang_up()
            return
        if fault.status:
            self._answer(fault.status, [], b"<Error><Code>Broken</Code></Error>")
            return
        upstream = http.client.HTTPConnection("127.0.0.1", self.server_port, timeout=30)
        try:
            upstream.request(self.command, self.path, body=body, headers=dict(self.headers.items()))
            said = upstream.getresponse()
            data, headers = said.read(), said.getheaders()
        finally:
            upstream.close()
        if fault.cut == "after":
            self._hang_up()
            return
        self._answer(said.status, headers, data, half=fault.cut == "within")

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, headers: list[tuple[str, str]], data: bytes, *, half: bool = False) -> None:
        self.send_response_only(status)
        length = str(len(data))
        for name, value in headers:
            if name.lower() == "content-length":
                length = value  # of a HEAD, there is no body
            elif name.lower() not in {"transfer-encoding", "connection"}:
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD" and status not in {204, 304}:
            self.wfile.write(data[: len(data) // 2] if half else data)
        if half:
            self._hang_up()

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing on the screen."""

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass  # noqa: N815 - the names that http.server calls
