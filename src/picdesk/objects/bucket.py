"""A bucket, opened: the one place that talks to object stores.

It goes through ``obstore``, the same Rust library (object_store) that LanceDB's tables go through, so that both read
the same environment: ``AWS_ENDPOINT``, ``AWS_ACCESS_KEY_ID``, ``AWS_ALLOW_HTTP``, ``GOOGLE_SERVICE_ACCOUNT``,
``AZURE_STORAGE_ACCOUNT_NAME`` and so on. Retries are its own, with growing pauses, and end after ``patience`` seconds.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from picdesk.errors import ExtraMissing, InputError, StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.objects.address import Address

RETRIES = 6
"""Further tries of a request that met a server's fault or a lost connection."""

PATIENCE = 60.0
"""Seconds over which a request is tried again."""

LOST = "something that should lie there was not found"
"""Said of an object that its neighbours name, and that is gone."""

_OURS = re.compile("AWS_|GOOGLE_|AZURE_|PICDESK_STORE_")
_STATUS = re.compile(r"\b([45]\d\d [A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+)*)")
_SAID = (
    (re.compile(r"precondition", re.IGNORECASE), "it was changed while it was read"),
    (re.compile(r"\btimed? ?out|deadline", re.IGNORECASE), "it does not answer in time"),
    (re.compile(r"connection refused|tcp connect error", re.IGNORECASE), "nothing answers there"),
    (re.compile(r"dns error|failed to lookup", re.IGNORECASE), "its host is not known"),
    (
        re.compile(
            r"connection (closed|reset)|incomplete|unexpected (eof|end)|broken pipe|decoding|body error|end of file",
            re.IGNORECASE,
        ),
        "the connection was cut",
    ),
    (re.compile(r"certificate|tls|handshake", re.IGNORECASE), "its certificate was not accepted"),
    (re.compile(r"URL scheme is not allowed|BadScheme|builder error", re.IGNORECASE), "it is no https address"),
    (re.compile(r"header missing|from headers", re.IGNORECASE), "its answers lack what the protocol asks for"),
    (re.compile(r"credential|169\.254|metadata|must be specified|token", re.IGNORECASE), "there are no credentials"),
    (re.compile(r"lance error: not found", re.IGNORECASE), LOST),
    (re.compile(r"error sending request"), "it does not answer"),
    (re.compile(r"no ?such ?bucket|container.*not.*exist", re.IGNORECASE), "there is no such bucket"),
)
_OF_STORE = re.compile(
    r"object_store|Generic (S3|GCS|MicrosoftAzure) error|Error performing|HTTP error|lance error: Not found"
)
_ALLOW_HTTP = {"s3": "AWS_ALLOW_HTTP", "gs": "GOOGLE_ALLOW_HTTP", "az": "AZURE_ALLOW_HTTP"}
_ENVIRONMENT = {
    "s3": "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT",
    "gs": "GOOGLE_SERVICE_ACCOUNT or GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}


def patience() -> float:
    """Seconds over which a failing request is tried again: ``PICDESK_STORE_PATIENCE``, else 60.

    Raises:
        InputError: the variable is no number over 0.
    """
    said = os.environ.get("PICDESK_STORE_PATIENCE", "")
    try:
        seconds = float(said) if said else PATIENCE
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise InputError("PICDESK_STORE_PATIENCE is no number of seconds", "Set it to a number over 0, or unset it.")
    return seconds


def opened(address: Address) -> Any:
    """The bucket of an address, as ``obstore`` has it; opened once as long as the environment stays as it is.

    Raises:
        ExtraMissing: ``obstore`` is not installed.
        StorageUnavailable: the environment lacks what the store needs.
    """
    said = tuple(sorted((name, value) for name, value in os.environ.items() if _OURS.match(name)))
    with answering(address):
        return _opened(address.scheme, address.bucket, said)


@lru_cache(maxsize=16)
def _opened(scheme: str, bucket: str, _environment: tuple[tuple[str, str], ...]) -> Any:
    store = import_obstore().store
    seconds = patience()
    return store.from_url(
        f"{scheme}://{bucket}",
        retry_config={
            "max_retries": RETRIES,
            "retry_timeout": timedelta(seconds=seconds),
            "backoff": {"max_backoff": timedelta(seconds=max(0.1, seconds / 6))},
        },
        client_options={
            "timeout": timedelta(seconds=max(1.0, seconds / 2)),
            "connect_timeout": timedelta(seconds=5),
            # LanceDB takes it from the environment; options given here would hide it.
            "allow_http": os.environ.get(_ALLOW_HTTP[scheme], "").lower() in {"true", "1", "yes"},
        },
    )


def import_obstore() -> Any:
    """The library that talks to object stores.

    Raises:
        ExtraMissing: it is not installed.
    """
    try:
        import obstore
        import obstore.store
    except ImportError:
        raise ExtraMissing(
            "object stores need the library obstore", "Install it: pip install 'picdesk[cloud]'"
        ) from None
    return obstore


def table_options(address: Address) -> dict[str, str]:
    """What LanceDB is told beside the environment, so that its patience is about the same.

    It looks for the newest version up to six times, each with the client's own retries; so these are fewer.
    """
    opened(address)  # says at once what is missing
    seconds = patience()
    return {
        "client_max_retries": str(max(1, min(4, round(4 * seconds)))),
        "client_retry_timeout": str(max(1, round(seconds / 4))),
        "lance_aimd_max_retries": "1",
        "timeout": f"{max(1, round(seconds / 2))}s",
    }


@contextmanager
def answering(address: Address) -> Iterator[None]:
    """Turn what a store's library raises into an error that names the address, and no more of the environment.

    Raises:
        FileNotFoundError: nothing lies there.
        StorageUnavailable: the store does not answer, or does not let us in.
    """
    try:
        yield
    except (FileNotFoundError, ExtraMissing, InputError, StorageUnavailable):
        raise
    except Exception as error:
        raise unavailable(address, error) from None  # its own words may hold keys and signatures


def unavailable(address: Address, error: Exception) -> StorageUnavailable:
    """The error for a store that failed, in our words: the store's own can hold keys and signatures."""
    said = str(error)
    kind = type(error).__name__
    status = _STATUS.search(said)
    hint = f"Check the address and {_ENVIRONMENT[address.scheme]}, then run the same command again."
    if kind in {"PermissionDeniedError", "UnauthenticatedError"} or (status and status[1][:3] in {"401", "403"}):
        return StorageUnavailable(f"{address}: access is denied", hint)
    reason = next((reason for words, reason in _SAID if words.search(said)), "")
    if status and not status[1].startswith("412"):
        reason = f"the server answers {status[1]}"
    return StorageUnavailable(f"{address} cannot be used: {reason or 'its store failed'}", hint)


def is_failure(error: BaseException) -> bool:
    """Whether an error that LanceDB raised comes from its store and not from what it was asked."""
    return _OF_STORE.search(str(error)) is not None
