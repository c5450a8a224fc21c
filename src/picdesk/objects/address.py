"""Addresses in object stores: ``s3://bucket/key``, ``gs://bucket/key``, ``az://container/key``.

They are URLs (RFC 3986), as LanceDB reads them: in a key, ``%20`` is a space, and a ``%``, ``?`` or ``#`` of the key's
own is percent-encoded. No address holds a credential; one that does is refused and not repeated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from picdesk.errors import InputError

SCHEMES = ("s3", "gs", "az")
"""Amazon S3 and whatever speaks its protocol, Google Cloud Storage, Azure Blob Storage."""

# One slash is taken too: a path library that did not know better has made one of two.
_ADDRESS = re.compile(rf"({'|'.join(SCHEMES)}):/{{1,2}}([^/?#]*)([^?#]*)(.*)", re.DOTALL)
_BUCKET = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,254}")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where an object, or all objects below a prefix, lie.

    Attributes:
        scheme: one of ``SCHEMES``.
        bucket: the bucket, or Azure's container.
        key: without slashes at its ends; empty for the whole bucket.
    """

    scheme: str
    bucket: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.bucket}/{quote(self.key)}".rstrip("/")

    @property
    def said(self) -> str:
        """The address as people read it, nothing of it percent-encoded."""
        return f"{self.scheme}://{self.bucket}/{self.key}".rstrip("/")


def is_address(text: str) -> bool:
    """Whether a text is meant as an address in an object store.

    >>> is_address("s3://desk/photos"), is_address("photos/s3")
    (True, False)
    """
    return _ADDRESS.match(text) is not None


def parse_address(text: str) -> Address:
    """The address that a text says.

    >>> parse_address("s3://desk/press%20photos/7.jpg").key
    'press photos/7.jpg'

    Raises:
        InputError: it is none, or it holds more than a bucket and a key.
    """
    found = _ADDRESS.fullmatch(text)
    if not found:
        raise InputError("this is no address in an object store", f"Write SCHEME://BUCKET/KEY; {_known()}.")
    scheme, bucket, raw, rest = found.groups()
    if "@" in bucket:
        raise InputError(
            f"an {scheme}:// address holds no keys or passwords", "Leave them out and set them in the environment."
        )
    if rest:
        raise InputError(
            f"{scheme}://{bucket} is followed by '{rest[0]}' in an address",
            "Addresses have no parameters; in a key, write ? as %3F and # as %23.",
        )
    if not _BUCKET.fullmatch(bucket):
        raise InputError(f"an {scheme}:// address without the name of a bucket", f"Write {scheme}://BUCKET/KEY.")
    key = unquote(raw, errors="strict" if _is_utf8(raw) else "replace").strip("/")
    parts = key.split("/")
    if _UNPRINTABLE.search(key) or "." in parts or ".." in parts or (key and "" in parts) or "�" in key:
        raise InputError(
            f"{scheme}://{bucket} with a key that cannot be used",
            "A key has no control characters, no empty parts and no '.' or '..' between its slashes.",
        )
    return Address(scheme, bucket, key)


def _is_utf8(raw: str) -> bool:
    try:
        unquote(raw, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


def _known() -> str:
    return f"the schemes are {', '.join(SCHEMES)}"
