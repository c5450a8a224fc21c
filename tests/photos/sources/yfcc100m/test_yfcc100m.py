"""YFCC100M in its public layout, made up: every form of its tables, folders and tars of pictures, wrong rows."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import shutil
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from picdesk import open_archive
from picdesk.errors import SourceError
from picdesk.photos.locate import read_bytes
from picdesk.photos.sources import open_source
from picdesk.photos.sources.yfcc100m import Yfcc100m, is_yfcc100m
from picdesk.photos.sources.yfcc100m.item import FIELDS, hash_of, licence_of
from tests.command_line import picdesk, start_picdesk
from tests.drawn.yfcc100m import DEEDS, MadePhoto, make_shard, picture, plain_hash, write_folders, write_tar
from tests.photos.sources.collect import outcome, outcomes

PHOTOS = 1000


@pytest.fixture(scope="module")
def photos() -> list[MadePhoto]:
    return make_shard(PHOTOS)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, photos: list[MadePhoto]) -> Path:
    """A shard of 1,000 photos in the public layout; not to be changed."""
    root = tmp_path_factory.mktemp("yfcc100m")
    write_folders(root, photos)
    (root / "yfcc100m_dataset.bz2").write_bytes(bz2.compress("".join(photo.line for photo in photos).encode()))
    return root


def few(root: Path, photos: list[MadePhoto], lines: str | None = None) -> Path:
    """A copy of one's own with its table as text."""
    write_folders(root, photos)
    (root / "yfcc100m_dataset").write_text("".join(p.line for p in photos) if lines is None else lines)
    return root


def opened(root: Path) -> Yfcc100m:
    source = open_source(root)
    assert isinstance(source, Yfcc100m)
    return source


def test_a_shard_of_a_thousand_photos(whole: Path, photos: list[MadePhoto]) -> None:
    found = list(open_source(whole))
    assert [item.name for item in found] == [photo.photo_id for photo in photos]
    assert all(item.read() == picture(photo) for item, photo in zip(found[::50], photos[::50], strict=True))
    assert len({item.stamp for item in found}) == PHOTOS
    assert [item.stamp for item in open_source(whole)] == [item.stamp for item in found]


def test_what_a_row_says_of_its_photo(whole: Path, photos: list[MadePhoto]) -> None:
    said, photo = next(iter(open_source(whole))).given, photos[0]
    assert said.headline == photo.title
    assert "é" in photo.title.lower(), "the first photo shall show that bytes are decoded"
    assert said.caption == f"A view of the {photo.tags[0]}, seen & drawn"
    assert said.keywords == photo.tags
    assert said.creator == "Zoë 0"
    assert said.credit == f"Zoë 0, http://www.flickr.com/photos/10000000@N00/{photo.photo_id}/"
    assert said.usage_terms == said.rights == "Attribution License http://creativecommons.org/licenses/by/2.0/"
    assert said.taken == dt.datetime(2012, 2, 1, 9, 56, 37, tzinfo=dt.UTC)


def test_every_form_of_the_tables_says_the_same(tmp_path: Path, photos: list[MadePhoto]) -> None:
    made = photos[:30]
    root = few(tmp_path, made)
    expected = [(item.name, item.given, outcome(item)) for item in open_source(root)]
    assert len(expected) == 30
    text = (root / "yfcc100m_dataset").read_bytes()
    first_published = [photo.values[1:2] + photo.values[3:] for photo in made]
    forms = {
        "yfcc100m_dataset.bz2": bz2.compress(text[:900]) + bz2.compress(text[900:]),  # streams, as of pbzip2
        "yfcc100m_dataset.gz": gzip.compress(text),
        "yfcc100m_dataset.tsv": "".join("\t".join(row) + "\r\n" for row in first_published).encode(),
    }
    for name, data in forms.items():
        for old in root.glob("yfcc100m_dataset*"):
            old.unlink()
        (root / name).write_bytes(data)
        assert [(item.name, item.given, outcome(item)) for item in open_source(root)] == expected, name
        assert outcomes(open_source(root / name)) == outcomes(open_source(root)), "a table by its own name"
    (root / name).unlink()
    with sqlite3.connect(root / "yfcc100m_dataset.sql") as database:
        columns = ", ".join(f"{name} {'INTEGER' if name in {'photoid', 'marker'} else 'TEXT'}" for name in FIELDS)
        database.execute(f"CREATE TABLE yfcc100m_dataset ({columns})")
        marks = ", ".join("?" * len(FIELDS))
        database.executemany(f"INSERT INTO yfcc100m_dataset VALUES ({marks})", first_published)  # noqa: S608
    database.close()
    assert [(item.name, item.given, outcome(item)) for item in open_source(root)] == expected


def test_ten_parts_are_one_table(tmp_path: Path, photos: list[MadePhoto]) -> None:
    root = few(tmp_path, photos[:20], lines="")
    (root / "yfcc100m_dataset").unlink()
    for part in range(10):
        data = "".join(photo.line for photo in photos[2 * part : 2 * part + 2]).encode()
        (root / f"yfcc100m_dataset-{part}.bz2").write_bytes(bz2.compress(data))
    (root / "yfcc100m_dataset-3").write_text("".join(photo.line for photo in photos[6:8]))  # unpacked beside its pack
    assert [item.name for item in open_source(root)] == [photo.photo_id for photo in photos[:20]]


def test_the_name_of_a_file_is_the_md5_without_leading_zeros_of_its_bytes(photos: list[MadePhoto]) -> None:
    assert all(hash_of(photo.url) == photo.hash for photo in photos)
    assert min(len(photo.hash) for photo in photos) < 32
    address = "http://farm1.staticflickr.com/1/1_a.jpg"
    assert hash_of(address) == plain_hash(address)


def test_tars_say_the_same_as_folders(tmp_path: Path, photos: list[MadePhoto]) -> None:
    root = few(tmp_path / "folders", photos[:40])
    tars = tmp_path / "tars"
    write_tar(tars / "data/images/a1f.tar", photos[:39])
    shutil.copy(root / "yfcc100m_dataset", tars)
    of_folders, of_tars = list(open_source(root)), list(open_source(tars))
    assert [(item.name, item.given) for item in of_tars] == [(item.name, item.given) for item in of_folders]
    assert [outcome(item) for item in of_tars[:39]] == [outcome(item) for item in of_folders[:39]]
    assert outcome(of_tars[39]) == "refused: no such picture in the shard"
    assert all(read_bytes(item.uri) == item.read() for item in of_tars[:39:13])
    tar = tars / "data/images/a1f.tar"
    tar.write_bytes(tar.read_bytes()[:30_000])
    cut = [outcome(item) for item in open_source(tars)]
    assert cut[0] == outcome(of_folders[0])
    assert "the tar is cut short" in cut[39]


def test_rows_that_are_wrong_cost_only_themselves(tmp_path: Path, photos: list[MadePhoto]) -> None:
    def changed(photo: MadePhoto, **values: str) -> str:
        columns = ["line", "photoid", "hash", *FIELDS[1:]]
        return "\t".join(values.get(name, value) for name, value in zip(columns, photo.values, strict=True)) + "\n"

    one = photos[0]
    lines = [
        one.line,
        "7\tshort row\n",
        "\n",
        changed(photos[1], marker="1", ext="mp4"),
        changed(photos[2], marker="?"),
        changed(photos[3], photoid="../../etc/passwd"),
        changed(photos[4], hash="../../../etc/passwd"),
        changed(photos[5], hash="", downloadurl=""),
        changed(photos[6], title="caf%E9%ZZ+\x01\udcff", usertags=",,%00,", description="%3Cscript%3E1%3C%2Fscript%3E"),
        changed(photos[7], datetaken="0000-00-00 00:00:00", licenseurl="null", licensename="", unickname=""),
        changed(photos[8], hash="b00" + photos[8].hash[3:]),
        changed(photos[9], hash="a1ffffffffffffff"),
        changed(photos[10], title="IMG_0520"),
        changed(photos[11], ext="../../../../etc/passwd"),
        "x" * 100_000 + "\n",
        photos[12].line.rstrip("\n"),
    ]
    root = few(tmp_path, photos[:13], lines="")
    (root / "yfcc100m_dataset").write_bytes("".join(lines).encode("utf-8", "surrogateescape"))
    source = opened(root)
    found = list(source)
    reasons = [said[:48] for _, said in outcomes(found) if said.startswith("refused: ")]
    assert reasons == [
        "refused: line 2 has 2 columns where there are 23 or 25"[:48],
        "refused: a video, not a photo",
        "refused: line 5 says of no photo and no video",
        "refused: line 6 names no photo",
        "refused: line 7 names no picture",
        "refused: line 8 names no picture",
        "refused: no such file",
        "refused: line 15 has 1 columns where there are 23 or 25"[:48],
        "refused: rows of shards that this copy has not: 1"[:48],
    ]
    assert source.passed_over == {"other shards": 1}
    said = {item.name: item.given for item in found}
    odd, bare = said[photos[6].photo_id], said[photos[7].photo_id]
    assert (odd.headline or "").startswith("café%ZZ"), "Windows-1252, and what is no code stays"
    assert odd.keywords == ()
    assert odd.caption == "1"
    assert bare.taken is None
    assert (bare.rights, bare.creator) == (None, None)
    assert said[photos[10].photo_id].headline is None, "what a camera calls a file is no headline"
    kept = {item.name for item in found if not outcome(item).startswith("refused: ")}
    assert kept == {photos[number].photo_id for number in (0, 6, 7, 10, 11, 12)}


@pytest.mark.parametrize("pack", [bz2.compress, gzip.compress])
def test_a_table_cut_short_says_so_after_what_could_be_read(
    pack: object, tmp_path: Path, photos: list[MadePhoto]
) -> None:
    assert callable(pack)
    root = few(tmp_path, photos[:5])
    text = "".join(photo.line for photo in photos).encode()
    (root / "yfcc100m_dataset").write_bytes(pack(text)[:-500])
    with pytest.raises(SourceError, match=r"yfcc100m_dataset: after line"):
        list(open_source(root))


def test_a_subset_by_licence(whole: Path, tmp_path: Path, photos: list[MadePhoto]) -> None:
    said = tmp_path / "yfcc100m.toml"
    table = whole / "yfcc100m_dataset.bz2"
    said.write_text(f'tables = ["{table}"]\nimages = "{whole / "data/images"}"\nlicences = ["by", "by-sa"]\n')
    wanted = [p.photo_id for p in photos if p.licence[0] in {"Attribution License", "Attribution-ShareAlike License"}]
    for where in (said, tmp_path):
        source = opened(where)
        assert [item.name for item in source] == wanted
        assert source.passed_over == {"other licences": PHOTOS - len(wanted)}
    assert 0 < len(wanted) < PHOTOS


def test_licences_by_their_deeds() -> None:
    assert [licence_of(deed) for deed in DEEDS.values()] == ["by", "by-sa", "by-nc-nd"]
    assert licence_of("http://www.flickr.com/commons/usage/") == "publicdomain"
    assert licence_of("http://creativecommons.org/publicdomain/mark/1.0/") == "publicdomain"
    assert [licence_of(deed) for deed in ("", "null", "http://x.org/licenses/by/2.0/", "creativecommons.org/by")] == [
        ""
    ] * 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('licences = ["by-sea"]', r"'by-sea'(.|\n)*by-nc-nd"),
        ('licences = "by"', "licences makes no sense"),
        ('tables = ["gone.bz2"]', "no such table"),
        ("pictures = 1", "pictures makes no sense"),
        ("=", "no TOML"),
        ('images = "nowhere"', "cannot be listed"),
    ],
)
def test_a_description_that_makes_no_sense(text: str, message: str, tmp_path: Path, photos: list[MadePhoto]) -> None:
    root = few(tmp_path, photos[:1])
    (root / "yfcc100m.toml").write_text(text)
    with pytest.raises(SourceError, match=message):
        open_source(root)


def test_it_is_recognised_and_can_be_overruled(tmp_path: Path, photos: list[MadePhoto]) -> None:
    root = few(tmp_path / "yfcc", photos[:3])
    assert is_yfcc100m(root)
    assert len(list(open_source(root, format="folder"))) == 3
    with pytest.raises(SourceError, match="fixed"):
        open_source(root, columns={"caption": "title"})
    (root / "yfcc100m_dataset").unlink()
    with pytest.raises(SourceError, match="no table of YFCC100M"):
        open_source(root, format="yfcc100m")
    shutil.rmtree(root / "data")
    (root / "yfcc100m_dataset").touch()
    with pytest.raises(SourceError, match="data/images"):
        open_source(root)


def killed_at_once(where: Path, source: Path, encoder: Path) -> int:
    """Begin an archive, and kill that as soon as photos are in it; how many there are then."""
    process = start_picdesk("add", where, source, "--encoder", encoder, "--workers", "1")
    while process.poll() is None and not any(where.glob("photos.lance/data/*")):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return len(open_archive(where))


def test_killed_and_taken_up_again(whole: Path, tmp_path: Path, clip: Path) -> None:
    tries = (tmp_path / f"killed-{number}" for number in range(8))
    killed, left = next((where, left) for where in tries if 0 < (left := killed_at_once(where, whole, clip)) < PHOTOS)
    again = picdesk("add", killed, whole, "--encoder", clip, "--json").document
    assert (again["kept"], again["already"], again["refused"]) == (PHOTOS - left, left, 0)
    assert picdesk("add", killed, whole, "--encoder", clip, "--json").document["already"] == PHOTOS
    assert picdesk("verify", killed, "--json").document["ok"]
    hits = open_archive(killed).search("snow football", rights="by-sa").hits
    assert hits
    assert all("by-sa" in (hit.photo.rights or "") for hit in hits)
