from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from picdesk.articles import article_from_html
from picdesk.articles.bounded import Workers, extract_bounded, text_of_markup
from picdesk.articles.extract import extract
from picdesk.articles.markup import plain_text
from picdesk.errors import ArticleError, MissingError
from tests.articles.pages import PAGES, PARAGRAPHS
from tests.command_line import ENVIRONMENT

SLOW = b"<html><body><article>" + b"<p><span>hello <b>there you</b> all</span> are <a href=x>here</a></p>" * 7_000
LONG = "<p><span>hello <b>there you</b> all</span> are <a href=x>here</a></p>" * 60_000


def workers_of(process: int) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(process).children():
        with contextlib.suppress(psutil.ZombieProcess, psutil.NoSuchProcess):
            if "picdesk.articles.worker" in " ".join(child.cmdline()):
                found.append(child)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_the_answer_is_that_of_this_process(name: str) -> None:
    data = PAGES[name].encode()
    url = "https://example.org/a"
    assert article_from_html(data, url=url, id="7") == extract(data, url=url, id="7")


def test_a_page_that_takes_too_long_is_stopped_and_the_next_one_read() -> None:
    article_from_html(PAGES["plain"].encode())
    workers = workers_of(os.getpid())
    with pytest.raises(ArticleError, match=r"longer than 0\.3 seconds") as caught:
        article_from_html(SLOW, seconds=0.3)
    assert caught.value.hint
    assert len(workers_of(os.getpid())) == len(workers) - 1
    assert article_from_html(PAGES["plain"].encode()).lead == PARAGRAPHS[0]


def test_markup_that_takes_too_long_is_stopped() -> None:
    assert text_of_markup("<p>one<p>two &amp; three") == plain_text("<p>one<p>two &amp; three")
    with pytest.raises(ArticleError, match="longer than"):
        text_of_markup(LONG, seconds=0.02)


def test_threads_share_a_few_workers() -> None:
    before = threading.active_count()
    with ThreadPoolExecutor(12) as threads:
        found = list(threads.map(lambda n: article_from_html(PAGES["plain"].encode(), id=str(n)), range(60)))
    assert [article.id for article in found] == [str(number) for number in range(60)]
    assert 1 <= len(workers_of(os.getpid())) <= (os.cpu_count() or 1)
    assert threading.active_count() <= before + 1


def test_a_worker_that_was_killed_between_two_pages_is_replaced() -> None:
    article_from_html(PAGES["plain"].encode())
    for worker in workers_of(os.getpid()):
        worker.kill()
    assert article_from_html(PAGES["plain"].encode()).lead == PARAGRAPHS[0]


def test_a_worker_that_dies_on_a_page_costs_that_page() -> None:
    workers = Workers(1)
    try:
        failures: list[str] = []

        def ask() -> None:
            try:
                workers.ask({"job": "page", "url": None, "charset": "", "id": ""}, SLOW, 20)
            except ArticleError as error:
                failures.append(error.message)

        known = {worker.pid for worker in workers_of(os.getpid())}
        asking = threading.Thread(target=ask)
        asking.start()
        while not (fresh := [one for one in workers_of(os.getpid()) if one.pid not in known]):
            time.sleep(0.01)
        time.sleep(0.5)
        fresh[0].kill()
        asking.join()
        assert failures == ["the page cannot be taken apart: the parser ended on it"]
    finally:
        workers.close()


def test_no_python_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    workers = Workers(1)
    with pytest.raises(MissingError, match="no process can be started"):
        workers.ask({"job": "text"}, b"x", 5)


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_nothing_is_left_when_the_parent_is_killed() -> None:
    code = (
        "import sys\nfrom picdesk.articles import article_from_html\n"
        "article_from_html(b'<h1>Fire</h1><p>' + b'A fire destroyed a warehouse, a chief said. ' * 9)\n"
        "print('ready', flush=True)\n"
        "article_from_html(b'<html><body><article>' + b'<p><span>hello <b>there</b></span></p>' * 7000, seconds=3)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], env=ENVIRONMENT, stdout=subprocess.PIPE)
    assert parent.stdout
    assert parent.stdout.readline() == b"ready\n"
    (worker,) = workers_of(parent.pid)
    time.sleep(0.2)  # in the midst of the slow page
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    psutil.wait_procs([worker], timeout=60)
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_workers_of_its_own() -> None:
    article_from_html(PAGES["plain"].encode())
    code = (
        "import os\nfrom picdesk.articles import article_from_html\n"
        "page = b'<h1>Fire</h1><p>' + b'A fire destroyed a warehouse, a chief said. ' * 9\n"
        "article_from_html(page)\nchild = os.fork()\n"
        "done = [article_from_html(page, id=str(n)).id for n in range(30)] == [str(n) for n in range(30)]\n"
        "code = 0 if done else 1\n"
        "if not child: os._exit(code)\n"
        "raise SystemExit(code + os.waitpid(child, 0)[1])"
    )
    assert subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, timeout=600).returncode == 0


def test_a_hostile_current_folder_is_not_searched_for_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "trafilatura.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    for worker in workers_of(os.getpid()):
        worker.kill()
    assert extract_bounded(PAGES["plain"].encode()).lead == PARAGRAPHS[0]
