"""`picdesk articles fetch` as a user runs it, against a server on this machine."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from picdesk.articles import UnreadArticle, read_articles
from picdesk.records import Article
from tests.articles.awkward import AWKWARD
from tests.articles.pages import PAGES
from tests.articles.server import Server, page
from tests.command_line import picdesk, run_picdesk, start_picdesk

QUICK = ("--delay", "0", "--retries", "0")


@pytest.fixture
def server() -> Iterator[Server]:
    answers: dict[str, Any] = {f"/{number}": page(one.data) for number, one in enumerate(AWKWARD.values())}
    with Server(answers) as running:
        yield running


def test_awkward_pages_from_the_web(server: Server, tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    rows = [f"{name},{server.url(f'/{number}')}" for number, name in enumerate(AWKWARD)]
    table.write_text("id,url\n" + "\n".join(rows) + "\n")
    out = tmp_path / "articles.jsonl"
    options = (table, "-o", out, "--intranet", f"127.0.0.1:{server.port}", *QUICK)
    refused = sum(one.step == "refused" for one in AWKWARD.values())
    said = run_picdesk("articles", "fetch", *options, "--json")
    assert said.code == 0
    assert said.document["fetched"] == len(AWKWARD) - refused
    assert said.document["failed"] == refused
    assert said.document["already"] == 0
    assert said.document["seconds"] > 0
    found = {one.id: one for one in read_articles(out)}
    for name, awkward in AWKWARD.items():
        one = found[name]
        if awkward.step == "refused":
            assert isinstance(one, UnreadArticle)
            assert awkward.lines[0] in one.reason
        else:
            assert isinstance(one, Article)
            assert (one.read_by, one.headline, one.text) == (awkward.step, awkward.headline, "\n\n".join(awkward.lines))
    asked = len(server.requests)
    again = picdesk("articles", "fetch", *options, "--json").document
    assert (again["fetched"], again["failed"], again["already"]) == (0, 0, len(AWKWARD))
    assert len(server.requests) == asked
    assert picdesk("articles", "fetch", *options, "--json", "--retry-failed").document["failed"] == refused


def test_private_addresses_cost_their_record(server: Server, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(f"http://127.0.0.1/a\nhttp://169.254.169.254/\n{server.url('/0')}\n")
    out = tmp_path / "o.jsonl"
    said = picdesk("articles", "fetch", tmp_path / "list.txt", "-o", out, *QUICK)
    assert said.code == 1
    assert "not one article could be had" in said.err
    reasons = [json.loads(line)["failed"] for line in out.read_text().splitlines()]
    assert len(reasons) == 3
    assert all("not on the public internet" in reason or "is not a web port" in reason for reason in reasons)
    inside = ("--intranet", "169.254.169.254")
    picdesk("articles", "fetch", tmp_path / "list.txt", "-o", tmp_path / "p.jsonl", *QUICK, *inside)
    assert "fetched" not in (tmp_path / "p.jsonl").read_text()
    assert server.requests == []


def test_interrupted_and_gone_on_with(tmp_path: Path) -> None:
    with Server({f"/{number}": page(PAGES["boilerplate"].encode()) for number in range(12)}) as server:
        (tmp_path / "list.txt").write_text("\n".join(server.url(f"/{number}") for number in range(12)))
        out = tmp_path / "o.jsonl"
        options = ("articles", "fetch", tmp_path / "list.txt", "-o", out, "--intranet", f"127.0.0.1:{server.port}")
        process = start_picdesk(*options, "--delay", "0.3")
        while not out.exists() or out.read_bytes().count(b"\n") < 2:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=600)
        assert process.returncode == 130
        assert "Run the same command again" in err
        kept = out.read_bytes().count(b"\n")
        assert 2 <= kept < 12
        said = picdesk(*options, *QUICK, "--json")
    assert (said.document["already"], said.document["fetched"]) == (kept, 12 - kept)


def test_from_stdin_and_what_is_said(server: Server, tmp_path: Path) -> None:
    options = ("articles", "fetch", "-", "-o", tmp_path / "o.jsonl", "--intranet", f"127.0.0.1:{server.port}", *QUICK)
    said = picdesk(*options, stdin=f"{server.url('/0')}\n{server.url('/none')}\n")
    assert said.code == 0
    assert "fetched 1 · failed 1 · already there 0" in said.out
    assert "--retry-failed" in said.err


@pytest.mark.parametrize("arguments", [("none.txt",), ("list.txt", "--column", "x"), ("list.txt", "--workers", "0")])
def test_wrong_usage(arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.txt").write_text("https://x.org/\n")
    assert picdesk("articles", "fetch", *arguments, "-o", "o.jsonl").code == 2


def test_help_shows_an_example() -> None:
    assert "Example: picdesk articles fetch" in picdesk("articles", "fetch", "--help").out
