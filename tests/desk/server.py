"""A desk that really serves, on 127.0.0.1, in a thread of this process."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2 as httpx

if TYPE_CHECKING:
    from picdesk.desk.settings import DeskSettings
    from picdesk.desk.state import Desk

_FORM = re.compile(r'name="csrf_token" value="([0-9a-f]+)"')


@dataclass(frozen=True)
class Serving:
    """A desk that serves.

    Attributes:
        url: where, without a slash at the end.
        desk: its inside.
        port: of ``url``.
        busy: asked whether a request is being answered.
    """

    url: str
    desk: Desk
    port: int
    busy: Callable[[], bool]

    def client(self, **settings: Any) -> httpx.Client:
        """A client of the desk, which keeps cookies; a program's unless ``headers`` say that it takes HTML."""
        return httpx.Client(base_url=self.url, timeout=60, **settings)

    def person(self) -> httpx.Client:
        """A client that asks for pages, as a browser does."""
        return self.client(headers={"Accept": "text/html"})

    def settle(self) -> None:
        """Wait until everything that was asked is answered."""
        while self.busy():
            time.sleep(0.01)


@contextlib.contextmanager
def serving(settings: DeskSettings) -> Iterator[Serving]:
    """Serve a desk until the end of the block; as `picdesk serve` does, with the same limits."""
    from picdesk.desk.app import make_app
    from picdesk.desk.serve import listen, server_of

    app = make_app(settings)
    listening = listen("127.0.0.1", 0)
    server = server_of(app, settings)
    thread = threading.Thread(target=server.run, args=([listening],), name="desk")
    thread.start()
    try:
        for _ in range(6000):
            if server.started or not thread.is_alive():
                break
            time.sleep(0.01)
        assert server.started, "the desk did not start"
        port = listening.getsockname()[1]
        yield Serving(f"http://127.0.0.1:{port}", app.state.desk, port, lambda: bool(server.server_state.tasks))
    finally:
        server.should_exit = True
        thread.join(60)
        listening.close()
        assert not thread.is_alive(), "the desk did not stop"


def form_secret(page: str) -> str:
    """The secret in a page's form."""
    found = _FORM.search(page)
    assert found, "the page has no form"
    return found[1]
