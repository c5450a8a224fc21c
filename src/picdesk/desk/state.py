"""What an open desk holds: its archive, and the threads that search in it.

What another process of the same desk must know as well is in the archive (`picdesk.desk.shelf`) or in the cookie
(`picdesk.desk.security.sessions`). What is here can be lost: caches of the archive, counters, rates.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, TypeVar

from fastapi import Depends, Request

from picdesk.api import Archive
from picdesk.desk.facets import FacetTable
from picdesk.desk.metrics import Metrics
from picdesk.desk.pages.kept import Searches, Stories, shelf_of
from picdesk.desk.pictures import Pictures
from picdesk.desk.problems import Problem
from picdesk.desk.remembering import RememberingEncoder
from picdesk.desk.searching import Answers
from picdesk.desk.security.ended import Ended
from picdesk.desk.security.keys import SigningKey
from picdesk.desk.security.rates import Buckets
from picdesk.desk.security.sessions import Session, Sessions
from picdesk.desk.security.tokens import digest_of
from picdesk.desk.security.users import User, read_users
from picdesk.desk.thumbnails import Thumbnails
from picdesk.errors import ArchiveDamaged, ArchiveError, NothingFound
from picdesk.objects import Place, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from picdesk.archive.info import Info
    from picdesk.desk.settings import DeskSettings

T = TypeVar("T")

_LOOK = 1.0
"""Seconds after which it is looked again whether the archive is still there."""


class Desk:
    """An open desk.

    Args:
        settings: how it is opened.

    Raises:
        ArchiveError: there is no archive.
        InputError: the settings would let anybody in, or the file of users makes no sense.
        MissingError: an encoder that was named is not here.
    """

    def __init__(self, settings: DeskSettings) -> None:
        settings.refuse_open_doors()
        if settings.users is not None:
            read_users(settings.users)
        self.settings = settings
        key = SigningKey(settings)
        key()
        self.sessions = Sessions(key, self.proof_of)
        self.ended = Ended(self._place("ended"))
        self._looking = asyncio.Lock()
        self.rates = Buckets(settings.limits.rates)
        self.metrics = Metrics(lambda: self.waiting)
        self.run = secrets.token_hex(4)
        self.waiting = 0
        self.answers = Answers()
        self.pictures = Pictures(self._place("pictures"))
        shelf = shelf_of(self._place("stories"))
        self.stories, self.searches = Stories(shelf), Searches(shelf)
        self.facet_table = FacetTable()
        self.thumbnails = Thumbnails(settings.thumbnails)
        self._searching = ThreadPoolExecutor(settings.threads, thread_name_prefix="search")
        self._working = ThreadPoolExecutor(2, thread_name_prefix="work")
        self._lock = threading.Lock()
        self._archive: Archive | None = None
        self._looked = time.monotonic()
        self._users: tuple[tuple[int, int, int], dict[str, str]] | None = None
        self._known: tuple[int, Info] | None = None
        self._warm()

    @property
    def archive(self) -> Archive:
        """The archive, as `picdesk.api.open_archive` gives it; safe to use from several threads.

        Raises:
            ArchiveError: it is gone, or cannot be read.
        """
        with self._lock:
            if time.monotonic() - self._looked > _LOOK:
                if self._archive is not None and not self._archive.exists:
                    self._archive = None
                self._looked = time.monotonic()
            if self._archive is None:
                self._archive = self._opened()
            return self._archive

    def users(self) -> Mapping[str, str]:
        """Who may log in, as the file says now."""
        file = self.settings.users
        if file is None:
            return {}
        try:
            status = file.stat()
        except OSError:
            return {}
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        if self._users is None or self._users[0] != stamp:
            self._users = stamp, read_users(file)
        return self._users[1]

    def proof_of(self, name: str) -> str | None:
        """What somebody is known by now; ``None`` for nobody."""
        if name == "token" and self.settings.token is not None:
            return digest_of(self.settings.token).hex()
        return self.users().get(name)

    async def session_of(self, cookie: str | None) -> Session | None:
        """The session of a cookie; ``None`` where there is none or it has ended, in whichever process of the desk.

        Raises:
            ArchiveError: nobody can say which sessions have ended.
            StorageUnavailable: the same, of an object store.
        """
        session = self.sessions.find(cookie)
        if session is None:
            return None
        if self.ended.is_out_of_date:
            async with self._looking:  # one looks, the others wait for it
                if self.ended.is_out_of_date:
                    await asyncio.to_thread(self.ended.look)
        return None if session.id in self.ended else session

    def _place(self, kind: str) -> Place | None:
        """Where things of a kind are kept for every process; ``None`` for a study alone, which keeps its own."""
        archive = self.settings.archive
        return None if archive is None else place_of(archive) / "desk" / kind

    def _opened(self) -> Archive:
        if self.settings.archive is None:
            raise ArchiveError("this desk has a study and no archive", "Open one with: picdesk serve ARCHIVE")
        archive = Archive(
            place_of(self.settings.archive),
            self.settings.encoders,
            dressed=lambda encoder: RememberingEncoder(encoder, self.metrics),
        )
        if not archive.exists:
            raise ArchiveError(
                f"there is no archive in {self.settings.archive}", "Make one with: picdesk add ARCHIVE SOURCE"
            )
        archive.refuse_impostors()
        return archive

    def _warm(self) -> None:
        """Open models and read vectors now, so that what cannot be opened is said at once and nobody waits for it."""
        if self.settings.archive is None:
            return
        for _ in range(2):  # a memory keeps what is searched twice
            with suppress(NothingFound):
                self.archive.search("The first story", k=1)

    async def search(self, job: Callable[[Archive], T]) -> T:
        """Do a job in one of the threads that search.

        Args:
            job: is given the archive.

        Raises:
            Problem: 503 where too many wait, 504 where it takes too long.
        """
        limits = self.settings.limits
        if self.waiting >= limits.waiting:
            raise Problem(
                503,
                "busy",
                "Too many searches wait already.",
                hint="Try again in a moment.",
                headers={"Retry-After": "2"},
            )
        self.waiting += 1
        begun = False

        def timed() -> T:
            nonlocal begun
            begun = True
            self.waiting -= 1
            start = time.perf_counter()
            try:
                return self._guarded(job)
            finally:
                self.metrics.searches.observe(time.perf_counter() - start)

        try:
            future = asyncio.get_running_loop().run_in_executor(self._searching, timed)
            async with asyncio.timeout(limits.search_seconds):
                return await future
        except TimeoutError:
            raise Problem(
                504, "too-long", f"The search was not done within {limits.search_seconds:g} seconds."
            ) from None
        finally:
            if not begun:
                self.waiting -= 1

    async def slowly(self, job: Callable[[], T]) -> T:
        """Do something else that takes a while (files, pictures, passwords), two at a time, beside the searches."""
        return await asyncio.get_running_loop().run_in_executor(self._working, job)

    async def known(self) -> Info:
        """What is in the archive; counted again only where it has changed."""

        def counted() -> Info:
            archive = self.archive
            version = archive.version
            if self._known is None or self._known[0] != version:
                self._known = version, archive.info()
            return self._known[1]

        return await self.slowly(counted)

    def close(self) -> None:
        """Let what is in flight finish, and take nothing more."""
        for pool in (self._searching, self._working):
            pool.shutdown(cancel_futures=True)

    def _guarded(self, job: Callable[[Archive], T]) -> T:
        archive = self.archive
        try:
            return job(archive)
        except (ArchiveDamaged, OSError, RuntimeError, ValueError) as error:
            # It may have been put aside, or made again under our hands: the next one opens it anew.
            gone = not archive.exists
            if gone or isinstance(error, ArchiveDamaged):
                with self._lock:
                    if self._archive is archive:
                        self._archive = None
            if gone:
                raise ArchiveError("the archive is gone", "Put it back; the desk opens it again by itself.") from error
            raise


def desk_of(request: Request) -> Desk:
    """The desk that answers a request."""
    desk: Desk = request.app.state.desk
    return desk


def user_of(request: Request) -> User:
    """Who asks."""
    user: User = request.state.user
    return user


TheDesk = Annotated[Desk, Depends(desk_of)]
TheUser = Annotated[User, Depends(user_of)]
