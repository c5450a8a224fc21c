from __future__ import annotations

import json
import time

import pytest

from picdesk.archive import lease as lease_module
from picdesk.archive.lease import Lease
from picdesk.errors import ArchiveBusy, StorageUnavailable
from picdesk.objects import ObjectPath
from tests.objects.server import Fault, Proxy


def test_one_holds_it_until_it_lets_go(bucket: ObjectPath) -> None:
    first, second = Lease(bucket / "lock"), Lease(bucket / "lock")
    first.take(0.1)
    first.check()
    with pytest.raises(ArchiveBusy) as caught:
        second.take(0.1)
    assert str(bucket) in caught.value.message
    first.release()
    assert not (bucket / "lock").exists()
    second = Lease(bucket / "lock")
    second.take(0.1)
    second.release()


def test_it_lives_longer_than_its_time_as_long_as_it_is_renewed(
    bucket: ObjectPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_module, "RENEW_SECONDS", 0.2)
    monkeypatch.setattr(lease_module, "LEASE_SECONDS", 1.5)  # a store's clock has whole seconds
    first = Lease(bucket / "lock")
    first.take(0.1)
    time.sleep(2.5)
    with pytest.raises(ArchiveBusy):
        Lease(bucket / "lock").take(0.1)
    first.check()
    first.release()


def test_a_holder_without_a_sign_of_life_loses_it_and_writes_no_more(
    bucket: ObjectPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_module, "RENEW_SECONDS", 0.5)
    frozen = Lease(bucket / "lock")
    frozen.take(0.1)
    with monkeypatch.context() as patch:
        patch.setattr(lease_module, "LEASE_SECONDS", -1.0)
        other = Lease(bucket / "lock")
        other.take(0.1)
    until = time.monotonic() + 5
    while not frozen._lost and time.monotonic() < until:
        time.sleep(0.05)
    with pytest.raises(ArchiveBusy, match="taken over"):
        frozen.check()
    frozen.release()
    assert (bucket / "lock").exists()  # it is the other's by now
    other.check()
    other.release()


def test_nobody_waits_for_a_process_of_this_machine_that_is_gone(bucket: ObjectPath) -> None:
    dead = json.dumps({"host": "desk", "machine": lease_module._machine(), "process": 2**22 + 1, "nonce": "1"})
    (bucket / "lock").write_bytes(dead.encode())
    lease = Lease(bucket / "lock")
    lease.take(0.1)
    lease.release()
    for elsewhere in (dead.replace(lease_module._machine(), "another"), "not json", "[]"):
        (bucket / "lock").write_bytes(elsewhere.encode())
        with pytest.raises(ArchiveBusy):
            Lease(bucket / "lock").take(0.1)


def test_a_lease_that_cannot_be_renewed_stops_the_writer(
    proxy: Proxy, bucket: ObjectPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICDESK_STORE_PATIENCE", "1")
    monkeypatch.setattr(lease_module, "RENEW_SECONDS", 0.1)
    monkeypatch.setattr(lease_module, "SURE_SECONDS", 0.5)
    lease = Lease(bucket / "lock")
    lease.take(0.1)
    proxy.plan = lambda _: Fault(status=503)
    time.sleep(1.0)
    with pytest.raises(StorageUnavailable, match="could not be renewed"):
        lease.check()
    proxy.plan = lambda _: None
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            lease.check()
            break
        except StorageUnavailable:
            time.sleep(0.05)
    lease.check()
    lease.release()


@pytest.mark.parametrize("cut", ["before", "after", "within"])
def test_a_write_whose_answer_is_lost_is_not_taken_for_anothers(proxy: Proxy, bucket: ObjectPath, cut: str) -> None:
    proxy.plan = lambda asked: Fault(cut=cut) if asked.number == 0 else None
    lease = Lease(bucket / "lock")
    lease.take(0.1)
    at = len(proxy.asked)
    proxy.plan = lambda asked: Fault(cut=cut) if asked.number == at else None
    assert lease._write(lease._tag)
    lease.check()
    lease.release()
    assert not (bucket / "lock").exists()
