"""A page from the web, fetched so that an address in a form cannot reach into the network the desk stands in.

What an attacker could try (server-side request forgery) and what stops it: the host is resolved once, every address it
resolves to must be public, and the connection goes to an address that was checked, so that a second answer of the name
server (DNS rebinding) changes nothing. Each redirect is checked in the same way. Time and size are limited as a whole,
so that neither a slow drip nor a decompression bomb holds the desk up.

A desk's own pages (its editorial system) may be let in by name: ``intranet`` lists hosts whose addresses may be
private. Even they may not be of the link-local range, where clouds keep their keys (169.254.169.254).

Proxies that the environment names (``HTTP_PROXY`` and so on) are ignored: a proxy would resolve the host again and the
check would mean nothing.
"""

from __future__ import annotations

import gzip
import http.client
import io
import re
import socket
import time
import zlib
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from picdesk.articles.addresses import checked_addresses, is_public, is_reachable_inside, resolve_host
from picdesk.articles.connection import PinnedConnection
from picdesk.articles.text import MAX_BYTES
from picdesk.errors import ArticleError, FetchError
from picdesk.photos.locate import one_line, printable

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence
    from urllib.parse import SplitResult

    from picdesk.articles.addresses import Address

PORTS = frozenset({80, 443})
SECONDS = 20.0
MAX_REDIRECTS = 5
TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
"""Answers after which the same question may be answered well (RFC 9110; 429: RFC 6585)."""

_BLOCK = 64 * 1024
HINT = "Save the page from a browser and give the file, or give the story's text."
_PAGE = re.compile(r"text/[\w.+-]+|application/(?:[\w.-]+\+)?xml", re.IGNORECASE)
_URL_SIGNS = "/%:@!$&'()*+,;=~?"  # as RFC 3986 allows them in a path and a query
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{2,40})""", re.IGNORECASE)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {
    "User-Agent": "Picdesk",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,text/*;q=0.8",
    "Accept-Encoding": "gzip",
    "Connection": "close",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched page.

    Attributes:
        data: its bytes, decompressed.
        url: where it was found in the end.
        content_type: media type in lower case, without parameters.
        charset: the encoding that the server named; often wrong, so it is a witness and makes no page another one.
    """

    data: bytes
    url: str
    content_type: str
    charset: str = field(default="", compare=False)


def fetch(
    url: str,
    *,
    allowed: Callable[[Address], bool] = is_public,
    resolve: Callable[[str, int], Sequence[str]] = resolve_host,
    ports: frozenset[int] = PORTS,
    seconds: float = SECONDS,
    context: ssl.SSLContext | None = None,
    intranet: frozenset[str] = frozenset(),
    permit: Callable[[str], None] = lambda _: None,
) -> Page:
    """Fetch a page.

    Args:
        url: ``http`` or ``https``, without user and password.
        allowed: which addresses may be connected to.
        resolve: host and port -> addresses.
        ports: which ports may be connected to.
        seconds: for everything together, redirects included.
        context: how certificates are verified; ``None`` for the system's own way.
        intranet: hosts, or hosts with their port (``cms.example:8080``), that may have private addresses.
        permit: asked for each address before it is fetched, redirects included; it raises where that must not be.

    Raises:
        ArticleError: the address is not allowed, it cannot be reached, it answers with anything but a page, with one of
            more than 5 MB (compressed or not), or not in time.
    """
    deadline = time.monotonic() + seconds
    for _ in range(MAX_REDIRECTS + 1):
        shown = printable(url)
        own = _is_own(url, intranet)
        parts = _checked(url, ports | {_port(urlsplit(url))} if own else ports)
        permit(url)
        try:
            host = _ascii(parts.hostname or "")
            reach = is_reachable_inside if own else allowed
            addresses = checked_addresses(host, _port(parts), reach, resolve, deadline)
            answer = _get(parts, PinnedConnection(host, _port(parts), addresses, parts.scheme, deadline, context))
            if isinstance(answer, Page):
                return answer
            url = urljoin(url, answer)
        except TimeoutError as error:
            raise FetchError(f"{shown} did not answer within {seconds:g} seconds", transient=True) from error
        except (ConnectionError, http.client.IncompleteRead, socket.gaierror) as error:
            passing = not isinstance(error, socket.gaierror) or error.errno == socket.EAI_AGAIN
            raise FetchError(f"{shown} cannot be fetched: {one_line(error)}", transient=passing) from error
        except (OSError, http.client.HTTPException, EOFError, zlib.error, ValueError) as error:
            raise ArticleError(f"{shown} cannot be fetched: {one_line(error)}", HINT) from error
    raise ArticleError(f"{printable(url)}: more than {MAX_REDIRECTS} redirects", HINT)


def _checked(url: str, ports: frozenset[int]) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = _port(parts)
    except ValueError as error:
        raise ArticleError(f"not an address: {printable(url)}: {one_line(error)}", HINT) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ArticleError(f"neither an http nor an https address: {printable(url)}", HINT)
    if parts.username is not None or parts.password is not None:
        raise ArticleError(f"an address with a user name or password in it, for {parts.hostname}", HINT)
    if port not in ports:
        raise ArticleError(f"port {port} is not a web port: {printable(url)}", HINT)
    return parts


def _is_own(url: str, intranet: frozenset[str]) -> bool:
    """Whether an address is of a host that was let in by name."""
    try:
        parts = urlsplit(url)
        return bool(intranet & {parts.hostname or "", f"{parts.hostname}:{_port(parts)}"} - {""})
    except ValueError:
        return False


def _port(parts: SplitResult) -> int:
    return parts.port if parts.port is not None else 443 if parts.scheme == "https" else 80


def _ascii(host: str) -> str:
    return host if host.isascii() else host.encode("idna").decode("ascii")


def _get(parts: SplitResult, connection: PinnedConnection) -> Page | str:
    """The page, or where it has moved to."""
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request("GET", quote(target, safe=_URL_SIGNS), headers=_HEADERS)
        response = connection.getresponse()
        with response:
            moved = response.getheader("Location")
            if response.status in _REDIRECTS and moved:
                return moved.encode("latin-1", "replace").decode("utf-8", "replace")
            return _page(response, parts._replace(fragment="").geturl())
    finally:
        connection.close()


def _page(response: http.client.HTTPResponse, url: str) -> Page:
    shown = printable(url)
    if response.status != HTTPStatus.OK:
        known = {status.value: status.phrase for status in HTTPStatus}
        raise FetchError(
            f"{shown} answered {response.status} {known.get(response.status, '')}".rstrip(),
            status=response.status,
            transient=response.status in TRANSIENT,
            wait=_wait(response.getheader("Retry-After", "")),
        )
    content_type, _, parameters = response.getheader("Content-Type", "").partition(";")
    content_type = content_type.strip().lower()
    charset = _CHARSET.search(parameters)
    if not _PAGE.fullmatch(content_type):
        raise ArticleError(f"{shown} is no page but {printable(content_type) or 'of no declared type'}", HINT)
    data = _body(response, shown)
    packing = response.getheader("Content-Encoding", "").strip().lower()
    if packing in {"gzip", "x-gzip"}:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            data = file.read(MAX_BYTES + 1)
    elif packing not in {"", "identity"}:
        raise ArticleError(f"{shown} is packed as {printable(packing)}, which was not asked for", HINT)
    if len(data) > MAX_BYTES:
        raise _too_large(shown)
    return Page(data=data, url=url, content_type=content_type, charset=charset[1] if charset else "")


def _body(response: http.client.HTTPResponse, shown: str) -> bytes:
    length = response.length
    if length is not None and length > MAX_BYTES:
        raise _too_large(shown)
    data = bytearray()
    while length is None or len(data) < length:
        # One read of the socket at a time: read() would wait until a whole block has dripped in.
        block = response.read1(_BLOCK if length is None else min(_BLOCK, length - len(data)))
        if not block:
            break
        data += block
        if len(data) > MAX_BYTES:
            raise _too_large(shown)
    if length is not None and len(data) < length:
        raise FetchError(f"{shown} broke off after {len(data):,} of {length:,} bytes", transient=True)
    return bytes(data)


def _wait(said: str) -> float | None:
    """Seconds of a Retry-After header, which says seconds or a date (RFC 9110, 10.2.3)."""
    import datetime as dt
    from email.utils import parsedate_to_datetime

    said = said.strip()
    if re.fullmatch(r"\d{1,9}", said):
        return float(said)
    try:
        then = parsedate_to_datetime(said)
    except ValueError:
        return None
    then = then if then.tzinfo else then.replace(tzinfo=dt.UTC)
    return max(0.0, (then - dt.datetime.now(dt.UTC)).total_seconds())


def _too_large(shown: str) -> ArticleError:
    return ArticleError(f"{shown} is larger than {MAX_BYTES:,} bytes", HINT)
