"""Fetching many articles: several hosts at a time, each of them politely, each article written as soon as it is there.

What one page does (hang, lie, stream without end, lead to an address inside) costs that page's record and never the
run. Only the calling thread writes; the others fetch and may be left behind when the run is stopped.
"""

from __future__ import annotations

import queue
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from picdesk.articles.fetch import fetch as fetch_page
from picdesk.articles.journal import open_journal
from picdesk.articles.polite import Manners, Outcome, fetching

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from picdesk.articles.addresses_listed import Listed
    from picdesk.articles.fetch import Page
    from picdesk.articles.journal import Journal

_POLL = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a run did, so far.

    Attributes:
        total: articles in the list, each once.
        fetched: articles read and written.
        failed: articles that could not be had, their reasons written.
        already: articles that an earlier run had dealt with.
        seconds: how long it took.
        stopped: whether it was stopped before the end.
    """

    total: int
    fetched: int = 0
    failed: int = 0
    already: int = 0
    seconds: float = 0.0
    stopped: bool = False


def fetch_articles(
    listed: Sequence[Listed],
    out: Path,
    *,
    manners: Manners | None = None,
    retry_failed: bool = False,
    fetch: Callable[..., Page] = fetch_page,
    progress: Callable[[Fetched], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Fetched:
    """Fetch the articles of a list into a file of JSON Lines (see `picdesk.articles.journal`).

    What the file has already is not fetched again, so that a run that was stopped, or killed, goes on. An address that
    several articles of the list name is fetched once.

    Args:
        listed: the articles, see `picdesk.articles.addresses_listed.listed_in`.
        out: the file; it is begun, or added to.
        manners: how hosts are treated.
        retry_failed: try again what could not be had before.
        fetch: gets a page; called with the address, and with ``permit`` and ``seconds`` as keywords.
        progress: told after each article.
        stop: asked several times a second whether to stop; what is in flight then is left to the next run.

    Raises:
        ArticleError: the file cannot be written or holds something else.
        MissingError: another process is writing to it.
    """
    began = time.monotonic()
    with open_journal(out, forget_failures=retry_failed) as journal:
        done = {(entry.id, entry.asked) for entry in journal.entries}
        unique = {(one.id, one.url): one for one in listed}
        new = [one for key, one in unique.items() if key not in done]
        so_far = Fetched(total=len(unique), already=len(unique) - len(new))
        progress(so_far)
        wanted: dict[str, list[Listed]] = {}
        for one in new:
            if one.wrong:
                so_far = _write(journal, [one], Outcome(url=one.url, reason=one.wrong), so_far)
            else:
                wanted.setdefault(one.url, []).append(one)
        with fetching(list(wanted), manners or Manners(), fetch) as results:
            for _ in wanted:
                outcome = _next(results, stop)
                if outcome is None:
                    return replace(so_far, stopped=True, seconds=time.monotonic() - began)
                so_far = _write(journal, wanted[outcome.url], outcome, so_far)
                so_far = replace(so_far, seconds=time.monotonic() - began)
                progress(so_far)
    return replace(so_far, seconds=time.monotonic() - began)


def _write(journal: Journal, listed: Sequence[Listed], outcome: Outcome, so_far: Fetched) -> Fetched:
    """The outcome of one address, as a line for each article that the list has at it."""
    for one in listed:
        if outcome.article:
            tags = dict.fromkeys([*one.tags, *outcome.article.tags])
            journal.add(replace(outcome.article, id=one.id, tags=tuple(tags)), one.url)
        else:
            journal.add_failure(one.id, one.url, outcome.reason, transient=outcome.transient)
    if outcome.article:
        return replace(so_far, fetched=so_far.fetched + len(listed))
    return replace(so_far, failed=so_far.failed + len(listed))


def _next(results: queue.SimpleQueue[Outcome], stop: Callable[[], bool]) -> Outcome | None:
    while not stop():
        try:
            return results.get(timeout=_POLL)
        except queue.Empty:
            continue
    return None
