"""A connection to a Ray cluster, or to one of our own that lives as long as the connection.

Ray reports to its makers unless it is told not to, writes its workers' output to the terminal of whoever called it, and
takes over a signal. None of that is wanted here.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from picdesk.cluster.nodes import check_nodes
from picdesk.errors import ClusterUnavailable, ExtraMissing, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCAL = "ray"
"""The cluster that ``$RAY_ADDRESS`` names; without that, one of our own on this machine."""

_PLACE = re.compile(r"(?:ray://)?(?P<host>\[[0-9a-fA-F:.]+\]|[\w.-]+):(?P<port>\d{1,5})")
_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # Ray warns of a change of its defaults unless this is said
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",  # what its processes complain of, which it prints to our stdout
}
_SECONDS = 10.0


def require_ray() -> Any:
    """Ray's module, told to report nothing to anybody.

    Raises:
        ExtraMissing: it is not installed.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ImportError:
        raise ExtraMissing("a cluster needs Ray, which is not installed", "pip install 'picdesk[cluster]'") from None
    return ray


def cluster_address(on: str) -> str | None:
    """What Ray is told for an ``--on``; ``None`` where a cluster of our own is to be started.

    Args:
        on: ``ray``, ``HOST:PORT`` of a cluster whose node this machine is, or ``ray://HOST:PORT`` from outside.

    Raises:
        InputError: it is none of these.
    """
    asked = on
    if on == LOCAL:
        asked = os.environ.get("RAY_ADDRESS", "")
        if asked in {"", "local"}:
            return None
        if asked == "auto":
            return asked
    if not _PLACE.fullmatch(asked):
        said = f"$RAY_ADDRESS is {asked!r}, which" if on == LOCAL else f"{on!r}"
        raise InputError(
            f"{said} is no address of a cluster",
            "Give ray (the cluster of $RAY_ADDRESS, else one on this machine), ray://HOST:10001 or HOST:6379.",
        )
    return asked


@contextmanager
def connected(on: str) -> Iterator[Any]:
    """Ray, connected to a cluster; a connection that the caller has made already is used and left as it is.

    Args:
        on: as for `cluster_address`.

    Raises:
        ExtraMissing: Ray is not installed.
        InputError: the address makes no sense.
        ClusterUnavailable: no cluster answers there.
        MissingError: a node of it has another Picdesk, or none.
    """
    address = cluster_address(on)
    ray = require_ray()
    if ray.is_initialized():
        check_nodes(ray)
        yield ray
        return
    if address not in {None, "auto"}:
        _knock(str(address))
    with _signals_kept(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Ray's own inner workings
        logging.getLogger("ray.client_builder").setLevel(logging.ERROR)
        try:
            ray.init(address=address or "local", **_quiet(address))
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise ClusterUnavailable(
                f"no cluster can be reached at {address or 'this machine'}: {_in_short(error)}",
                "Nodes need the same Python and Ray as this machine; see docs/scale-cluster.md.",
            ) from error
    try:
        if address is not None:
            with answering(ray):
                check_nodes(ray)
        yield ray
    finally:
        ray.shutdown()


@contextmanager
def answering(ray: Any) -> Iterator[None]:
    """Ray's own errors in words that say what to do.

    Raises:
        ClusterUnavailable: a worker could not be started or the cluster was lost.
    """
    try:
        yield
    except (ray.exceptions.RayError, ConnectionError) as error:
        cause = getattr(error, "cause", None) or error
        raise ClusterUnavailable(
            f"the cluster did not go on: {type(cause).__name__}: {_in_short(cause)}",
            "What was committed is kept; the same command goes on behind it. Nodes need the same Picdesk, Python and "
            "Ray as this machine.",
        ) from error


def is_outside(ray: Any) -> bool:
    """Whether this process is no part of the cluster, but speaks to it from outside (``ray://``)."""
    return bool(ray.util.client.ray.is_connected())


def _quiet(address: str | None) -> dict[str, Any]:
    if address is not None and address.startswith("ray://"):
        return {"log_to_driver": False}
    said: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    return said if address else said | {"include_dashboard": False}


def _knock(address: str) -> None:
    """Ask whether anybody is there: Ray itself tries for a minute and then ends the process."""
    place = _PLACE.fullmatch(address)
    if place is None:
        return
    try:
        with socket.create_connection((place["host"].strip("[]"), int(place["port"])), timeout=_SECONDS):
            return
    except (OSError, OverflowError) as error:
        raise ClusterUnavailable(
            f"no cluster answers at {address}: {_in_short(error)}",
            "Check the address: HOST:6379 from a node of the cluster, ray://HOST:10001 from outside; "
            "ray status on the head node says whether it runs.",
        ) from None


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Ray puts its own handler in the place of that which ends a run cleanly."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _in_short(error: Exception) -> str:
    """An error's first line; and its last, which is what happened where the first announces a traceback."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return " ".join(dict.fromkeys((lines[0], lines[-1])))[:400]
