from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from picdesk.errors import InputError, NothingFound
from picdesk.newsimages.submission.check import Checked, check_submission
from picdesk.newsimages.submission.fit import crop
from picdesk.newsimages.submission.rules import RULES
from tests.drawn.scenes import draw_scene
from tests.newsimages.made_submission import (
    SIZE,
    image_bytes,
    png,
    sound_2025,
    sound_2026,
    write_folder,
    write_zip,
)

Files = dict[str, bytes]
LARGE, SMALL = "G/RET_reg_LARGE", "G/RET_reg_SMALL"


def check_2025(where: Path, **options: object) -> Checked:
    return check_submission(where, articles=("1", "2", "3", "4"), subset=("1", "2"), **options)  # type: ignore[arg-type]


def told(checked: Checked) -> list[tuple[str, str, str]]:
    return [(rule, fault.file, fault.message) for rule, faults in checked.faults.items() for fault in faults]


def without(files: Files, *names: str) -> Files:
    return {name: data for name, data in files.items() if name not in names}


def grey(mode: str) -> bytes:
    return image_bytes(draw_scene(3, size=SIZE).convert(mode))


def animated() -> bytes:
    frames = [draw_scene(seed, size=SIZE) for seed in (3, 103)]
    return image_bytes(frames[0], save_all=True, append_images=frames[1:])


def huge() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


THREE = f"{LARGE}/3_G_reg.png"
SPOILT: dict[str, tuple[Callable[[Files], Files], str, str, str]] = {
    "a file at the top": (lambda f: f | {"readme.txt": b"x"}, "stray", "readme.txt", "not in the folder of a run"),
    "what a Mac leaves": (
        lambda f: f | {f"__MACOSX/{LARGE}/._3_G_reg.png": b"x"},
        "stray",
        f"__MACOSX/{LARGE}/._3_G_reg.png",
        "a system put there",
    ),
    "what a desktop leaves": (
        lambda f: f | {f"{LARGE}/.DS_Store": b"x"},
        "stray",
        f"{LARGE}/.DS_Store",
        "a system put",
    ),
    "another type": (
        lambda f: f | {"G/MIX_reg_LARGE/3_G_reg.png": png(9)},
        "stray",
        "G/MIX_reg_LARGE/3_G_reg.png",
        "such as G/RET_NAME_LARGE",
    ),
    "one folder too many": (
        lambda f: f | {"G/more/RET_b_LARGE/3_G_b.png": png(9)},
        "stray",
        "G/more/RET_b_LARGE/3_G_b.png",
        "in the wrong folder",
    ),
    "another approach's name": (
        lambda f: f | {f"{LARGE}/5_G_other.png": png(9)},
        "names",
        f"{LARGE}/5_G_other.png",
        "not called ARTICLE_G_reg.png",
    ),
    "no article's id": (lambda f: f | {f"{LARGE}/_G_reg.png": png(9)}, "names", f"{LARGE}/_G_reg.png", "not called"),
    "JPEG inside": (
        lambda f: f | {THREE: image_bytes(draw_scene(3, size=SIZE), "JPEG")},
        "format",
        THREE,
        "not a PNG file",
    ),
    "empty": (lambda f: f | {THREE: b""}, "format", THREE, "empty"),
    "cut short": (lambda f: f | {THREE: png(3)[:-2000]}, "format", THREE, "damaged"),
    "animated": (lambda f: f | {THREE: animated()}, "format", THREE, "animated"),
    "upright": (lambda f: f | {THREE: png(3, (260, 460))}, "size", THREE, "260 x 460 pixels, not 460 x 260"),
    "one pixel less": (lambda f: f | {THREE: png(3, (460, 259))}, "size", THREE, "460 x 259"),
    "gigantic": (lambda f: f | {THREE: huge()}, "size", THREE, "60000 x 60000"),
    "palette": (lambda f: f | {THREE: grey("P")}, "mode", THREE, "mode P, not RGB or RGBA"),
    "greyscale": (lambda f: f | {THREE: grey("L")}, "mode", THREE, "mode L"),
    "sixteen bits": (lambda f: f | {THREE: grey("I;16")}, "mode", THREE, "mode I;16"),
    "the same article in other words": (
        lambda f: f | {f"{LARGE}/03_G_reg.png": png(9)},
        "once",
        THREE,
        f"a second picture for article 3; the first is {LARGE}/03_G_reg.png",
    ),
    "an article nobody knows": (
        lambda f: f | {f"{LARGE}/5_G_reg.png": png(9)},
        "unknown",
        f"{LARGE}/5_G_reg.png",
        "article 5 is not in the organisers' list",
    ),
    "an article left out": (
        lambda f: without(f, THREE),
        "missing",
        LARGE,
        "no picture for 1 article: 3; a missing article is given the lowest rating",
    ),
    "a subset with a gap": (
        lambda f: without(f, f"{SMALL}/2_G_reg.png"),
        "small",
        SMALL,
        "no picture for 1 article: 2",
    ),
    "a subset with too much": (
        lambda f: f | {f"{SMALL}/3_G_reg.png": f[THREE]},
        "small",
        f"{SMALL}/3_G_reg.png",
        "article 3 is not in the subset",
    ),
    "one file twice": (lambda f: f | {THREE: f[f"{LARGE}/1_G_reg.png"]}, "repeated", THREE, "the same file as"),
    "one look twice": (
        lambda f: f | {THREE: image_bytes(Image.open(io.BytesIO(png(1))).point(lambda v: min(255, v + 3)))},
        "repeated",
        THREE,
        f"looks the same as {LARGE}/1_G_reg.png",
    ),
    "two runs with one file": (
        lambda f: (
            f
            | {
                f"G/GEN_flux_LARGE/{n}_G_flux.png": f[f"{LARGE}/{n}_G_reg.png"] if n == 4 else png(50 + n)
                for n in (1, 2, 3, 4)
            }
        ),
        "between",
        f"{LARGE}/4_G_reg.png",
        "the same file as G/GEN_flux_LARGE/4_G_flux.png",
    ),
    "two runs with one look": (
        lambda f: (
            f
            | {f"G/GEN_flux_LARGE/{n}_G_flux.png": png(4, mode="RGBA") if n == 4 else png(50 + n) for n in (1, 2, 3, 4)}
        ),
        "between",
        f"{LARGE}/4_G_reg.png",
        "looks the same as G/GEN_flux_LARGE/4_G_flux.png",
    ),
    "one name for two approaches": (
        lambda f: f | {f"{SMALL}/2_G_reg.png": png(77)},
        "approach",
        f"{SMALL}/2_G_reg.png",
        f"another picture than {LARGE}/2_G_reg.png",
    ),
}


@pytest.mark.parametrize("edition_files", [sound_2025(), sound_2026()], ids=["2025", "2026"])
def test_a_sound_submission_has_no_fault(edition_files: Files, tmp_path: Path) -> None:
    originals = write_folder(tmp_path / "originals", {"AA.png": png(900)})
    for where in (write_zip(tmp_path / "S.zip", edition_files), write_folder(tmp_path / "tree", edition_files)):
        articles = ("1", "2", "3", "4") if any("LARGE" in name for name in edition_files) else ("1", "2", "3")
        checked = check_submission(where, articles=articles, subset=("1", "2"), originals=originals)
        assert checked.ok, told(checked)
        assert (checked.remarks, checked.unchecked) == ({}, {})
        assert (checked.edition, checked.group) in {("2025", "G"), ("2026", "G_H")}
        assert sum(checked.runs.values()) == len(edition_files)


@pytest.mark.parametrize("kind", SPOILT)
@pytest.mark.parametrize("write", [write_zip, write_folder], ids=["zip", "folder"])
def test_each_rule_tells_its_breach_and_no_other(
    kind: str, write: Callable[[Path, Files], Path], tmp_path: Path
) -> None:
    spoil, rule, file, message = SPOILT[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of Pillow, about writing I;16
        files = spoil(sound_2025())
    checked = check_2025(write(tmp_path / "G.zip" if write is write_zip else tmp_path / "tree", files))
    assert not checked.ok
    found = [(found_file, text) for found_rule, found_file, text in told(checked) if found_rule == rule]
    assert len(found) == 1
    assert found[0][0] == file
    assert message in found[0][1]
    others = {found_rule for found_rule, _, _ in told(checked)} - {rule}
    assert others == ({"unknown"} if rule == "once" else set())  # article 03 is not in the list either
    assert check_2025(
        tmp_path / ("G.zip" if write is write_zip else "tree"), ignore={found for found, _, _ in told(checked)}
    ).ok


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    files = without(sound_2025(), f"{SMALL}/1_G_reg.png") | {
        THREE: png(3, (100, 100)),
        f"{LARGE}/4_G_reg.png": grey("L"),
        "x.txt": b"",
    }
    checked = check_2025(write_zip(tmp_path / "G.zip", files))
    assert list(checked.faults) == [rule for rule in RULES if rule in {"stray", "size", "mode", "small"}]


def test_originals_are_known_again_however_they_are_dressed(tmp_path: Path) -> None:
    wide, shaped = draw_scene(500, size=(900, 300)), draw_scene(501, size=(920, 520))
    originals = write_folder(
        tmp_path / "newsimages",
        {"W.jpg": image_bytes(wide, "JPEG"), "S.jpg": image_bytes(shaped, "JPEG"), "x.jpg": b"no"},
    )
    framed = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    framed.paste(shaped.resize((354, 200)).convert("RGBA"), (50, 30))
    dressed = {
        1: image_bytes(crop(wide, SIZE)),
        2: image_bytes(shaped.resize(SIZE)),
        3: image_bytes(framed),
        4: png(4),
    }
    files = {f"{LARGE}/{article}_G_reg.png": data for article, data in dressed.items()}
    checked = check_2025(write_zip(tmp_path / "G.zip", files), originals=originals, ignore={"repeated"})
    assert told(checked) == [
        ("originals", f"{LARGE}/1_G_reg.png", "the organisers' photo W"),
        ("originals", f"{LARGE}/2_G_reg.png", "the organisers' photo S"),
        ("originals", f"{LARGE}/3_G_reg.png", "the organisers' photo S"),
    ]
    assert [fault.message for fault in checked.remarks["subtasks"]] == [
        "no SMALL run; the organisers ask for one of each"
    ]


def test_2026_demands_its_own_names(tmp_path: Path) -> None:
    files = sound_2026() | {"G_H_two/4_G_H_one.png": png(40), "other/1_other.png": png(41)}
    checked = check_submission(write_zip(tmp_path / "G_H.zip", files), articles=("1", "2", "3"))
    assert (checked.edition, checked.group) == ("2026", "G_H")
    assert told(checked) == [
        ("stray", "other/1_other.png", "not in the folder of a run, such as G_H_NAME"),
        ("names", "G_H_two/4_G_H_one.png", "not called ARTICLE_G_H_two.png"),
    ]
    assert check_submission(tmp_path / "G_H.zip", group="X").runs == {}
    single = {name: data for name, data in sound_2026().items() if name.startswith("G_H_one")}
    assert check_submission(write_zip(tmp_path / "Submission.zip", single)).group == "G_H"


def test_a_folder_may_be_the_groups_own(tmp_path: Path) -> None:
    write_folder(tmp_path / "tree", sound_2025())
    checked = check_2025(tmp_path / "tree/G")
    assert checked.ok
    assert checked.group == "G"


def test_what_cannot_be_checked_is_said(tmp_path: Path) -> None:
    checked = check_submission(write_zip(tmp_path / "G.zip", sound_2025()))
    assert checked.ok
    assert set(checked.unchecked) == {"unknown", "missing", "small", "originals"}


def entry(name: str, data: bytes = b"x", mode: int = 0o100644) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info, data


@pytest.mark.parametrize(
    ("name", "mode", "complaint"),
    [
        ("../../evil.png", 0o100644, "leads out of the folder"),
        ("/etc/evil.png", 0o100644, "leads out of the folder"),
        ("C:/evil.png", 0o100644, "leads out of the folder"),
        (f"{LARGE}/../../../5_G_reg.png", 0o100644, "leads out of the folder"),
        ("G\\RET_reg_LARGE\\5_G_reg.png", 0o100644, "backslashes"),
        (f"{LARGE}/5_G_reg.png", 0o120777, "a link"),
    ],
)
def test_hostile_names_in_a_zip_are_told_and_nothing_is_unpacked(
    name: str, mode: int, complaint: str, tmp_path: Path
) -> None:
    path = write_zip(tmp_path / "G.zip", sound_2025())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(*entry(name, png(9), mode))
    before = sorted(tmp_path.rglob("*"))
    checked = check_2025(path)
    assert complaint in " ".join(message for _, _, message in told(checked))
    assert sorted(tmp_path.rglob("*")) == before


def test_bombs_are_not_read(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "G.zip", without(sound_2025(), THREE))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(THREE, b"\x89PNG\r\n\x1a\n" + bytes(30_000_000))
        archive.writestr(f"{LARGE}/2_G_reg.png.zip", bytes(40_000_000))
    checked = check_2025(path)
    bombs = [message for rule, _, message in told(checked) if rule == "format"]
    assert [message.partition(" packed into")[0] for message in bombs] == ["40,000,000 bytes", "30,000,008 bytes"]
    # A ZIP that lies about the size of what it holds is read no further than it says, and its check sum fails.
    data = bytearray(path.read_bytes())
    for place in range(len(data) - 4):
        if data[place : place + 4] == struct.pack("<I", 30_000_008):
            data[place : place + 4] = struct.pack("<I", 500)
    (tmp_path / "liar.zip").write_bytes(bytes(data))
    lied = [message for _, file, message in told(check_2025(tmp_path / "liar.zip")) if file == THREE]
    assert len(lied) == 1
    assert lied[0].startswith(("damaged", "not called")) or "packed" in lied[0]


def test_damaged_encrypted_and_doubled_members(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "G.zip", sound_2025())
    data = bytearray(path.read_bytes())
    data[data.index(b"IDAT") + 40] ^= 0xFF
    (tmp_path / "damaged.zip").write_bytes(bytes(data))
    assert [rule for rule, _, _ in told(check_2025(tmp_path / "damaged.zip"))] == ["format"]
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(bytes(data))
    assert [message for _, _, message in told(check_2025(tmp_path / "locked.zip"))] == ["encrypted"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of zipfile, about the second name
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(THREE, png(9))
    assert [(rule, file) for rule, file, _ in told(check_2025(path))] == [("once", THREE)]


def test_files_that_share_bytes_are_not_read(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "G.zip", sound_2025())
    data = bytearray(path.read_bytes())
    records = [place for place in range(len(data)) if data[place : place + 4] == b"PK\x01\x02"]
    # The second directory record now points at the first one's file.
    data[records[1] + 42 : records[1] + 46] = data[records[0] + 42 : records[0] + 46]
    (tmp_path / "shared.zip").write_bytes(bytes(data))
    said = [(rule, message) for rule, _, message in told(check_2025(tmp_path / "shared.zip"))]
    assert said == [("format", "shares its bytes with another file")] * 2


def test_links_in_a_folder_are_told_and_not_followed(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "tree", sound_2025())
    (tmp_path / "away").mkdir()
    (root / "G/RET_loop_LARGE").symlink_to(root / "G")
    (root / f"{LARGE}/5_G_reg.png").symlink_to(root / THREE)
    said = told(check_2025(root))
    assert ("format", f"{LARGE}/5_G_reg.png", "a link, which no ZIP carries") in said
    assert ("stray", "G/RET_loop_LARGE") in {(rule, file) for rule, file, _ in said}


def test_many_equal_pictures_are_told_once_each(tmp_path: Path) -> None:
    blank = image_bytes(Image.new("RGB", SIZE))
    files = {f"{LARGE}/{article}_G_reg.png": blank for article in range(300)}
    checked = check_submission(write_zip(tmp_path / "G.zip", files))
    assert len(checked.faults["repeated"]) == 299


def test_what_is_no_submission(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no ZIP that can be read"):
        check_submission(tmp_path / "x.zip")
    with pytest.raises(InputError, match="no such file"):
        check_submission(tmp_path / "gone.zip")
    with pytest.raises(NothingFound, match="no file in"):
        check_submission(tmp_path / "empty")
    with pytest.raises(InputError, match="no rule 'shape'"):
        check_submission(tmp_path / "empty", ignore=("shape",))
    with pytest.raises(InputError, match="edition '2023'"):
        check_submission(tmp_path / "empty", edition="2023")
    with pytest.raises(InputError, match="no photo in"):
        check_submission(write_zip(tmp_path / "G.zip", sound_2025()), originals=tmp_path / "empty")
