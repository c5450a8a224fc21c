from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from picdesk.errors import InputError, NothingFound
from picdesk.newsimages.submission.build import Plan, build_submission
from picdesk.newsimages.submission.check import check_submission
from picdesk.newsimages.submission.fit import crop, pad
from picdesk.newsimages.submission.look import Looks, look_of
from picdesk.newsimages.submission.png import encode_png, text_chunks
from picdesk.photos.crops.saliency import saliency, salient_box
from picdesk.records import Run
from tests.drawn.scenes import draw_scene, jpeg_bytes
from tests.newsimages.made_submission import SIZE, image_bytes

SHAPES = [(640, 480), (460, 260), (1200, 300), (200, 600), (90, 90), (461, 260), (3, 500)]


def run_of(places: dict[str, list[str]], name: str = "run") -> Run:
    names = tuple(dict.fromkeys(photo for photos in places.values() for photo in photos))
    counts = [len(photos) for photos in places.values()]
    return Run(
        name=name,
        articles=tuple(places),
        starts=np.cumsum([0, *counts], dtype=np.int64),
        photos=np.array([names.index(photo) for photos in places.values() for photo in photos], dtype=np.int32),
        names=names,
        scores=np.array([-rank for photos in places.values() for rank in range(len(photos))], dtype=np.float64),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    photos = tmp_path / "photos"
    photos.mkdir()
    for seed, size in enumerate(SHAPES[:6]):
        (photos / f"p{seed}.jpg").write_bytes(jpeg_bytes(draw_scene(seed, size=size)))
    (photos / "p0-again.jpg").write_bytes(jpeg_bytes(draw_scene(0, size=(320, 240)), quality=60))
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff no")
    return photos


PLAN = Plan(group="G", edition="2025", kind="RET", subset=("3",))
PLACES = {
    "1": ["p0", "p1"],
    "2": ["p0-again", "gone", "broken", "p2"],
    "3": ["p0", "p3"],
    "4": ["broken"],
}


def read(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_best_photos_that_can_be_used_the_subset_first(folder: Path, tmp_path: Path) -> None:
    calls: list[int] = []
    plan = Plan(
        **{name: getattr(PLAN, name) for name in ("group", "edition", "kind", "subset")},
        articles=("1", "2", "3", "4", "5"),
    )
    built = build_submission(
        {"reg": run_of(PLACES)}, folder, tmp_path / "G.zip", plan, progress=lambda: calls.append(1)
    )
    files = read(tmp_path / "G.zip")
    assert sorted(files) == [
        "G/RET_reg_LARGE/1_G_reg.png",
        "G/RET_reg_LARGE/2_G_reg.png",
        "G/RET_reg_LARGE/3_G_reg.png",
        "G/RET_reg_SMALL/3_G_reg.png",
    ]
    assert files["G/RET_reg_LARGE/3_G_reg.png"] == files["G/RET_reg_SMALL/3_G_reg.png"]
    assert (built.pictures, built.folders, len(calls)) == (4, ("G/RET_reg_LARGE", "G/RET_reg_SMALL"), 5)
    assert {key: reason.partition(":")[0] for key, reason in built.missing.items()} == {
        ("reg", "4"): "it cannot be read",
        ("reg", "5"): "the run has no photo for it",
    }
    # p0 went to article 3, of the subset; its copy is the same picture, and so neither goes to another article.
    assert {reason.partition(":")[0]: count for reason, count in built.passed_over.items()} == {
        "another article of the run has it": 2,
        "its file is not among the photos": 1,
        "it cannot be read": 1,
    }
    for article, photo in (("1", "p1"), ("2", "p2"), ("3", "p0")):
        with Image.open(folder / f"{photo}.jpg") as image:
            wanted = crop(image.convert("RGB"), SIZE)
        made = Image.open(io.BytesIO(files[f"G/RET_reg_LARGE/{article}_G_reg.png"]))
        assert (made.size, made.mode, made.format) == (SIZE, "RGB", "PNG")
        assert np.array_equal(np.asarray(made), np.asarray(wanted))
    assert check_submission(tmp_path / "G.zip", articles=("1", "2", "3"), subset=("3",)).ok


def test_the_same_again_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        build_submission({"reg": run_of(PLACES)}, folder, tmp_path / name, PLAN)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    build_submission({"reg": run_of(PLACES)}, folder, tmp_path / "tree", PLAN)
    tree = {
        path.relative_to(tmp_path / "tree").as_posix(): path.read_bytes() for path in (tmp_path / "tree").rglob("*.png")
    }
    assert tree == read(tmp_path / "one.zip")


def test_two_runs_never_give_an_article_the_same_picture(folder: Path, tmp_path: Path) -> None:
    runs = {"a": run_of({"1": ["p0", "p1"], "2": ["p2", "p3"]}), "b": run_of({"1": ["p0-again", "p4"], "2": ["p0"]})}
    plan = Plan(group="G", edition="2026")
    built = build_submission(runs, folder, tmp_path / "G.zip", plan)
    assert (built.folders, built.pictures, built.missing) == (("G_a", "G_b"), 4, {})
    assert built.passed_over == {"another run gives it to the same article": 1}
    assert check_submission(tmp_path / "G.zip", articles=("1", "2")).ok
    free = Plan(group="G", edition="2026", unique=False)
    build_submission(runs, folder, tmp_path / "free.zip", free)
    assert set(check_submission(tmp_path / "free.zip", articles=("1", "2")).faults) == {"between", "repeated"}


def test_originals_are_left_out_however_they_are_cut(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "originals").mkdir()
    (tmp_path / "originals/X.jpg").write_bytes((folder / "p2.jpg").read_bytes())  # four times as wide as high
    plan = Plan(group="G", edition="2026", originals=tmp_path / "originals")
    built = build_submission({"a": run_of({"1": ["p2", "p1"]})}, folder, tmp_path / "G.zip", plan)
    assert built.passed_over == {"it is an original of the organisers": 1}
    assert check_submission(tmp_path / "G.zip", originals=tmp_path / "originals").ok


def test_a_workflow_stays_in_the_picture(tmp_path: Path) -> None:
    said = PngInfo()
    workflow = json.dumps({"nodes": ["KSampler"], "seed": 7})
    said.add_text("prompt", workflow)
    said.add_text("workflow", workflow * 50, zip=True)
    said.add_itxt("Beschreibung", "Köln im Regen", lang="de", tkey="Beschreibung")
    (tmp_path / "photos").mkdir()
    source = image_bytes(draw_scene(1, size=(512, 512)), pnginfo=said)
    (tmp_path / "photos/made.png").write_bytes(source)
    build_submission(
        {"a": run_of({"7": ["made"]})}, tmp_path / "photos", tmp_path / "G.zip", Plan(group="G", edition="2026")
    )
    data = read(tmp_path / "G.zip")["G_a/7_G_a.png"]
    assert text_chunks(data) == text_chunks(source)
    with Image.open(io.BytesIO(data)) as made:
        made.load()
        assert made.size == SIZE
        assert made.info["prompt"] == workflow
        assert made.info["workflow"] == workflow * 50
        assert made.info["Beschreibung"] == "Köln im Regen"


def test_chunks_of_damaged_files_are_left_out() -> None:
    said = PngInfo()
    said.add_text("a", "b")
    data = image_bytes(draw_scene(1, size=(20, 20)), pnginfo=said)
    place = data.index(b"tEXt")
    spoilt = data[: place + 5] + b"?" + data[place + 6 :]
    assert len(text_chunks(data)) == 1
    assert text_chunks(spoilt) == text_chunks(data[: place + 5]) == text_chunks(jpeg_bytes(draw_scene(1))) == ()
    assert text_chunks(encode_png(draw_scene(2), text_chunks(data))) == text_chunks(data)


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_is_stretched(shape: tuple[int, int]) -> None:
    image = draw_scene(5, size=shape)
    left, top, right, bottom = salient_box(image, SIZE)
    assert left >= 0
    assert top >= 0
    assert right <= shape[0] + 1e-9
    assert bottom <= shape[1] + 1e-9
    assert (right - left) / (bottom - top) == pytest.approx(460 / 260)
    assert (right - left == pytest.approx(shape[0])) or (bottom - top == pytest.approx(shape[1]))
    assert (crop(image, SIZE).size, crop(image, SIZE).mode) == (SIZE, "RGB")
    framed = pad(image, SIZE)
    assert (framed.size, framed.mode) == (SIZE, "RGBA")
    box = framed.getchannel("A").getbbox()
    assert box
    wide, high = box[2] - box[0], box[3] - box[1]
    scale = min(460 / shape[0], 260 / shape[1])
    assert (wide, high) == (max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale)))
    assert abs(box[0] - (460 - box[2])) <= 1
    assert abs(box[1] - (260 - box[3])) <= 1


@pytest.mark.parametrize(("size", "side"), [((1600, 400), 0), ((300, 900), 1)])
@pytest.mark.parametrize("where", [0.12, 0.5, 0.88])
def test_the_crop_holds_what_draws_the_eye(size: tuple[int, int], side: int, where: float) -> None:
    image = Image.new("RGB", size, (120, 150, 190))
    middle = [size[0] / 2, size[1] / 2]
    middle[side] = where * size[side]
    radius = min(size) * 0.2
    ImageDraw.Draw(image).ellipse(
        [middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius], "red"
    )
    box = salient_box(image, SIZE)
    assert box[side] <= middle[side] - radius * 0.7
    assert box[side + 2] >= middle[side] + radius * 0.7


def test_a_plain_picture_is_cut_in_the_middle_and_an_upright_one_nearer_the_top() -> None:
    plain = Image.new("RGB", (1600, 400), "grey")
    left, _, right, _ = salient_box(plain, SIZE)
    assert left == pytest.approx(1600 - right, abs=1)
    _, top, _, bottom = salient_box(Image.new("RGB", (400, 1600), "grey"), SIZE)
    assert 0 < top < (1600 - bottom) / 4
    assert saliency(draw_scene(3)).sum() == pytest.approx(1)
    assert (saliency(draw_scene(3)) >= 0).all()


def test_looks_remember_more_than_they_first_have_room_for() -> None:
    chance = np.random.default_rng(1)
    looks, hashes = Looks(), [tuple(int(value) for value in chance.integers(0, 2**63, 2)) for _ in range(300)]
    for number, (phash, dhash) in enumerate(hashes):
        looks.add(str(number), (phash, dhash))
    assert [looks.first_like((phash ^ 0b11, dhash ^ 0b111)) for phash, dhash in hashes] == [str(n) for n in range(300)]
    assert looks.first_like((hashes[7][0] ^ (2**11 - 1), hashes[7][1])) is None
    assert Looks().first_like((0, 0)) is None
    scene = draw_scene(4, size=SIZE)
    framed = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    framed.paste(scene.resize((230, 130)).convert("RGBA"), (20, 100))
    looks.add("scene", look_of(scene))
    assert looks.first_like(look_of(framed)) == "scene"


@pytest.mark.parametrize("out", ["G.zip", "tree"])
def test_a_build_that_fails_leaves_nothing(out: str, folder: Path, tmp_path: Path) -> None:
    def fail() -> None:
        raise KeyboardInterrupt

    (tmp_path / "out").mkdir()
    with pytest.raises(KeyboardInterrupt):
        build_submission(
            {"a": run_of(PLACES)}, folder, tmp_path / "out" / out, Plan(group="G", edition="2026"), progress=fail
        )
    assert list((tmp_path / "out").iterdir()) == []
    if out == "G.zip":
        (tmp_path / "out/G.zip").write_bytes(b"the old one")
        with pytest.raises(NothingFound, match="no article could be given a picture; the first: its file is not among"):
            build_submission(
                {"a": run_of({"1": ["gone"]})}, folder, tmp_path / "out/G.zip", Plan(group="G", edition="2026")
            )
        assert (tmp_path / "out/G.zip").read_bytes() == b"the old one"


def test_a_run_is_put_beside_others_but_never_over_one(folder: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        build_submission({name: run_of({"1": ["p0"]})}, folder, tmp_path / "tree", Plan(group="G", edition="2026"))
    assert sorted(path.name for path in (tmp_path / "tree").iterdir()) == ["G_a", "G_b"]
    with pytest.raises(InputError, match="G_a is there already"):
        build_submission({"a": run_of({"1": ["p1"]})}, folder, tmp_path / "tree", Plan(group="G", edition="2026"))


@pytest.mark.parametrize(
    ("name", "plan", "complaint"),
    [
        ("a", {"edition": "2023"}, "no pictures are submitted"),
        ("a", {"fit": "stretch"}, "no fit 'stretch'"),
        ("a", {"kind": "RET"}, "no type of the edition 2026"),
        ("a", {"edition": "2025", "kind": ""}, "no type of the edition 2025"),
        ("a", {"edition": "2025", "kind": "RET", "subtasks": ("SMALL",)}, "SMALL needs its articles"),
        ("a", {"subset": ("1",)}, "has no subtasks"),
        ("a/../b", {}, "cannot be the name of a run"),
        ("", {}, "cannot be the name of a run"),
        ("a", {"group": "..", "edition": "2025", "kind": "RET"}, "cannot be the name of a group"),
    ],
)
def test_plans_that_make_no_sense(
    name: str, plan: dict[str, str], complaint: str, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=complaint):
        build_submission(
            {name: run_of({"1": ["p0"]})},
            folder,
            tmp_path / "G.zip",
            Plan(**({"group": "G", "edition": "2026"} | plan)),  # type: ignore[arg-type]
        )
    assert not (tmp_path / "G.zip").exists()


def test_an_address_is_no_part_of_a_files_name(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be part of a file's name"):
        build_submission({"a": run_of({"https://x": ["p0"]})}, folder, tmp_path / "t", Plan(group="G", edition="2026"))
