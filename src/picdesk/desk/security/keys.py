"""What sessions are signed with: the same in every process of a desk, and after a restart.

Beside the file of users lies a key for its owner's eyes alone, made by whichever process needs it first. A desk that
has a token and no users needs no file: its key follows from the token.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from picdesk.desk.security.tokens import new_secret
from picdesk.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from picdesk.desk.settings import DeskSettings

SHORTEST = 43
"""Characters of a key: 256 random bits."""


class SigningKey:
    """The key of a desk, as it is now: another one in the file ends every session at once.

    Args:
        settings: of the desk.
    """

    def __init__(self, settings: DeskSettings) -> None:
        self._users = settings.users
        self._token = settings.token
        self._seen: tuple[tuple[int, int, int], bytes] | None = None

    def __call__(self) -> bytes:
        """The key.

        Raises:
            InputError: its file cannot be read or made.
        """
        if self._users is None:
            # A desk that asks nobody signs nothing that counts.
            return b"" if self._token is None else key_of_token(self._token)
        file = key_file(self._users)
        try:
            status = file.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            if self._seen is None or self._seen[0] != stamp:
                self._seen = stamp, _read(file)
            return self._seen[1]
        except FileNotFoundError:
            return key_beside(self._users)


def key_file(users: Path) -> Path:
    """Where the key of a file of users lies."""
    return users.with_name(f"{users.name}.key")


def key_beside(users: Path) -> bytes:
    """The key beside a file of users, made where there is none; of several processes that try at once, one makes it.

    Raises:
        InputError: it cannot be read or made, or is cut short.
    """
    file = key_file(users)
    try:
        return _read(file)
    except FileNotFoundError:
        _write(file, replace=False)
    return _read(file)


def renew_key(users: Path) -> None:
    """Put another key beside a file of users: everybody who is logged in has to log in again.

    Raises:
        InputError: it cannot be written.
    """
    _write(key_file(users), replace=True)


@lru_cache(maxsize=8)
def key_of_token(token: str) -> bytes:
    """The key that follows from a token, by argon2id: nobody who sees a cookie can quickly try tokens on it."""
    from argon2.low_level import Type, hash_secret_raw

    dear: dict[str, int] = {"time_cost": 3, "memory_cost": 65536, "parallelism": 4, "hash_len": 32}
    return hash_secret_raw(token.encode(), b"picdesk sessions", **dear, type=Type.ID)


def _read(file: Path) -> bytes:
    try:
        key = file.read_bytes().strip()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}", "Let the desk read it.") from None
    if len(key) < SHORTEST:
        raise InputError(f"the key {file} is cut short", "Make another one: picdesk users logout USERS_FILE")
    return key


def _write(file: Path, *, replace: bool) -> None:
    """Write a key whole, under another name first; where there must be none yet, the first of several stays."""
    part = file.with_name(f".{file.name}-{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(new_secret() + "\n")
            out.flush()
            os.fsync(out.fileno())
        if replace:
            part.replace(file)
        else:
            with suppress(FileExistsError):
                os.link(part, file)
    except OSError as error:
        raise InputError(
            f"{file} cannot be written: {error.strerror or error}",
            "Let the desk write there once, or make it beforehand: picdesk users logout USERS_FILE",
        ) from None
    finally:
        part.unlink(missing_ok=True)
