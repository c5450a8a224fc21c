"""People who may use a desk: a TOML file of names and argon2id hashes (RFC 9106)."""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from picdesk.desk.security.keys import key_beside
from picdesk.errors import InputError, NothingFound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from argon2 import PasswordHasher

SHORTEST = 10
"""Characters of a password; its length matters, what they are does not (NIST SP 800-63B, 5.1.1)."""
LONGEST = 1000
RESERVED = frozenset({"desk", "token"})
"""Names of those who come without one."""

_NAME = re.compile(r"[\w][\w.@+-]{0,63}")


@dataclass(frozen=True, slots=True)
class User:
    """Who asks.

    Attributes:
        name: as choices, downloads and logs carry it.
        by: how they came in: ``open`` where nobody is asked, ``token`` or ``password``.
    """

    name: str
    by: str


def read_users(file: Path) -> dict[str, str]:
    """Name -> hash of the password.

    Raises:
        InputError: there is no such file, or it makes no sense.
    """
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))["users"]
        users = {str(name): str(hashed) for name, hashed in said.items()}
    except FileNotFoundError:
        raise InputError(f"there is no file of users {file}", f"Make one with: picdesk users add {file} NAME") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, AttributeError) as error:
        raise InputError(
            f"the file of users {file} cannot be read: {error}", f"Make one with: picdesk users add {file} NAME"
        ) from None
    for name, hashed in users.items():
        if not hashed.startswith("$argon2"):
            raise InputError(f"the password of '{name}' in {file} is no argon2 hash", "Set it anew: picdesk users add")
    return users


def add_user(file: Path, name: str, password: str) -> bool:
    """Let somebody in, or give them another password.

    Args:
        file: of users; made where it is not there, for its owner alone, with the key of their sessions beside it.
        name: letters, digits and ``._@+-``.
        password: 10 characters or more.

    Returns:
        Whether the name is a new one.

    Raises:
        InputError: the name or the password cannot be used, or the file makes no sense.
    """
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise InputError(f"{name!r} cannot be a name", "Use up to 64 letters, digits and . _ @ + -.")
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(f"a password has {SHORTEST} to {LONGEST:,} characters", "A sentence is easy to remember.")
    users = read_users(file) if file.exists() else {}
    write_users(file, users | {name: _hasher().hash(password)})
    key_beside(file)  # so that a desk that may only read finds one
    return name not in users


def remove_user(file: Path, name: str) -> None:
    """Let somebody in no longer; an open desk sees it at once.

    Raises:
        NothingFound: nobody is called so.
        InputError: the file makes no sense.
    """
    users = read_users(file)
    if name not in users:
        raise NothingFound(f"nobody is called '{name}' in {file}", f"There are: {', '.join(users) or 'no users'}.")
    write_users(file, {known: hashed for known, hashed in users.items() if known != name})


def write_users(file: Path, users: Mapping[str, str]) -> None:
    """Write the file whole, for its owner's eyes alone."""
    # A JSON string kept to ASCII is a TOML string.
    lines = ["# People who may use the desk; made by picdesk users.", "[users]"]
    lines += [f"{json.dumps(name)} = {json.dumps(hashed)}" for name, hashed in sorted(users.items())]
    part = file.with_name(f"{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror or error}") from None


def is_password(users: Mapping[str, str], name: str, password: str) -> bool:
    """Whether it is somebody's password; a name that is unknown takes as long as one that is known.

    Takes 64 MB and some 50 ms of a core: call it from a thread, and count failures before.
    """
    from argon2.exceptions import Argon2Error, InvalidHashError

    if len(password) > LONGEST:
        return False
    hashed = users.get(name)
    try:
        return _hasher().verify(hashed or _nobody(), password) and hashed is not None
    except (Argon2Error, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash("nobody has this password")
