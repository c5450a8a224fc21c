"""What a desk is told when it is opened; nothing of it changes while it serves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from picdesk.articles.fetch import fetch
from picdesk.errors import InputError
from picdesk.photos.crops.slots import SLOTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from picdesk.articles.fetch import Page
    from picdesk.photos.crops.slots import Slot

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
"""What binds to this machine alone."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How often one client may do something (a token bucket).

    Attributes:
        per_second: on the long run.
        burst: at once.
    """

    per_second: float
    burst: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may cost, and how often it may come.

    Attributes:
        body: bytes of a request's body, short of uploads.
        upload: bytes of a request that carries a file.
        upload_pixels: pixels of a picture that is uploaded.
        head_seconds: for a request's head to arrive.
        body_seconds: for a request's body to arrive.
        search_seconds: for a search to be answered.
        waiting: searches that may wait; one more is told to come back.
        rates: kind of request -> how often one client may make it; ``login`` counts failures alone.
    """

    body: int = 1 << 20
    upload: int = 20 << 20
    upload_pixels: int = 60_000_000
    head_seconds: float = 15.0
    body_seconds: float = 30.0
    search_seconds: float = 60.0
    waiting: int = 200
    rates: dict[str, Rate] = field(
        default_factory=lambda: {
            "search": Rate(40, 120),
            "fetch": Rate(1, 10),
            "upload": Rate(2, 20),
            "picture": Rate(400, 2000),
            "login": Rate(1 / 60, 5),
            "other": Rate(50, 300),
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """How a desk is opened.

    Attributes:
        archive: the archive's folder, or its address in an object store; ``None`` where there is a study alone.
        encoders: names or folders of encoders; empty for those that filled the archive.
        host: what it binds to.
        token: the secret that programs send as ``Authorization: Bearer`` and people type at ``/login``.
        users: the file of users and their argon2 hashes.
        hosts: further names under which browsers may reach it.
        secure: whether browsers reach it through HTTPS, by a proxy in front; cookies are never sent without it then.
        originals: whether originals may be downloaded whole.
        intranet: hosts whose addresses may be private when a story is fetched from them.
        fetch: gets a story's page.
        slots: the places that photos are cropped for.
        threads: searches that are answered at the same time.
        thumbnails: the folder where small pictures are kept; ``None`` for the user's cache.
        study: the folder of a blind study, whose raters come by their links; ``None`` for none.
        limits: what one request may cost.
    """

    archive: Path | str | None
    encoders: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    token: str | None = None
    users: Path | None = None
    hosts: tuple[str, ...] = ()
    secure: bool = False
    originals: bool = False
    intranet: frozenset[str] = frozenset()
    fetch: Callable[..., Page] = fetch
    slots: tuple[Slot, ...] = SLOTS
    threads: int = 2
    thumbnails: Path | None = None
    study: Path | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def is_open(self) -> bool:
        """Whether nobody has to say who they are."""
        return self.token is None and self.users is None

    def refuse_open_doors(self) -> None:
        """Make sure that nobody reaches the desk from elsewhere without a secret.

        Raises:
            InputError: it would be reached from other machines, and asks for nothing; or the token is too short.
        """
        if self.archive is None and self.study is None:
            raise InputError("there is nothing to open", "Name an ARCHIVE, or a study with --study.")
        # A study demands a rater's own link on every page.
        if self.is_open and self.host not in LOOPBACK and self.archive is not None:
            raise InputError(
                f"{self.host} can be reached from other machines, and nothing would be asked of who comes",
                "Give a --token for programs, or --auth USERS_FILE for people (made by picdesk users add), or both; or "
                "leave out --host, and the desk is this machine's alone.",
            )
        if self.token is not None and len(self.token) < 16:
            raise InputError(
                f"a token of {len(self.token)} characters can be guessed",
                "Give 16 characters or more; a good one: python -c 'import secrets; print(secrets.token_urlsafe())'",
            )
