"""Which addresses of the network may be connected to."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
import time
from typing import TYPE_CHECKING

from picdesk.errors import ArticleError
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_METADATA = ipaddress.ip_network("fd00:ec2::/32")  # where Amazon's answers over IPv6
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, by the registries of IANA.

    An IPv6 address that carries an IPv4 address (mapped, 6to4, Teredo, NAT64) is as public as the one it carries.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved
    if address.ipv4_mapped:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if address.sixtofour:
        return is_public(address.sixtofour)
    if address.teredo:
        return all(is_public(part) for part in address.teredo)
    return address in _GLOBAL_UNICAST and address.is_global and address.scope_id is None


def is_reachable_inside(address: Address) -> bool:
    """Whether an address may be connected to for a host that was let in by name: private ones, but no link-local one.

    Clouds answer with the machine's keys at a link-local address.
    """
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if carried:
            return is_reachable_inside(carried)
    return not (address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA)


def resolve_host(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system's resolver gives them.

    Raises:
        OSError: it has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def checked_addresses(
    host: str,
    port: int,
    allowed: Callable[[Address], bool],
    resolve: Callable[[str, int], Sequence[str]],
    deadline: float,
) -> tuple[str, ...]:
    """The addresses of a host, all of them allowed.

    A host with a single address that is not allowed is refused as a whole: which one a connection would take is not
    for its name server to choose.

    Args:
        host: name or address.
        port: for the resolver.
        allowed: which addresses may be connected to.
        resolve: host and port -> addresses.
        deadline: of `time.monotonic`.

    Raises:
        ArticleError: one of them is not allowed.
        OSError: there is no such host; `TimeoutError` where the answer comes too late.
    """
    addresses = _in_time(lambda: resolve(host, port), deadline)
    if not all(allowed(ipaddress.ip_address(address)) for address in addresses):
        raise ArticleError(
            f"{printable(host)} is not on the public internet", "Give the page as a file, or the story's text."
        )
    if not addresses:
        raise OSError("the host has no address")
    return tuple(addresses)


def left(deadline: float) -> float:
    """Seconds until a deadline of `time.monotonic`.

    Raises:
        TimeoutError: it has passed.
    """
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("out of time")
    return seconds


def _in_time(ask: Callable[[], Sequence[str]], deadline: float) -> Sequence[str]:
    """An answer, unless it takes too long: the system's resolver itself knows no time limit."""
    answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def answer() -> None:
        try:
            answers.put(ask())
        except Exception as error:  # raised again where it was asked for
            answers.put(error)

    threading.Thread(target=answer, daemon=True).start()
    try:
        found = answers.get(timeout=left(deadline))
    except queue.Empty:
        raise TimeoutError("the name server did not answer") from None
    if isinstance(found, Exception):
        raise found
    return found
