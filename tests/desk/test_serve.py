"""The command that opens the desk, as a user starts and ends it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from picdesk.api import Archive
from picdesk.cli.doctor import EXTRAS
from picdesk.desk.settings import DeskSettings
from tests.command_line import ENVIRONMENT, picdesk, start_picdesk

EVERYWHERE = "0.0.0.0"  # noqa: S104


def opened(process: subprocess.Popen[str]) -> dict[str, object]:
    """The document that the command prints when the desk is open."""
    said = ""
    assert process.stdout is not None
    while not said.rstrip().endswith("}"):
        line = process.stdout.readline()
        assert line, process.stderr.read() if process.stderr else ""
        said += line
    document = json.loads(said)
    assert isinstance(document, dict)
    return document


def got(address: str, **headers: str) -> tuple[int, str]:
    try:
        request = urllib.request.Request(address, headers=headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_it_opens_answers_and_closes(desk_archive: Archive, tmp_path: Path) -> None:
    process = start_picdesk("serve", desk_archive.path, "--port", 0, "--json", "-q", cwd=tmp_path)
    try:
        document = opened(process)
        assert document["photos"] == 40
        assert document["asks_for"] == []
        address = str(document["address"])
        assert address.startswith("http://127.0.0.1:")
        assert got(f"{address}/healthz") == (200, '{"status":"ok"}')
        status, text = got(str(document["api"]))
        assert (status, json.loads(text)["info"]["title"]) == (200, "Picdesk")
        taken = picdesk("serve", desk_archive.path, "--port", address.rsplit(":", 1)[1])
        assert taken.code == 2
        assert "Address already in use" in taken.err
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, ""), err
    assert "Traceback" not in err


def test_it_asks_for_the_token_of_the_environment(desk_archive: Archive) -> None:
    secret = "a-token-that-nobody-guesses"  # noqa: S105
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", "from picdesk.cli import main; main()", "serve", str(desk_archive.path)),
            *("--host", EVERYWHERE, "--port", "0", "--json"),
        ],
        env={**ENVIRONMENT, "PICDESK_TOKEN": secret},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        document = opened(process)
        assert document["asks_for"] == ["token"]
        info = f"{document['address']}/api/v1/info"
        assert got(info)[0] == 401
        assert got(info, Authorization=f"Bearer {secret}")[0] == 200
        assert got(info, Authorization=f"Bearer {secret}x")[0] == 401
    finally:
        process.terminate()
        out, err = process.communicate(timeout=30)
    assert process.returncode in {130, -signal.SIGTERM, 143}
    assert secret not in out + err
    assert "GET other 401" in err  # nobody learns from a log what was asked in vain
    assert "GET /api/v1/info 200" in err


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--host", EVERYWHERE), 2, "nothing would be asked of who comes"),
        (("--host", "::"), 2, "nothing would be asked of who comes"),
        (("--host", EVERYWHERE, "--token", "short"), 2, "can be guessed"),
        (("--auth", "none.toml"), 2, "no file of users"),
        (("--host", "999.999.999.999", "--token", "x" * 20), 2, "cannot be opened"),
        (("--port", "70000"), 2, ""),
    ],
)
def test_what_it_refuses(desk_archive: Archive, options: tuple[str, ...], code: int, said: str) -> None:
    answer = picdesk("serve", desk_archive.path, *options)
    assert answer.code == code
    assert said in answer.err
    assert answer.out == ""


def test_there_is_nothing_to_open(tmp_path: Path) -> None:
    assert "there is nothing to open" in picdesk("serve").err
    answer = picdesk("serve", tmp_path, "--port", 0)
    assert answer.code == 2
    assert "there is no archive" in answer.err


def test_the_extra_is_missing(desk_archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import util

    there = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name: None if name == "argon2" else there(name))
    for command in (("serve", desk_archive.path), ("users", "list", "x")):
        answer = picdesk(*command)
        assert answer.code == 3
        assert "the desk needs argon2" in answer.err
        assert "pip install 'picdesk[desk]'" in answer.err
    assert "argon2" in EXTRAS["desk"]


def test_answers_are_not_held_back() -> None:
    """A socket whose protocol is not named keeps Nagle's algorithm, and with it every answer for 40 ms."""
    from picdesk.desk.serve import address_of, listen

    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as _:
            taken, _ = listening.accept()
            with taken:
                assert (listening.proto, taken.proto) == (socket.IPPROTO_TCP, socket.IPPROTO_TCP)
        assert address_of("127.0.0.1", listening) == f"http://127.0.0.1:{port}"
        assert address_of(EVERYWHERE, listening) == f"http://127.0.0.1:{port}"
        assert address_of("fe80::1", listening) == f"http://[fe80::1]:{port}"


@pytest.mark.parametrize("closing", [False, True])
def test_who_comes_while_it_closes_is_sent_away(desk_settings: DeskSettings, closing: bool) -> None:
    """A connection that was taken after the others had been closed once held the desk open for ten seconds."""
    from picdesk.desk.serve import server_of

    async def come() -> bool:
        server = server_of(FastAPI(), desk_settings)
        server.config.load()
        server.should_exit = closing
        kind: Any = server.config.http_protocol_class
        here, there = socket.socketpair()
        with there:
            made = kind(config=server.config, server_state=server.server_state, app_state={})
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(lambda: made, here)
            closed = transport.is_closing()
            transport.close()
            await asyncio.sleep(0)
        return closed

    with ThreadPoolExecutor(1) as apart:  # a browser's tests have a loop of their own in this thread
        assert apart.submit(lambda: asyncio.run(come())).result() is closing


def test_users(tmp_path: Path) -> None:
    file = tmp_path / "users.toml"
    assert picdesk("users", "add", file, "anna", stdin="correct horse\n").out == "anna may come in.\n"
    assert picdesk("users", "add", file, "bert", "--json", stdin="correct horse\n").document == {
        "name": "bert",
        "new": True,
    }
    assert "another password" in picdesk("users", "add", file, "anna", stdin="battery staple\n").out
    assert picdesk("users", "list", file, "--json").document == {"users": ["anna", "bert"]}
    assert picdesk("users", "remove", file, "anna").code == 0
    key = (tmp_path / "users.toml.key").read_text()
    assert picdesk("users", "logout", file).out == "Everybody has to log in again.\n"
    assert (tmp_path / "users.toml.key").read_text() != key
    assert picdesk("users", "logout", file, "--json").document == {"users": ["bert"], "logged_out": True}
    assert "no file of users" in picdesk("users", "logout", tmp_path / "none.toml").err
    gone = picdesk("users", "remove", file, "anna")
    assert (gone.code, "nobody is called 'anna'" in gone.err) == (1, True)
    assert picdesk("users", "add", file, "carl", stdin="short\n").code == 2
    assert picdesk("users", "list", file).out == "bert\n"
    if os.name == "posix":
        assert file.stat().st_mode & 0o077 == 0
