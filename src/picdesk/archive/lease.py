"""A lock in an object store: an object that one process writes, renews, and takes away again.

No store can tell that a process has died, as an operating system can. So the lock is a lease (Gray & Cheriton: Leases,
SOSP 1989): whoever holds it writes it again every 20 seconds, and one that nobody has written for three minutes is
free. Each write names the object that it replaces (conditional PUT), so that of several processes one wins, whatever
their clocks say.

What that gives, and what not: before each commit the holder makes sure that it has renewed the lease in the last 40
seconds. A process that is frozen, or whose store holds a commit up, for over two minutes between that look and the end
of the commit, can write beside the next holder; LanceDB keeps both commits whole, and `picdesk verify` names a photo
that came twice.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import time
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from picdesk.errors import ArchiveBusy, StorageUnavailable

if TYPE_CHECKING:
    from picdesk.objects import ObjectPath

LEASE_SECONDS = 180.0
"""Without a sign of life for so long, a holder counts as dead. Clocks may be two minutes apart."""
RENEW_SECONDS = 20.0
SURE_SECONDS = 40.0
"""A commit is begun so long after the last renewal at most."""
LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lease, as it stands in the object.

    Attributes:
        host: name of the machine, for people.
        machine: hash of the running system and its space of process numbers; empty where that is not known.
        process: its number there.
        nonce: another one in every write, so that no two writes are taken for each other.
    """

    host: str
    machine: str
    process: int
    nonce: str

    @property
    def is_dead(self) -> bool:
        """Whether it was a process of this very system that is gone; then nobody need wait."""
        return bool(self.machine) and self.machine == _machine() and not Path(f"/proc/{self.process}").exists()


class Lease:
    """A lease on an object; made by `take`, ended by `release`."""

    def __init__(self, place: ObjectPath) -> None:
        self._place = place
        self._tag = ""
        self._renewed = 0.0
        self._lost = False
        self._ended = Event()
        self._writing = Lock()
        self._thread = Thread(target=self._keep, name="lease", daemon=True)

    def take(self, seconds: float) -> None:
        """Become the holder.

        Args:
            seconds: how long to wait for another.

        Raises:
            ArchiveBusy: another has held it all the time; the message says who.
            StorageUnavailable: the store does not answer.
        """
        until = time.monotonic() + seconds
        while not self._try():
            if time.monotonic() > until:
                raise ArchiveBusy(*self._said())
            time.sleep(min(LOOK_SECONDS, seconds))
        self._thread.start()

    def check(self) -> None:
        """Make sure that it is still held, before something is written.

        Raises:
            ArchiveBusy: another process has it now.
            StorageUnavailable: it could not be renewed for too long.
        """
        if self._lost:
            raise ArchiveBusy(
                f"{self._place.parent} was taken over by another process, for this one gave no sign of life",
                "Nothing was written since. Run the same command again to go on.",
            )
        if time.monotonic() - self._renewed > SURE_SECONDS:
            raise StorageUnavailable(
                f"{self._place.parent}: the lock could not be renewed for {SURE_SECONDS:.0f} seconds",
                "Nothing was written since. Run the same command again to go on.",
            )

    def release(self) -> None:
        """Let go of it. Where that fails, it is free after a while all the same."""
        self._ended.set()
        self._thread.join()
        with self._writing:
            if not self._lost and time.monotonic() - self._renewed < LEASE_SECONDS / 2:
                try:
                    self._place.unlink()
                except StorageUnavailable:
                    return

    # -- inside ---------------------------------------------------------------------------------------------------

    def _try(self) -> bool:
        if self._write(None):
            return True
        try:
            status, holder = self._place.stat(), _holder(self._place.read_bytes())
        except FileNotFoundError:
            return False  # let go of just now; the next look takes it
        silent = time.time() - status.st_mtime_ns / 1e9
        free = silent > LEASE_SECONDS or (holder is not None and holder.is_dead)
        return free and self._write(status.tag)

    def _write(self, over: str | None) -> bool:
        """Write the lease, in place of the one of a tag, or of none."""
        began = time.monotonic()
        data = json.dumps(asdict(_me())).encode()
        tag = self._place.create(data) if over is None else self._place.exchange(data, over)
        if tag is None and self._is(data):
            tag = self._place.stat().tag  # it was written; the answer was lost, and the next try met our own
        if tag is None or not self._is(data):
            return False
        self._tag, self._renewed = tag, began
        return True

    def _is(self, data: bytes) -> bool:
        try:
            return self._place.read_bytes() == data
        except FileNotFoundError:
            return False

    def _keep(self) -> None:
        while not self._ended.wait(RENEW_SECONDS) and not self._lost:
            with self._writing:
                try:
                    self._lost = not self._write(self._tag)
                except StorageUnavailable:
                    continue  # `check` says when it has been too long

    def _said(self) -> tuple[str, str]:
        try:
            holder = _holder(self._place.read_bytes())
        except FileNotFoundError:
            holder = None
        who = f" (process {holder.process} on {holder.host})" if holder else ""
        return (
            f"{self._place.parent} is being written to by another process{who}",
            "Wait until it has finished, or stop it; nothing was changed. The lock of a process that died on another "
            f"machine is free after {LEASE_SECONDS:.0f} seconds.",
        )


def _me() -> Holder:
    return Holder(host=socket.gethostname(), machine=_machine(), process=os.getpid(), nonce=secrets.token_hex(8))


def _machine() -> str:
    """This system since its start, and the space in which its process numbers count; containers have their own."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        space = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - it points to no path
    except OSError:
        return ""
    return blake2b(f"{socket.gethostname()} {boot} {space}".encode(), digest_size=8).hexdigest()


def _holder(data: bytes) -> Holder | None:
    try:
        said = json.loads(data)
        return Holder(
            host=str(said["host"])[:100],
            machine=str(said["machine"]),
            process=int(said["process"]),
            nonce=str(said["nonce"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
