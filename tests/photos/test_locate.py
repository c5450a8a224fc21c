from __future__ import annotations

import io
import os
import socket
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picdesk.errors import PhotoError
from picdesk.photos.locate import MAX_BYTES, open_regular, read_bytes, shown, tar_members, to_path, to_uri

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = ["a b.jpg", "100%.jpg", "50%41.jpg", "x#y.jpg", "what?.jpg", "😀.jpg", "a\nb.jpg", "ü\udce9.jpg", "&;=+,.jpg"]


def make_tar(path: Path, members: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_any_name_is_read_back_through_its_uri(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"photo of " + os.fsencode(name))
    uri = to_uri(path)
    assert uri.isascii()
    assert uri.startswith("file:///")
    assert "#" not in uri
    assert to_path(uri) == (path, None)
    assert read_bytes(uri) == b"photo of " + os.fsencode(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_tar_member_of_any_name_is_read_back_through_its_uri(tmp_path: Path, name: str) -> None:
    tar = make_tar(tmp_path / "sh#rd 1.tar", {"first.jpg": b"1", f"dir/{name}": b"2", "last.jpg": b"3"})
    uri = to_uri(tar, f"dir/{name}")
    assert to_path(uri) == (tar, f"dir/{name}")
    assert read_bytes(uri) == b"2"


@given(st.binary(min_size=1, max_size=40).filter(lambda raw: b"/" not in raw and b"\0" not in raw and raw != b"."))
def test_every_name_round_trips(raw: bytes) -> None:
    path = Path("/photos") / os.fsdecode(raw)
    assert to_path(to_uri(path, os.fsdecode(raw))) == (path, os.fsdecode(raw))
    assert "\n" not in shown(to_uri(path))
    shown(to_uri(path)).encode()


def test_shown_is_readable_and_safe_on_a_terminal() -> None:
    assert shown(to_uri(Path("/a b/ü😀.jpg"))) == "/a b/ü😀.jpg"
    assert shown(to_uri(Path("/a/x.tar"), "m/1.jpg")) == "/a/x.tar#m/1.jpg"
    assert shown(to_uri(Path("/a/\udce9\x1b[31m.jpg"))) == "/a/\\xe9\\x1b[31m.jpg"
    assert shown("http://x.org/a\x07") == "http://x.org/a\\x07"


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "a.jpg",
        "/etc/passwd",
        "http://x.org/a.jpg",
        "file://server/a.jpg",
        "file:a.jpg",
        "file:///a%00b.jpg",
        "file:",
    ],
)
def test_what_is_no_file_of_this_machine_is_refused(uri: str) -> None:
    with pytest.raises(PhotoError):
        read_bytes(uri)


def test_other_spellings_of_a_file_uri(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    assert read_bytes(f"file:{tmp_path}/a.jpg") == b"x"
    assert read_bytes(f"FILE://localhost{tmp_path}/a.jpg") == b"x"


def test_refusals_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "big.jpg").write_bytes(b"12345")
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(tmp_path)  # a socket's path may not be long
        server.bind("socket.jpg")
    reasons = {}
    for name in ["pipe.jpg", "folder.jpg", "socket.jpg", "none.jpg", "big.jpg", "loop.jpg", "big.jpg/x", "n" * 300]:
        with pytest.raises(PhotoError) as caught:
            read_bytes(to_uri(tmp_path / name), limit=4)
        reasons[name] = str(caught.value)
    assert all(reason and "\n" not in reason for reason in reasons.values())
    assert {reasons[name] for name in ("pipe.jpg", "folder.jpg", "socket.jpg")} == {"not a regular file"}
    assert reasons["none.jpg"] == reasons["big.jpg/x"] == "no such file"
    assert reasons["big.jpg"] == "5 bytes, more than the 4 taken"
    with pytest.raises(PhotoError, match="not a regular file"):
        read_bytes("file:///dev/zero")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # sparse: takes no room
    with pytest.raises(PhotoError, match="more than the"):
        read_bytes(to_uri(tmp_path / "huge.jpg"))


def test_members_that_are_no_files_or_missing_are_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        link = tarfile.TarInfo("link.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    for member in ("link.jpg", "none.jpg"):
        with pytest.raises(PhotoError, match="no such file in the tar"):
            read_bytes(to_uri(tmp_path / "x.tar", member))
    with pytest.raises(PhotoError, match="more than the 1 taken"):
        read_bytes(to_uri(make_tar(tmp_path / "y.tar", {"a.jpg": b"12"}), "a.jpg"), limit=1)


def names_and_damage(path: Path) -> tuple[list[str], str]:
    names: list[str] = []
    try:
        with open_regular(path) as file:
            names.extend(member.name for member in tar_members(file))
    except PhotoError as error:
        return names, str(error)
    return names, ""


def test_a_tar_cut_anywhere_tells_so(tmp_path: Path) -> None:
    whole = make_tar(tmp_path / "x.tar", {"a.jpg": b"1" * 700, "b.jpg": b"2" * 700}).read_bytes()
    assert names_and_damage(tmp_path / "x.tar") == (["a.jpg", "b.jpg"], "")
    for length in [0, 100, 512, 1000, 1212, 1536, 1800, 2048, 2500, 2748, 2900, 3072]:
        (tmp_path / "x.tar").write_bytes(whole[:length])
        names, damage = names_and_damage(tmp_path / "x.tar")
        assert damage, length
        assert names == ["a.jpg", "b.jpg"][: (length >= 1212) + (length >= 2748)], length


def test_hostile_tars_are_damage_not_disaster(tmp_path: Path) -> None:
    header = tarfile.TarInfo("x.jpg").tobuf()
    evil = {
        "gzip": b"\x1f\x8b" + bytes(1000),
        "noise": os.urandom(2048),
        "garbage after a member": header + os.urandom(1024),
        "text": b"hello" * 300,
    }
    long_name = tarfile.TarInfo("././@LongLink")
    long_name.type, long_name.size = tarfile.GNUTYPE_LONGNAME, 1 << 40
    evil["endless name"] = long_name.tobuf() + bytes(2048)
    negative = tarfile.TarInfo("x.jpg")
    negative.size = -512 * 3
    evil["backwards"] = header + negative.tobuf(tarfile.GNU_FORMAT) + bytes(1024)
    pax = tarfile.TarInfo("pax")
    pax.type, pax.size = tarfile.XHDTYPE, 12
    evil["chain"] = (pax.tobuf() + b"12 path=abc\n".ljust(512, b"\0")) * 3000
    for what, data in evil.items():
        (tmp_path / "x.tar").write_bytes(data)
        assert names_and_damage(tmp_path / "x.tar")[1], what
