"""Two real ``picdesk serve`` over one archive in an object store are one desk, whichever of them is asked."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import httpx2 as httpx
import pytest

from picdesk.api import open_archive
from picdesk.archive.store import LOOK_AGAIN
from picdesk.desk.security.ended import LOOK
from picdesk.objects import ObjectPath
from tests import command_line
from tests.command_line import picdesk, start_picdesk
from tests.desk.server import form_secret
from tests.desk.test_serve import opened
from tests.drawn.scenes import draw_scene, jpeg_bytes
from tests.objects.conftest import bucket, server
from tests.objects.server import environment

__all__ = ["bucket", "server"]

PASSWORD = "correct horse battery"  # noqa: S105
STORY = "Fire in the harbour of Oslo\n\nA warehouse burns since noon.\n\nNobody was hurt, says the mayor."
PROMISED = 1.0
"""Seconds after which every process knows of a choice and of a logout (docs/desk-api.md)."""


@dataclass(frozen=True)
class Browser:
    """One browser, which a balancer leads now to this process and now to that one."""

    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def ask(self, address: str, method: str, path: str, **sent: object) -> httpx.Response:
        headers = {"Accept": "text/html", "X-Part": "results" if path.startswith("/?") else ""}
        with httpx.Client(base_url=address, timeout=60, headers=headers, cookies=self.cookies) as client:
            answer = client.request(method, path, **sent)  # type: ignore[arg-type]
        for name, value in answer.cookies.items():
            self.cookies.set(name, value)
        return answer

    def get(self, address: str, path: str) -> httpx.Response:
        return self.ask(address, "GET", path)

    def post(self, address: str, path: str, *, page: str, at: str, **sent: object) -> httpx.Response:
        """Send a form to one process whose page came from another."""
        secret = form_secret(self.get(at, page).text)
        return self.ask(address, "POST", path, headers={"X-CSRF-Token": secret}, **sent)

    def log_in(self, address: str, *, at: str) -> None:
        login = {"name": "anna", "password": PASSWORD}
        assert self.post(address, "/login", page="/login", at=at, data=login).status_code == 303


@pytest.fixture
def desks(
    server: int, bucket: ObjectPath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[tuple[subprocess.Popen[str], str]]]:
    """Two processes, started at the same moment, with their addresses."""
    monkeypatch.setattr(command_line, "ENVIRONMENT", command_line.ENVIRONMENT | environment(server, patience=30))
    photos = tmp_path / "photos"
    photos.mkdir()
    for number, words in enumerate(("harbour fire", "harbour", "fire", "warehouse", "mayor", "city of Oslo")):
        (photos / f"{words}.jpg").write_bytes(jpeg_bytes(draw_scene(number)))
    assert open_archive(bucket / "archive").add(photos).kept == 6
    users = tmp_path / "users.toml"
    assert picdesk("users", "add", users, "anna", stdin=f"{PASSWORD}\n").code == 0
    started = [
        start_picdesk("serve", bucket / "archive", "--auth", users, "--port", 0, "--json", "-q") for _ in range(2)
    ]
    try:
        yield [(process, str(opened(process)["address"])) for process in started]
    finally:
        for process in started:
            process.kill()
            process.communicate()


def test_two_processes_are_one_desk(desks: list[tuple[subprocess.Popen[str], str]]) -> None:
    assert PROMISED == LOOK_AGAIN.total_seconds() == LOOK
    (first, one), (_, two) = desks
    anna = Browser()
    anna.log_in(one, at=two)
    assert anna.get(two, "/basket").status_code == 200
    # A story that one was given is read by the other, and so is what was found for it.
    story = anna.post(one, "/story", page="/keys", at=two, data={"what": STORY}).headers["location"]
    found = anna.get(two, story).text
    assert "Nobody was hurt" in found
    assert "no longer kept" not in found
    photo, search = re.findall(r'href="/photos/([0-9a-f]{64})\?in=([^"]+)"', unescape(found))[0]
    assert "Why this photo" in anna.get(one, f"/photos/{photo}?in={search}").text
    page = {"text": "harbour fire in the city of Oslo", "count": 2}
    asked = anna.post(one, "/api/v1/search", page="/keys", at=two, json=page).json()
    more = anna.post(two, "/api/v1/search", page="/keys", at=one, json=page | {"cursor": asked["next"]})
    assert [hit["rank"] for hit in more.json()["hits"]] == [3, 4]
    sent = {"file": ("a.jpg", jpeg_bytes(draw_scene(1)))}
    picture = anna.post(one, "/api/v1/pictures", page="/keys", at=two, files=sent).json()["id"]
    assert anna.get(two, f"/api/v1/pictures/{picture}").content[:4] == b"RIFF"
    # A choice made here is in the basket there.
    chosen = {"photo": photo, "verdict": "picked", "in": search}
    assert anna.post(two, "/choose", page="/keys", at=one, data=chosen).status_code == 303
    time.sleep(PROMISED + 0.05)
    assert photo in anna.get(one, "/basket").text
    # Who logs out is out everywhere, whatever copies of the cookie there are.
    thief = Browser(httpx.Cookies(anna.cookies))
    assert thief.get(two, "/basket").status_code == 200
    assert anna.post(one, "/logout", page="/keys", at=two).status_code == 303
    time.sleep(PROMISED + 0.05)
    for address in (one, two):
        assert thief.get(address, "/basket").headers["location"].startswith("/login")
    # A process that is gone takes nothing with it.
    anna.log_in(one, at=one)
    first.kill()
    first.wait()
    assert photo in anna.get(two, "/basket").text
    assert "Nobody was hurt" in anna.get(two, story).text
    assert "Why this photo" in anna.get(two, f"/photos/{photo}?in={search}").text
