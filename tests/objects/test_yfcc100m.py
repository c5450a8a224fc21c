"""YFCC100M where the public has it: pictures, and tables too, in a bucket."""

from __future__ import annotations

import bz2
from typing import TYPE_CHECKING

import pytest

from picdesk import open_archive
from picdesk.errors import SourceError
from picdesk.photos.sources import open_source
from tests.drawn.yfcc100m import make_shard, picture, write_tar
from tests.photos.sources.collect import outcome

if TYPE_CHECKING:
    from pathlib import Path

    from picdesk.objects import ObjectPath


def test_pictures_in_a_bucket_beside_a_table_here(bucket: ObjectPath, tmp_path: Path) -> None:
    photos = make_shard(6)
    for photo in photos[:5]:
        (bucket / f"data/images/{photo.hash[:3]}/{photo.hash[3:6]}/{photo.hash}.jpg").write_bytes(picture(photo))
    (tmp_path / "yfcc100m_dataset").write_text("".join(photo.line for photo in photos))
    (tmp_path / "yfcc100m.toml").write_text(f'images = "{bucket}/data/images"')
    found = list(open_source(tmp_path))
    assert [item.name for item in found] == [photo.photo_id for photo in photos]
    assert [item.read() for item in found[:5]] == [picture(photo) for photo in photos[:5]]
    assert outcome(found[5]) == "refused: no such file"
    archive = open_archive(tmp_path / "archive")
    first, second = archive.add(tmp_path), archive.add(tmp_path)
    assert (first.kept, first.refused, second.already, second.kept) == (5, 1, 5, 0)
    assert archive.search(photos[0].tags[0]).hits


def test_everything_in_a_bucket(bucket: ObjectPath, tmp_path: Path) -> None:
    photos = make_shard(4)
    write_tar(tmp_path / "a1f.tar", photos)
    (bucket / "data/images/a1f.tar").write_bytes((tmp_path / "a1f.tar").read_bytes())
    text = "".join(photo.line for photo in photos).encode()
    (bucket / "yfcc100m_dataset.bz2").write_bytes(bz2.compress(text))
    found = list(open_source(str(bucket), format="yfcc100m"))
    assert [item.read() for item in found] == [picture(photo) for photo in photos]
    (bucket / "yfcc100m.toml").write_bytes(b'licences = ["by"]')
    assert [item.name for item in open_source(str(bucket))] == [photos[0].photo_id, photos[3].photo_id]
    (bucket / "yfcc100m_dataset.bz2").unlink()
    (bucket / "yfcc100m_dataset.sql").write_bytes(b"SQLite format 3\0" + bytes(100))
    with pytest.raises(SourceError, match="over the network"):
        list(open_source(str(bucket)))
