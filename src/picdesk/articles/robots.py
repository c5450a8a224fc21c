"""What a site lets robots fetch: robots.txt, by RFC 9309."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from picdesk.articles.fetch import HINT
from picdesk.errors import ArticleError, FetchError
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from picdesk.articles.fetch import Page

AGENT = "picdesk"
LARGEST = 500 * 1024
"""RFC 9309 asks for this much to be read; what stands behind it does not count."""

_KEPT = 24 * 3600.0  # seconds; RFC 9309, 2.4
_PERCENT = re.compile("%([0-9A-Fa-f]{2})")
_SIGNS = "/%:@!$&'()*+,;=~?"


@dataclass(frozen=True, slots=True)
class Rules:
    """What one site lets this robot do.

    Attributes:
        rules: whether it may, and the pattern of paths.
        delay: seconds between two requests that the site asks for (Crawl-delay); 0 where it does not.
        unreachable: why the rules could not be read; nothing may be fetched then.
    """

    rules: tuple[tuple[bool, str], ...] = ()
    delay: float = 0.0
    unreachable: str = ""

    def allow(self, url: str) -> bool:
        """Whether an address may be fetched: the longest pattern that matches decides, of two as long the friendly."""
        parts = urlsplit(url)
        path = _encoded(f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/")
        if path == "/robots.txt":
            return True
        matching = [(len(pattern), allowed) for allowed, pattern in self.rules if _matches(pattern, path)]
        return max(matching)[1] if matching else True


def parse_robots(text: str, agent: str = AGENT) -> Rules:
    """The rules for a robot: those of every group that names it, else those of the groups for all (``*``)."""
    groups: list[tuple[set[str], list[tuple[str, str]]]] = []
    open_group = False
    for line in text.splitlines():
        name, colon, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if not colon:
            continue
        if name == "user-agent":
            if not open_group:
                groups.append((set(), []))
            groups[-1][0].add(value.lower().partition("/")[0].strip())
            open_group = True
        elif name in {"allow", "disallow", "crawl-delay"} and groups:
            groups[-1][1].append((name, value))
            open_group = False
    named = [lines for agents, lines in groups if agent in agents]
    lines = [line for group in named or [lines for agents, lines in groups if "*" in agents] for line in group]
    rules = tuple((name == "allow", _encoded(value)) for name, value in lines if name != "crawl-delay" and value)
    said = [value for name, value in lines if name == "crawl-delay"]
    delays = [float(value) for value in said if re.fullmatch(r"\d{1,6}(\.\d+)?", value)]
    return Rules(rules=rules, delay=max(delays, default=0.0))


class Robots:
    """The rules of sites, each fetched once a day at most. Safe in threads.

    Args:
        fetch: gets a page from the web.
    """

    def __init__(self, fetch: Callable[[str], Page]) -> None:
        self._fetch = fetch
        self._known: dict[str, tuple[float, Rules]] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def rules(self, url: str) -> Rules:
        """The rules of the site that an address belongs to.

        A site without robots.txt forbids nothing; one whose robots.txt cannot be had just now (5xx, out of time)
        forbids everything until it can.
        """
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            own = self._locks.setdefault(site, threading.Lock())
        with own:
            when, known = self._known.get(site, (0.0, None))
            if known is None or time.monotonic() - when > _KEPT:
                known = self._read(f"{site}/robots.txt")
                if not known.unreachable:
                    self._known[site] = time.monotonic(), known
            return known

    def known(self, url: str) -> Rules:
        """The rules of a site as far as they have been fetched."""
        parts = urlsplit(url)
        return self._known.get(f"{parts.scheme}://{parts.netloc}", (0.0, Rules()))[1]

    def permit(self, url: str) -> None:
        """Pass over an address that may be fetched.

        Raises:
            FetchError: the site's robots.txt forbids it, or cannot be had just now.
        """
        rules = self.rules(url)
        if rules.unreachable:
            raise FetchError(f"robots.txt cannot be had, so nothing is fetched: {rules.unreachable}", transient=True)
        if not rules.allow(url):
            raise ArticleError(f"robots.txt of the site forbids it: {printable(url)}", HINT)

    def _read(self, url: str) -> Rules:
        try:
            page = self._fetch(url)
        except FetchError as error:
            return Rules(unreachable=error.message) if error.transient else Rules()
        except ArticleError:  # no such host, or no text: the page itself will say so
            return Rules()
        return parse_robots(page.data[:LARGEST].decode("utf-8-sig", "replace"))


def _matches(pattern: str, path: str) -> bool:
    """Whether a path begins as a pattern says, in which ``*`` is anything and ``$`` at the end its end.

    Each piece between two stars is looked for once, from the left: no pattern can make this slow.
    """
    ends = pattern.endswith("$")
    first, *pieces = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not pieces:
        return path == first if ends else True
    at = len(first)
    for piece in pieces[:-1] if ends else pieces:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return len(path) - len(pieces[-1]) >= at and path.endswith(pieces[-1]) if ends else True


def _encoded(path: str) -> str:
    """A path in the one spelling of each address (RFC 3986, 6.2.2): letters, digits, ``-._~`` plain, others encoded."""

    def plain(sign: re.Match[str]) -> str:
        letter = chr(int(sign[1], 16))
        return letter if letter.isascii() and (letter.isalnum() or letter in "-._~") else sign[0].upper()

    return _PERCENT.sub(plain, quote(path, safe=_SIGNS, errors="replace"))
