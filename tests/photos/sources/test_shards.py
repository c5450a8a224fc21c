from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from picdesk.errors import SourceError
from picdesk.photos.locate import read_bytes, shown
from picdesk.photos.sources import open_source
from picdesk.records import PhotoMetadata
from tests.photos.sources.collect import outcome, outcomes

if TYPE_CHECKING:
    from collections.abc import Iterable


def make_tar(path: Path, members: Iterable[tuple[str, bytes]]) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def test_consecutive_members_of_one_stem_are_one_sample(tmp_path: Path) -> None:
    tar = make_tar(
        tmp_path / "x.tar",
        [
            ("a/Harbour-Fire.jpg", b"1"),
            ("a/Harbour-Fire.txt", "Feuer – am Hafen\n".encode()),
            ("a/Harbour-Fire.json", json.dumps({"caption": "other", "tags": ["x"], "Byline": "Ann"}).encode()),
            ("b/Harbour-Fire.txt", b"of b"),
            ("b/Harbour-Fire.PNG", b"2"),
            ("b/Harbour-Fire.webp", b"3"),
            ("b/Harbour-Fire.cls", b"7"),
            ("lonely.txt", b"no photo"),
            ("./St. Louis.jpg", b"4"),
            ("a/Harbour-Fire.json", b'{"caption": "too late"}'),
        ],
    )
    source = open_source(tar)
    found = list(source)
    assert [(item.name, outcome(item)) for item in found] == [
        ("Harbour-Fire", "1"),
        ("Harbour-Fire", "2"),
        ("Harbour-Fire", "3"),
        ("St. Louis", "4"),
    ]
    assert found[0].given == PhotoMetadata(caption="Feuer – am Hafen", keywords=("x",), creator="Ann")
    assert found[1].given == found[2].given == PhotoMetadata(caption="of b")
    assert found[3].given == PhotoMetadata()
    assert found[0].file_words == "Harbour Fire"
    assert [read_bytes(item.uri) for item in found] == [b"1", b"2", b"3", b"4"]
    assert shown(found[0].uri) == f"{tar}#a/Harbour-Fire.jpg"
    assert [item.stamp for item in found] == [item.stamp for item in source]
    assert len({item.stamp for item in found}) == 4
    assert source.count() is None


def test_keys_of_the_json_can_be_chosen(tmp_path: Path) -> None:
    members = [
        ("1.jpg", b""),
        ("1.json", b'{"alt": "A", "caption": "B"}'),
        ("2.json", b'{"caption": "C"}'),
        ("2.jpg", b""),
    ]
    source = open_source(make_tar(tmp_path / "x.tar", members), columns={"caption": "alt"})
    assert [item.given.caption for item in source] == ["A", "C"]
    with pytest.raises(SourceError, match="no field"):
        open_source(tmp_path / "x.tar", columns={"alt": "caption"})


def test_company_in_a_tar(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        folder = tarfile.TarInfo("photos.jpg")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        link = tarfile.TarInfo("link.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
        for name in ("1.jpg", "._1.txt", "1.txt", "__MACOSX/1.jpg", "../../../etc/evil.jpg", "/abs.jpg", "1.jpg"):
            info = tarfile.TarInfo(name)
            info.size = len(name)
            tar.addfile(info, io.BytesIO(name.encode()))
    found = list(open_source(tmp_path / "x.tar"))
    assert [(item.name, outcome(item)) for item in found] == [
        ("link", "refused: not a regular file"),
        ("1", "1.jpg"),
        ("evil", "../../../etc/evil.jpg"),
        ("abs", "/abs.jpg"),
        ("1", "refused: the tar holds a second file of this name"),
    ]
    assert found[1].given.caption == "1.txt"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.tar"]


def test_words_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    members = [("1.jpg", b"p"), ("1.json", b"{"), ("2.jpg", b"p"), ("2.json", b"[1]"), ("3.jpg", b"p")]
    members += [("3.txt", b"x" * (1 << 20) + b"x"), ("4.jpg", b"p"), ("4.json", b"[" * 100_000), ("5.txt", b"\xff ok")]
    members += [("5.jpg", b"p")]
    results = outcomes(open_source(make_tar(tmp_path / "x.tar", members)))
    assert [name for name, result in results if result == "p"] == list("12345")
    told = [(name, result) for name, result in results if result != "p"]
    assert [name for name, _ in told] == list("1234")
    assert all(result.startswith("refused: words of a photo that cannot be read: ") for _, result in told)


def test_a_truncated_tar_keeps_what_came_before(tmp_path: Path) -> None:
    members = [("1.jpg", b"1" * 600), ("1.txt", b"one"), ("2.jpg", b"2" * 600)]
    whole = make_tar(tmp_path / "x.tar", members).read_bytes()
    for length in (512 + 1024 + 512 + 512 + 512 + 100, 512 + 1024 + 512 + 100, 512 + 1024 + 10, 512 + 1024):
        (tmp_path / "x.tar").write_bytes(whole[:length])
        (first, told) = open_source(tmp_path / "x.tar")
        assert outcome(first) == "1" * 600
        assert outcome(told).startswith("refused: the tar is ")
    assert first.given == PhotoMetadata()
    (tmp_path / "y.tar").write_bytes(whole)
    shards = outcomes(open_source(tmp_path))
    assert [name for name, _ in shards] == ["1", "x", "1", "2"]


def test_a_tar_that_changes_after_it_was_listed(tmp_path: Path) -> None:
    tar = make_tar(tmp_path / "x.tar", [("1.jpg", b"old")])
    (found,) = open_source(tar)
    make_tar(tar, [("0.jpg", b"surprise"), ("1.jpg", b"new")])
    os.utime(tar, ns=(1, 1))
    assert outcome(found) == "refused: the tar was changed while it was read; add it again"
    assert found.stamp not in {item.stamp for item in open_source(tar)}
    tar.unlink()
    assert outcome(found) == "refused: no such file"


def test_reading_later_from_many_threads(tmp_path: Path) -> None:
    members = [(f"{number:05}.jpg", f"{number}".encode() * 500) for number in range(300)]
    found = list(open_source(make_tar(tmp_path / "x.tar", members)))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda item: item.read(), reversed(found))) == [data for _, data in reversed(members)]


def test_a_long_tar_is_streamed(tmp_path: Path) -> None:
    # Sparse on disk: 400 photos of 4 MB that nobody writes or reads.
    with (tmp_path / "x.tar").open("wb") as file:
        for number in range(400):
            info = tarfile.TarInfo(f"{number}.jpg")
            info.size = 4 << 20
            file.write(info.tobuf())
            file.seek(info.size, os.SEEK_CUR)
        file.write(bytes(1024))
    tracemalloc.start()
    assert sum(found.size for found in open_source(tmp_path / "x.tar")) == 400 * 4 << 20
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_folders_and_patterns_of_tars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        make_tar(tmp_path / f"{number:03}.tar", [(f"{number}.jpg", b"x")])
    (tmp_path / "000_stats.json").write_text("{}")
    assert [found.name for found in open_source(tmp_path)] == [str(number) for number in range(12)]
    monkeypatch.chdir(tmp_path)
    assert [found.name for found in open_source("{008..011}.tar")] == ["8", "9", "10", "11"]
    assert [found.name for found in open_source(tmp_path / "{003,001}.tar")] == ["3", "1"]
    assert next(iter(open_source("{008..011}.tar"))).uri.startswith((tmp_path.resolve() / "008.tar").as_uri())
    with pytest.raises(SourceError, match=r"no such shard: .*012\.tar"):
        open_source("{010..012}.tar")
    with pytest.raises(SourceError, match="more than 100,000 shards"):
        open_source("{0..999999999}{0..999999999}.tar")
    with pytest.raises(SourceError, match="no tars"):
        open_source("{9..1}.tar")
    (tmp_path / "a.jpg").write_bytes(b"photo")  # no longer a folder of tars alone
    assert [found.name for found in open_source(tmp_path)] == ["a"]
    assert len(list(open_source(tmp_path, format="shards"))) == 12


def test_a_tar_whose_own_name_has_braces(tmp_path: Path) -> None:
    tar = make_tar(tmp_path / "{0..9}.tar", [("1.jpg", b"x")])
    assert outcomes(open_source(tar)) == [("1", "x")]


@pytest.mark.parametrize("name", ["x.tar.gz", "x.tgz", "x.tar.zst", "x.TAR.BZ2"])
def test_compressed_tars_must_be_unpacked(tmp_path: Path, name: str) -> None:
    tar = make_tar(tmp_path / "x.tar", [("1.jpg", b"x")])
    (tmp_path / name).write_bytes(gzip.compress(tar.read_bytes()))
    with pytest.raises(SourceError, match=r"(?i)unpack it"):
        open_source(tmp_path / name)
    tar.write_bytes((tmp_path / name).read_bytes())
    assert outcomes(open_source(tar)) == [("x", "refused: the tar is compressed; unpack it first")]
