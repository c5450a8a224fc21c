"""Fetching pages politely: several hosts at a time, one question at a time for each, none that robots.txt forbids."""

from __future__ import annotations

import functools
import queue
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.articles.read import article_from_page
from picdesk.articles.robots import Robots
from picdesk.articles.schedule import Job, Schedule
from picdesk.errors import FetchError, PicdeskError
from picdesk.photos.locate import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from picdesk.articles.fetch import Page
    from picdesk.records import Article

WORKERS = 8
DELAY = 1.0
"""Seconds between the end of one request to a host and the next."""
RETRIES = 3
LONGEST_REST = 120.0
"""Seconds; a host that asks to be left alone for longer (Retry-After) is not asked again in this run."""

_BACK_OFF = 2.0  # seconds before the second attempt, doubled for each further one
_SILENT = 3  # addresses in a row that run out of time before a host is given up
_ROBOTS_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How hosts are treated.

    Attributes:
        workers: hosts asked at the same time.
        delay: seconds of rest for a host between two requests; its robots.txt may ask for more.
        retries: how often a request is made again after 429, 5xx or no answer in time.
        back_off: seconds before the first of these, doubled for each further one.
    """

    workers: int = WORKERS
    delay: float = DELAY
    retries: int = RETRIES
    back_off: float = _BACK_OFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one address: an article, or the reason why there is none and whether that may pass."""

    url: str
    article: Article | None = None
    reason: str = ""
    transient: bool = False


@contextmanager
def fetching(urls: Sequence[str], manners: Manners, fetch: Callable[..., Page]) -> Iterator[queue.SimpleQueue[Outcome]]:
    """Threads that read the articles at addresses, until all are read or the block is left.

    Args:
        urls: the addresses, each once.
        manners: how hosts are treated.
        fetch: gets a page; called with the address, and with ``permit`` and ``seconds`` as keywords.

    Yields:
        The outcomes as they come, one for each address.
    """
    visit = _Visit(Schedule(Job(url) for url in urls), manners, fetch)
    for _ in range(min(manners.workers, len(urls))):
        # They do not keep the process: one that waits for a page is left behind when the run is stopped.
        threading.Thread(target=visit.work, daemon=True).start()
    try:
        yield visit.results
    finally:
        visit.schedule.close()


class _Visit:
    """What the threads of one run share."""

    def __init__(self, schedule: Schedule, manners: Manners, fetch: Callable[..., Page]) -> None:
        self.schedule = schedule
        self.results: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._manners = manners
        self._robots = Robots(functools.partial(fetch, seconds=_ROBOTS_SECONDS))
        self._fetch = functools.partial(fetch, permit=self._robots.permit)
        self._silent: Counter[str] = Counter()  # of a host, only touched by the one thread that asks it

    def work(self) -> None:
        """Read articles until there are no more."""
        while job := self.schedule.take():
            job.attempts += 1
            try:
                article = article_from_page(self._fetch(job.url))
            except FetchError as error:
                self._failed(job, error)
            except PicdeskError as error:
                self._done(job, Outcome(url=job.url, reason=error.message))
            except Exception as error:  # one page must not end the thread, and with it the run
                self._done(job, Outcome(url=job.url, reason=f"it cannot be read: {one_line(error)}"))
            else:
                self._done(job, Outcome(url=job.url, article=article))

    def _done(self, job: Job, outcome: Outcome) -> None:
        self._silent[job.host] = 0
        self.results.put(outcome)
        self.schedule.done(job, self._rest(job))

    def _failed(self, job: Job, error: FetchError) -> None:
        outcome = Outcome(url=job.url, reason=error.message, transient=error.transient)
        if not error.transient:
            self._done(job, outcome)
        elif error.wait is not None and error.wait > LONGEST_REST:
            self._give_up(job, outcome, f"the host asks to be left alone for {error.wait:,.0f} seconds")
        elif job.attempts <= self._manners.retries:
            back_off = self._manners.back_off * 2 ** (job.attempts - 1)
            self.schedule.again(job, max(error.wait or back_off, self._rest(job)))
        elif error.status is None and self._silent[job.host] + 1 >= _SILENT:
            self._give_up(job, outcome, f"the host did not answer {_SILENT} times in a row")
        else:
            silent = self._silent[job.host] + 1 if error.status is None else 0
            self._done(job, outcome)
            self._silent[job.host] = silent

    def _give_up(self, job: Job, outcome: Outcome, reason: str) -> None:
        self.results.put(outcome)
        for other in self.schedule.give_up(job):
            self.results.put(Outcome(url=other.url, reason=f"not asked for: {reason}", transient=True))

    def _rest(self, job: Job) -> float:
        """Seconds of rest for a host; its robots.txt has been read by then, or could not be."""
        try:
            asked = self._robots.known(job.url).delay
        except ValueError:
            asked = 0.0
        return max(self._manners.delay, min(asked, LONGEST_REST))
