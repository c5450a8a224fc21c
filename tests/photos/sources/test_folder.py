from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from picdesk.errors import SourceError
from picdesk.photos.locate import to_path
from picdesk.photos.sources import open_source
from picdesk.photos.sources.kinds import is_image
from tests.photos.sources.collect import outcome, outcomes

JPEG = b"\xff\xd8\xff\xe0 and so on"


def fill(root: Path, *names: str, data: bytes = JPEG) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def paths(root: Path) -> list[str]:
    return [str(to_path(found.uri)[0].relative_to(root.resolve())) for found in open_source(root)]


def test_every_photo_below_a_folder_in_order(tmp_path: Path) -> None:
    fill(tmp_path, "b/2.png", "b/1.JPG", "a.jpeg", "c.webp", "b/deep/er/x.tiff", "ü#1.jpg", "bad\udce9.gif")
    assert paths(tmp_path) == ["a.jpeg", "b/1.JPG", "b/2.png", "b/deep/er/x.tiff", "bad\udce9.gif", "c.webp", "ü#1.jpg"]
    source = open_source(str(tmp_path))
    assert source.count() == 7
    assert [found.stamp for found in source] == [found.stamp for found in source]
    names = [found.name for found in source]
    assert names == ["a", "1", "2", "x", "bad\\xe9", "c", "ü#1"]
    assert all(found.read() == JPEG and found.size == len(JPEG) for found in source)


def test_company_that_photos_keep_is_passed_over(tmp_path: Path) -> None:
    fill(tmp_path, ".hidden.jpg", "._a.jpg", "Thumbs.db", "@eaDir/a.jpg", "__MACOSX/a.jpg", ".git/a.jpg")
    fill(tmp_path, "a.txt", "a.xmp", "a.csv", "film.mp4", "shard.tar")
    fill(tmp_path, "notes", "README.rst", "empty", data=b"")
    fill(tmp_path, "kept.jpg")
    assert paths(tmp_path) == ["kept.jpg"]


def test_other_endings_are_looked_into(tmp_path: Path) -> None:
    starts = {
        "jpeg": JPEG,
        "png": b"\x89PNG\r\n\x1a\n" + bytes(8),
        "gif": b"GIF89a" + bytes(10),
        "webp": b"RIFF\x10\0\0\0WEBPVP8 ",
        "tiff": b"MM\0*" + bytes(12),
        "bmp": b"BM\x46\0\0\0\0\0\0\0" + bytes(6),
        "heic": b"\0\0\0\x18ftypheic" + bytes(4),
        "avif": b"\0\0\0\x1cftypavif" + bytes(4),
        "jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(4),
    }
    for kind, start in starts.items():
        assert is_image(start)
        fill(tmp_path, kind, f"{kind}.original", data=start)
    fill(tmp_path, "wav", "film", "text", data=b"RIFF\x10\0\0\0WAVEfmt ")
    fill(tmp_path, "mp4.x", data=b"\0\0\0\x18ftypisom" + bytes(4))
    fill(tmp_path, "BMW", data=b"BMW drives ahead")
    assert paths(tmp_path) == sorted([*starts, *(f"{kind}.original" for kind in starts)])


def test_links_are_followed_once_and_never_in_a_circle(tmp_path: Path) -> None:
    fill(tmp_path, "in/a.jpg", "in/sub/b.jpg")
    fill(tmp_path.parent / f"{tmp_path.name}-outside", "c.jpg", "deeper/d.jpg")
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    (tmp_path / "in/sub/up").symlink_to(tmp_path / "in")
    (tmp_path / "in/self").symlink_to(".")
    (tmp_path / "itself.jpg").symlink_to("itself.jpg")
    (tmp_path / "link.jpg").symlink_to("in/a.jpg")
    (tmp_path / "out1").symlink_to(outside)
    (tmp_path / "out2").symlink_to(outside)
    (outside / "back").symlink_to(tmp_path)
    expected = ["in/a.jpg", "in/sub/b.jpg", "itself.jpg", "link.jpg", "out1/c.jpg", "out1/deeper/d.jpg"]
    assert paths(tmp_path) == expected
    by_name = dict(outcomes(open_source(tmp_path)))
    assert by_name["itself"].startswith("refused: ")


def test_a_ladder_of_links_does_not_explode(tmp_path: Path) -> None:
    for level in range(30):
        (tmp_path / f"r/{level}").mkdir(parents=True)
        for side in "ab":
            (tmp_path / f"r/{level}/{side}").symlink_to(f"../{level + 1}")
    fill(tmp_path, "r/30/x.jpg")
    assert len(paths(tmp_path)) <= 31


def test_a_folder_deeper_than_pythons_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    depth = 1500
    for _ in range(depth):
        os.mkdir("d")  # noqa: PTH102
        os.chdir("d")
    Path("x.jpg").write_bytes(JPEG)
    found = [found.name for found in open_source(tmp_path)]
    Path("x.jpg").unlink()
    for _ in range(depth):  # by hand: Python's own removal is recursive
        os.chdir("..")
        os.rmdir("d")  # noqa: PTH106
    assert found == ["x"]


def test_special_files_are_refused_without_being_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "gone.png").symlink_to("nowhere.png")
    (tmp_path / "device").symlink_to("/dev/zero")
    assert outcomes(open_source(tmp_path)) == [
        ("gone", "refused: no such file"),
        ("pipe", "refused: not a regular file"),
    ]


def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "a.jpg", "locked/b.jpg", "z.jpg", data=b"photo")
    scandir = os.scandir

    def guarded(where: Any) -> Any:
        if Path(where).name == "locked":  # rights do not stop root, who may run this test
            raise PermissionError(13, "Permission denied", str(where))
        return scandir(where)

    monkeypatch.setattr(os, "scandir", guarded)
    reason = "refused: the folder cannot be listed: permission denied"
    assert outcomes(open_source(tmp_path)) == [("a", "photo"), ("locked", reason), ("z", "photo")]


def test_a_photo_that_goes_or_changes_after_it_was_found(tmp_path: Path) -> None:
    fill(tmp_path, "a.jpg", "b.jpg", data=b"old")
    first, second = open_source(tmp_path)
    (tmp_path / "a.jpg").unlink()
    (tmp_path / "b.jpg").write_bytes(b"newer")
    assert outcome(first) == "refused: no such file"
    assert outcome(second) == "newer"
    (again,) = open_source(tmp_path)
    assert again.stamp != second.stamp
    assert again.uri == second.uri


def test_the_stamp_is_a_signed_64_bit_number_that_follows_the_file(tmp_path: Path) -> None:
    fill(tmp_path, *(f"{number}.jpg" for number in range(60)))
    stamps = {found.stamp for found in open_source(tmp_path)}
    assert len(stamps) == 60
    assert all(-(2**63) <= stamp < 2**63 for stamp in stamps)
    assert min(stamps) < 0 < max(stamps)
    os.utime(tmp_path / "7.jpg", ns=(1, 1))
    assert len(stamps - {found.stamp for found in open_source(tmp_path)}) == 1


def test_one_photo_named_directly(tmp_path: Path) -> None:
    fill(tmp_path, "Harbour-Fire.unknown", data=b"photo")
    (tmp_path / "latest.jpg").symlink_to("Harbour-Fire.unknown")
    (found,) = open_source(tmp_path / "Harbour-Fire.unknown")
    assert (found.name, found.file_words, outcome(found)) == ("Harbour-Fire", "Harbour Fire unknown", "photo")
    (found,) = open_source(tmp_path / "latest.jpg")
    assert found.name == "latest"
    assert open_source(tmp_path / "latest.jpg").count() == 1


@pytest.mark.parametrize(
    "where", ["none", "none.csv", "none.tar", "a\0b", "x" * 300, "http://x.org/a.jpg", "ftp://b/p"]
)
def test_nothing_there(tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError) as caught:
        open_source(where)
    assert caught.value.hint
    assert len(caught.value.message.splitlines()) == 1


def test_a_folder_that_goes_after_it_was_opened(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    source = open_source(tmp_path / "in")
    (tmp_path / "in").rmdir()
    with pytest.raises(SourceError, match="cannot be listed"):
        list(source)


def test_wrong_use_names_the_choices(tmp_path: Path) -> None:
    fill(tmp_path, "a.jpg")
    with pytest.raises(SourceError, match=r"no such format: zip(.|\n)*folder, list, newsimages2025, shards"):
        open_source(tmp_path, format="zip")
    with pytest.raises(SourceError, match="no columns"):
        open_source(tmp_path, columns={"caption": "x"})
    with pytest.raises(SourceError, match="not the NewsImages 2025"):
        open_source(tmp_path, format="newsimages2025")
    with pytest.raises(SourceError, match="not a regular file"):
        open_source(tmp_path, format="file")
    with pytest.raises(SourceError, match="cannot be listed"):
        open_source(tmp_path / "a.jpg", format="folder")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="not a regular file"):
        open_source(tmp_path / "pipe")
