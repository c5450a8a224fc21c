from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from picdesk.errors import InputError
from picdesk.photos.whole_file import whole_file, write_whole


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(tmp_path / "a", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="No space left"):
        write_whole(tmp_path / "a", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_what_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(TypeError), whole_file(tmp_path / "a") as file:
        file.writelines([b"half", None])  # type: ignore[list-item]
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match=r"cannot be written: No such file.*") as caught:
        write_whole(tmp_path / "no" / "a", b"", "Make the folder.")
    assert caught.value.hint == "Make the folder."
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write_whole(tmp_path / "folder", b"")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_others_may_read_what_the_umask_lets_them(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_whole(tmp_path / "a", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o644


def test_a_reader_of_a_killed_writer_finds_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    code = (
        "import sys, pathlib; from picdesk.photos.whole_file import write_whole\n"
        "n = 0\nwhile True:\n    n += 1; write_whole(pathlib.Path(sys.argv[1]), b'%09d' % n * 50_000)\n"
    )
    for wait in (0.05, 0.1):
        path.unlink(missing_ok=True)
        with subprocess.Popen([sys.executable, "-c", code, str(path)]) as writer:
            while not path.exists():
                time.sleep(0.01)
            time.sleep(wait)
            writer.kill()
        data = path.read_bytes()
        assert data == data[:9] * 50_000
