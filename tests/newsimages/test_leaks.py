from __future__ import annotations

from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image

from picdesk.errors import InputError
from picdesk.newsimages.dataset import Dataset, DatasetPhoto
from picdesk.newsimages.editions import read_dataset
from picdesk.newsimages.leaks import NEAR_DUPLICATE, SAME_HEADLINE, SAME_IMAGE, find_leaks
from picdesk.newsimages.split import Split, random_split
from picdesk.photos.alike import Likeness, alike, find_alike
from picdesk.records import Article
from tests.drawn.scenes import draw_scene, jpeg_bytes


def test_each_kind_of_leak_and_nothing_else(tmp_path: Path) -> None:
    scene = draw_scene(1)
    shrunk = scene.resize((200, 150)).crop((2, 2, 198, 148))
    files = {
        "a": jpeg_bytes(scene),
        "a-again": jpeg_bytes(scene),
        "a-small": jpeg_bytes(shrunk, quality=40),
        "b": jpeg_bytes(draw_scene(2)),
        "c": jpeg_bytes(draw_scene(3)),
        "broken": b"\xff\xd8\xff nothing",
    }
    for name, data in files.items():
        (tmp_path / f"{name}.jpg").write_bytes(data)
    photos = tuple(DatasetPhoto(name=name, path=tmp_path / f"{name}.jpg") for name in files)
    headlines = ["One", "Two", "Three", "Fire: in harbour!", "Five", "Fire in Harbour", "", "", "Nine"]
    names = ["a", "b", "gone", "broken", "c", "b", "a-again", "a-small", "gone"]
    dataset = Dataset(
        name="made up",
        edition="2025",
        articles=tuple(Article(headline=headline, id=str(n)) for n, headline in enumerate(headlines)),
        photos=(*photos, DatasetPhoto(name="gone")),
        pairs={str(n): name for n, name in enumerate(names)},
    )
    report = find_leaks(dataset, Split(("0", "1", "2", "3"), ("4", "5", "6", "7", "8")))
    assert [(leak.kind, leak.train, leak.test, leak.about) for leak in report.leaks] == [
        (SAME_IMAGE, "1", "5", "b b"),
        (SAME_IMAGE, "0", "6", "a a-again"),
        (SAME_IMAGE, "2", "8", "gone gone"),
        (NEAR_DUPLICATE, "0", "7", "a a-small"),
        (SAME_HEADLINE, "3", "5", "Fire in Harbour"),
    ]
    assert report.count(SAME_IMAGE) == 3
    assert report.photos == 5
    assert set(report.unseen) == {"gone", "broken"}
    assert report.unseen["gone"] == "its file is not here"
    with pytest.raises(InputError, match="no article 99"):
        find_leaks(dataset, Split(("99",), ("4",)))


def test_pairs_that_look_alike_are_those_of_the_slow_reference() -> None:
    chance = np.random.default_rng(5)
    kinds = chance.integers(0, 2**63, (40, 2))
    pictures = []
    for number in range(1500):
        phash, dhash = (int(value) for value in kinds[chance.integers(40)])
        for bit in chance.choice(64, chance.integers(0, 14), replace=False):
            phash ^= 1 << int(bit)
        for bit in chance.choice(64, chance.integers(0, 20), replace=False):
            dhash ^= 1 << int(bit)
        pictures.append(Likeness(str(number), phash, dhash))
    others = pictures[:200]
    slow = [(n, m) for n, one in enumerate(pictures) for m, other in enumerate(others) if alike(one, other)]
    assert list(find_alike(pictures, others)) == slow
    assert 1000 < len(slow) < 1500 * 200
    assert list(find_alike([], others)) == list(find_alike(pictures, [])) == []


@pytest.mark.shared
def test_leaks_of_the_real_set_are_those_that_another_library_sees(shared: Path) -> None:
    dataset = read_dataset(shared / "data/newsimages25")
    split = random_split(dataset, 0.02, np.random.default_rng(11))
    small = Split(split.train[:500], split.test)
    report = find_leaks(dataset, small)
    files = {photo.name: photo.path for photo in dataset.photos}

    def hashes(article: str) -> tuple[imagehash.ImageHash, imagehash.ImageHash]:
        path = files[dataset.pairs[article]]
        assert path
        with Image.open(path) as image:
            grey = image.convert("RGB")
        return imagehash.phash(grey), imagehash.dhash(grey)

    train, test = ({article: hashes(article) for article in side} for side in (small.train, small.test))
    judged = {
        (one, other)
        for one, (phash, dhash) in train.items()
        for other, (their_phash, their_dhash) in test.items()
        if phash - their_phash <= 10 and dhash - their_dhash <= 14
    }
    assert {(leak.train, leak.test) for leak in report.leaks if leak.kind != SAME_HEADLINE} == judged
    assert judged
