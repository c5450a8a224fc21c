from __future__ import annotations

import io
import sys
import tarfile
import time
from collections.abc import Callable

import pytest

from picdesk.errors import ExtraMissing, PhotoError, StorageUnavailable
from picdesk.objects import ObjectPath
from picdesk.photos.locate import is_there, open_regular, read_bytes, tar_members
from tests.objects.server import KEY, SECRET, Asked, Fault, Proxy


def test_objects_are_written_whole_found_and_deleted(bucket: ObjectPath) -> None:
    place = bucket / "a" / "b c#.txt"
    assert not place.exists()
    place.write_bytes(b"one")
    place.write_bytes(b"other")
    assert place.read_bytes() == b"other"
    assert place.read_text() == "other"
    assert place.is_file()
    assert not place.is_dir()
    assert (bucket / "a").is_dir()
    assert not (bucket / "a").is_file()
    assert [entry.name for entry in bucket.iterdir()] == ["a"]
    assert [(entry, status.st_size) for entry, status in bucket.walk()] == [(place, 5)]
    place.unlink()
    place.unlink()
    with pytest.raises(FileNotFoundError):
        place.read_bytes()


def test_of_several_that_create_one_does(bucket: ObjectPath) -> None:
    place = bucket / "lock"
    tag = place.create(b"first")
    assert tag
    assert place.create(b"second") is None
    newer = place.exchange(b"third", tag)
    assert newer
    assert place.exchange(b"fourth", tag) is None
    assert place.read_bytes() == b"third"
    place.unlink()
    assert place.exchange(b"fifth", newer) is None


def test_photos_are_read_from_objects_and_from_tars_there(bucket: ObjectPath) -> None:
    buffer = io.BytesIO()
    members = {f"{number}.jpg": bytes([number]) * 700_000 for number in range(5)}
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    place = bucket / "shards" / "000.tar"
    place.write_bytes(buffer.getvalue())
    for name, data in members.items():
        assert read_bytes(f"{place}#{name}") == data
        assert is_there(f"{place}#{name}")
    assert not is_there(f"{place}#9.jpg")
    assert not is_there(str(bucket / "none.jpg"))
    with pytest.raises(PhotoError, match="no such file in the tar"):
        read_bytes(f"{place}#9.jpg")
    with pytest.raises(PhotoError, match="no such file"):
        read_bytes(str(bucket / "none.jpg"))
    with pytest.raises(PhotoError, match="more than the 100 taken"):
        read_bytes(str(place), limit=100)


def test_an_object_that_is_exchanged_while_it_is_read_is_not_mixed(bucket: ObjectPath) -> None:
    place = bucket / "a.tar"
    place.write_bytes(b"a" * 3_000_000)
    with open_regular(place) as file:
        assert file.read(10) == b"a" * 10
        place.write_bytes(b"b" * 3_000_000)
        file.seek(2_500_000)
        with pytest.raises(OSError, match="changed while it was read"):
            file.read(10)


BREAKS = [Fault(status=503), Fault(status=500), Fault(cut="before"), Fault(cut="within"), Fault(cut="after")]


@pytest.mark.parametrize("fault", BREAKS, ids=str)
def test_a_passing_fault_is_not_seen(proxy: Proxy, bucket: ObjectPath, fault: Fault) -> None:
    place = bucket / "photo.jpg"
    proxy.plan = _every_second(fault)
    place.write_bytes(b"x" * 1000)
    assert place.read_bytes() == b"x" * 1000
    assert place.is_file()
    assert [entry.name for entry in bucket.iterdir()] == ["photo.jpg"]
    assert is_there(str(place))


def _every_second(fault: Fault) -> Callable[[Asked], Fault | None]:
    return lambda asked: fault if asked.number % 2 == 0 and asked.method != "HEAD" else None


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(status=503), "the server answers 503 Service Unavailable"),
        (Fault(status=403), "access is denied"),
        (Fault(cut="before"), "the connection was cut"),
        (Fault(slow=20), "it does not answer in time"),
    ],
    ids=str,
)
def test_a_lasting_fault_ends_soon_and_says_where(proxy: Proxy, bucket: ObjectPath, fault: Fault, said: str) -> None:
    place = bucket / "press photos" / "a.jpg"
    proxy.plan = lambda _: fault
    began = time.monotonic()
    with pytest.raises(StorageUnavailable) as caught:
        place.read_bytes()
    assert time.monotonic() - began < 8
    assert caught.value.message.startswith(f"{bucket}/press%20photos/a.jpg")
    assert said in caught.value.message
    assert "AWS_ENDPOINT" in caught.value.hint
    assert SECRET not in str(caught.value)
    assert KEY not in str(caught.value)
    # Nobody can tell whether it is there: that must never be taken for a "no".
    if fault.status:
        with pytest.raises(StorageUnavailable):
            is_there(str(place))
        with pytest.raises(PhotoError, match=said):
            read_bytes(str(place))


def test_a_tar_behind_a_fault_is_refused_by_name(proxy: Proxy, bucket: ObjectPath) -> None:
    place = bucket / "a.tar"
    place.write_bytes(bytes(2_000_000))
    with open_regular(place) as file:
        proxy.plan = lambda _: Fault(status=503)
        with pytest.raises(PhotoError, match="503"):
            list(tar_members(file))


def test_no_bucket_nobody_there_and_no_https(bucket: ObjectPath, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = type(bucket)(type(bucket.address)("s3", "no-such-bucket"))
    with pytest.raises(StorageUnavailable, match="there is no bucket s3://no-such-bucket"):
        list(missing.iterdir())
    with pytest.raises(StorageUnavailable, match="there is no bucket"):
        (missing / "a").write_bytes(b"")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "false")
    with pytest.raises(StorageUnavailable, match="no https address"):
        bucket.exists()
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(StorageUnavailable, match="nothing answers there"):
        bucket.exists()


def test_google_and_azure_say_what_they_lack(monkeypatch: pytest.MonkeyPatch) -> None:
    from picdesk.objects import place_of

    for name in ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(StorageUnavailable, match="az://desk") as caught:
        place_of("az://desk/photos").exists()
    assert "AZURE_STORAGE_ACCOUNT_NAME" in caught.value.hint


def test_without_the_library_its_install_line_is_said(bucket: ObjectPath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(ExtraMissing) as caught:
        bucket.exists()
    assert "pip install 'picdesk[cloud]'" in caught.value.hint
