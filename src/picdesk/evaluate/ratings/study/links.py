"""Each rater's own link: whoever has it is the rater, so that nobody needs a password for an afternoon."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.evaluate.ratings.study.folder import SECRET, read_study
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from pathlib import Path

    from picdesk.evaluate.ratings.study.records import Rater


def token_of(folder: Path, rater: str) -> str:
    """What stands in a rater's link: 144 bits that only who can read the study's folder can make.

    Raises:
        InputError: the study's secret cannot be read.
    """
    try:
        secret = (folder / SECRET).read_bytes()
    except OSError as error:
        raise InputError(
            f"the study's secret cannot be read: {printable(str(folder / SECRET))}: {error.strerror or error}",
            "Links are made from it; restore the file, or set the study up again.",
        ) from error
    if len(secret) < 32:
        raise InputError(
            f"the study's secret is cut short: {printable(str(folder / SECRET))}", "Set the study up again."
        )
    return base64.urlsafe_b64encode(hmac.digest(secret, rater.encode(), hashlib.sha256)[:18]).decode()


def rater_of(folder: Path, token: str) -> Rater | None:
    """Whose link it is; ``None`` where it is nobody's.

    Raises:
        InputError: there is no study, or it is damaged.
    """
    found = None
    for rater in read_study(folder).raters:
        # All are compared, in the same time each, so that the time of an answer says nothing.
        if hmac.compare_digest(token_of(folder, rater.id).encode(), token.encode()):
            found = rater
    return found
