"""A hub of models on this machine, with the answers that huggingface_hub's client expects of the real one."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

COMMIT = "5f2b8c0d1e3a4f6789abcdef0123456789abcdef"
LARGE = {".onnx", ".bin"}


@dataclass
class Hub:
    """A repository that is served, and how it misbehaves.

    Attributes:
        repository: its name.
        folder: its files.
        asked: ``METHOD path`` of every request.
        got: files whose content was asked for.
        spoiled: file to how often its content is to arrive damaged.
        stalled: files whose content never comes.
        refusal: status and error code that every request gets.
        silent: whether requests get no answer at all.
    """

    repository: str
    folder: Path
    port: int = 0
    asked: list[str] = field(default_factory=list)
    got: list[str] = field(default_factory=list)
    spoiled: dict[str, int] = field(default_factory=dict)
    stalled: set[str] = field(default_factory=set)
    refusal: tuple[int, str] | None = None
    silent: bool = False
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self, cache: Path) -> dict[str, str]:
        """Environment variables that lead the hub's client here, with a cache of the test's own."""
        return {
            "HF_ENDPOINT": self.address,
            "HF_HOME": str(cache),
            "HF_HUB_CACHE": str(cache / "hub"),
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_ETAG_TIMEOUT": "60",  # ours is impatient, and here everything runs on one busy machine
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def listing(self) -> dict[str, Any]:
        """What the hub says about the repository."""
        siblings = []
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            entry = {"rfilename": path.relative_to(self.folder).as_posix(), "size": path.stat().st_size}
            content = path.read_bytes()
            entry["blobId"] = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
            if path.suffix in LARGE:
                entry["lfs"] = {"sha256": hash_of(path), "size": entry["size"], "pointerSize": 134}
            siblings.append(entry)
        return {"id": self.repository, "modelId": self.repository, "sha": COMMIT, "siblings": siblings, "tags": []}


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub = self.hub
        path = urlsplit(self.path).path  # a client that takes this for a proxy sends whole addresses
        hub.asked.append(f"{self.command} {path}")
        if hub.silent:
            hub.over.wait(20)
            self.close_connection = True
        elif hub.refusal:
            self._send(hub.refusal[0], b"{}", {"X-Error-Code": hub.refusal[1]})
        elif path == f"/api/models/{hub.repository}":
            self._send(200, json.dumps(hub.listing()).encode(), {"Content-Type": "application/json"})
        elif path.startswith("/content/"):
            self._content(path.removeprefix("/content/"))
        elif path.startswith(f"/{hub.repository}/resolve/{COMMIT}/"):
            self._file(path.partition(f"{COMMIT}/")[2])
        else:
            self._send(404, b"", {"X-Error-Code": "RepoNotFound"})

    def _file(self, name: str) -> None:
        path = self.hub.folder / name
        if not path.is_file():
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
        elif path.suffix in LARGE:  # large files lie elsewhere, as on the real hub
            where = {"Location": f"http://localhost:{self.hub.port}/content/{name}"}
            linked = {"X-Linked-Etag": f'"{hash_of(path)}"', "X-Linked-Size": str(path.stat().st_size)}
            self._send(302, b"", {"X-Repo-Commit": COMMIT} | where | linked)
        else:
            self._content(name)

    def _content(self, name: str) -> None:
        content = (self.hub.folder / name).read_bytes()
        etag = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        if self.command == "GET":
            self.hub.got.append(name)
        if self.command == "GET" and self.hub.spoiled.get(name, 0):
            self.hub.spoiled[name] -= 1
            content = content[:-1] + bytes([content[-1] ^ 1])
        if self.command == "GET" and name in self.hub.stalled:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            self.hub.over.wait(20)
            self.close_connection = True
            return
        self._send(200, content, {"X-Repo-Commit": COMMIT, "ETag": f'"{etag}"'})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)


@contextmanager
def serve_hub(repository: str, folder: Path) -> Iterator[Hub]:
    """Serve a folder as a repository, with things beside the encoder that real ones hold."""
    for extra in ("README.md", "textual/vocab.json", "visual/fp16/model.armnn", "textual/rknpu/rk3566/model.rknn"):
        (folder / extra).parent.mkdir(parents=True, exist_ok=True)
        (folder / extra).write_bytes(b"{}")
    hub = Hub(repository, folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
