"""An encoder's identity: what is in its files, not where they lie."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def file_digests(files: Mapping[str, Path]) -> dict[str, str]:
    """SHA-256 of each file, under the label it was given.

    Raises:
        EncoderMissing: a file cannot be read.
    """
    digests = {}
    for label, path in files.items():
        try:
            with path.open("rb") as file:
                digests[label] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise EncoderMissing(
                f"{path} cannot be read: {error.strerror}", "Fetch the encoder's folder again."
            ) from error
    return digests


def fingerprint(digests: Mapping[str, str]) -> str:
    """One SHA-256 over labelled digests, whatever their order.

    Args:
        digests: label (path inside the folder, with ``/``) to SHA-256 of the file.

    Returns:
        64 hexadecimal digits.
    """
    lines = (f"{digest}  {label}\n" for label, digest in sorted(digests.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
