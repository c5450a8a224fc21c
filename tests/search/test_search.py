from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from picdesk import Article, Query, open_archive
from picdesk.encoders import load_encoder
from picdesk.errors import EncoderMissing, InputError
from picdesk.search.sheet import contact_sheet
from tests.drawn.scenes import draw_scene, jpeg_bytes
from tests.tiny import build_clip

NO_TEXT_SIDE = "no encoder with a text side in this archive: searched what is said about the photos alone"


@pytest.fixture(scope="module")
def captioned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six photos with captions, as a list."""
    folder = tmp_path_factory.mktemp("captioned")
    captions = [
        ("fire", "Firefighters battle a warehouse fire in Kansas City", "", "AP"),
        ("mayor", "The mayor of Zürich opens a bridge", "Corine Mauch", "Keystone"),
        ("police", "Police officers at the scene of the fire", "", "AP"),
        ("harvest", "Farmers bring in the harvest", "Warren Fields", "dpa"),
        ("evil", "<script>alert('x')</script> & a \"fire\"", "", "<b>nobody</b>"),
        ("silent", "", "", ""),
    ]
    rows = []
    for seed, (name, caption, person, credit) in enumerate(captions):
        (folder / f"{seed}.jpg").write_bytes(jpeg_bytes(draw_scene(200 + seed)))
        rows.append(
            json.dumps({"file": f"{seed}.jpg", "id": name, "caption": caption, "people": person, "credit": credit})
        )
    (folder / "list.jsonl").write_text("\n".join(rows), encoding="utf-8")
    return folder / "list.jsonl"


def test_words_find_captions_people_and_stems_and_say_which(captioned: Path, tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    archive.add(captioned)
    answer = archive.search("Warehouse fires: Kansas City firefighter hurt")
    assert answer[0].photo.name == "fire"
    assert answer[0].matched == ("Warehouse", "fires", "Kansas", "City", "firefighter")
    assert "says Warehouse" in answer[0].reasons[0]
    assert archive.search("zurich bridges")[0].photo.name == "mayor", "accents and endings do not matter"
    assert archive.search("corine mauch resigns")[0].photo.name == "mayor"
    assert archive.search("warren")[0].photo.name == "harvest"
    assert [hit.rank for hit in answer] == list(range(1, len(answer) + 1))
    assert answer.fusion == "evidence"
    assert answer.exact
    assert set(answer[0].signals) == {"words", "meaning"}
    assert not [
        hit
        for hit in archive.search("silent nonsense xyzzy")
        if hit.photo.name != "silent" and hit.signals["words"] is not None
    ]


def test_without_an_encoder_it_says_that_words_are_all(captioned: Path, tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    archive.add(captioned)
    assert NO_TEXT_SIDE in archive.search("fire").notes
    with pytest.raises(EncoderMissing, match="look at a picture"):
        archive.search(image=jpeg_bytes(draw_scene(0)))


def test_an_encoder_that_only_sees(captioned: Path, tmp_path: Path) -> None:
    eyes = build_clip(tmp_path / "eyes", sides=("visual",))
    archive = open_archive(tmp_path / "archive", encoder=eyes)
    archive.add(captioned)
    answer = archive.search("fire")
    assert NO_TEXT_SIDE in answer.notes
    assert answer.hits
    seen = archive.search(image=captioned.parent / "3.jpg")
    assert seen[0].photo.name == "harvest"
    assert seen[0].score == pytest.approx(1.0, abs=1e-4)
    assert seen.fusion == "none"


def test_pictures_equal_brute_force(scenes: Path, tmp_path: Path, clip: Path) -> None:
    from PIL import Image

    archive = open_archive(tmp_path / "archive", encoder=clip)
    archive.add(scenes)
    encoder = load_encoder(clip)
    names = sorted(path.stem for path in scenes.glob("*.jpg"))
    images = [Image.open(scenes / f"{name}.jpg").convert("RGB") for name in names]
    matrix = encoder.encode_images(images)
    for query in (0, 17, 39):
        answer = archive.search(image=(scenes / f"{names[query]}.jpg").read_bytes(), k=40)
        cosines = dict(zip(names, matrix @ matrix[query], strict=True))
        for hit in answer:
            assert hit.signals["tiny-clip"] == pytest.approx(cosines[hit.photo.name], abs=2e-3)
        assert answer[0].photo.name == names[query]
        scores = [hit.score for hit in answer]
        assert scores == sorted(scores, reverse=True)
        assert len(answer) == 40


def test_signals_are_joined_as_their_formula_says(captioned: Path, tmp_path: Path, clip: Path) -> None:
    archive = open_archive(tmp_path / "archive", encoder=clip)
    archive.add(captioned)
    answer = archive.search("red fire", k=6, weights={"meaning": 0.0, "words": 1.5, "tiny-clip": 0.5})
    assert answer.fusion == "evidence"
    assert answer.weights == {"words": 1.5, "tiny-clip": 0.5, "meaning": 0.0}
    assert answer.notes == ()
    cosines = np.array([hit.signals["tiny-clip"] or 0.0 for hit in answer])
    assert len(cosines) == 6, "the whole archive"
    for hit in answer:
        standing = ((hit.signals["tiny-clip"] or 0.0) - cosines.mean()) / cosines.std()
        assert hit.score == pytest.approx(1.5 * (hit.signals["words"] or 0.0) + 0.5 * standing, abs=1e-3)
        assert set(hit.signals) == {"words", "tiny-clip", "meaning"}
    ranked = archive.search("red fire", k=6, fusion="rrf", weights={"meaning": 0.0, "words": 1.0, "vectors": 1.0})
    assert ranked.fusion == "rrf"
    by_vector = [hit.photo.name for hit in sorted(ranked, key=lambda hit: -(hit.signals["tiny-clip"] or 0))]
    by_words = sorted(
        (hit for hit in ranked if hit.signals["words"] is not None),
        key=lambda hit: (-(hit.signals["words"] or 0), hit.photo.id),
    )
    named = [hit.photo.name for hit in by_words]
    for hit in ranked:
        expected = 1 / (61 + by_vector.index(hit.photo.name))
        expected += 1 / (61 + named.index(hit.photo.name)) if hit.photo.name in named else 0.0
        assert hit.score == pytest.approx(expected)


def test_photos_without_a_vector_are_said_and_found_by_words(
    captioned: Path, scenes: Path, tmp_path: Path, clip: Path
) -> None:
    open_archive(tmp_path / "archive").add(captioned)
    archive = open_archive(tmp_path / "archive", encoder=clip)
    archive.add(scenes)
    answer = archive.search("mayor of Zürich", k=50)
    assert "6 photos have no vector of 'tiny-clip' and could be found by words alone" in answer.notes
    assert "mayor" in {hit.photo.name for hit in answer}
    mayor = next(hit for hit in answer if hit.photo.name == "mayor")
    assert mayor.signals["tiny-clip"] is None


def test_text_past_the_limit_is_said(captioned: Path, tmp_path: Path) -> None:
    short = build_clip(tmp_path / "short", context=8)
    archive = open_archive(tmp_path / "archive", encoder=short)
    archive.add(captioned)
    notes = archive.search("red " * 50).notes
    assert any("read the first 8 of" in note for note in notes)


def test_an_encoder_that_has_gone_is_said(captioned: Path, tmp_path: Path) -> None:
    gone = build_clip(tmp_path / "gone")
    open_archive(tmp_path / "archive", encoder=gone).add(captioned)
    gone.rename(tmp_path / "elsewhere")
    answer = open_archive(tmp_path / "archive").search("fire")
    assert any("searched without encoder 'gone'" in note for note in answer.notes)
    moved = open_archive(tmp_path / "archive", encoder=tmp_path / "elsewhere").search("fire")
    assert moved.fusion == "evidence"


def test_several_texts_are_averaged(scenes: Path, tmp_path: Path, clip: Path) -> None:
    archive = open_archive(tmp_path / "archive", encoder=clip)
    archive.add(scenes)
    both = archive.search(Query(texts=("red", "blue")), k=40)
    red, blue = (load_encoder(clip).encode_texts([word])[0] for word in ("red", "blue"))
    mean = (red + blue) / np.linalg.norm(red + blue)
    alone = {hit.photo.name: hit.signals["tiny-clip"] or 0.0 for hit in archive.search(Query(texts=("red",)), k=40)}
    other = {hit.photo.name: hit.signals["tiny-clip"] or 0.0 for hit in archive.search(Query(texts=("blue",)), k=40)}
    for hit in both:
        expected = (alone[hit.photo.name] + other[hit.photo.name]) / np.linalg.norm(red + blue)
        assert hit.signals["tiny-clip"] == pytest.approx(expected, abs=1e-3)
    assert np.linalg.norm(mean) == pytest.approx(1.0)


def test_nothing_asked_and_odd_queries(captioned: Path, tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    archive.add(captioned)
    with pytest.raises(InputError, match="nothing to search for"):
        archive.search(Query())
    for odd in ["the of and", "🔥", "(((", 'AND OR NOT "', "a:b^2~", "' OR 1=1 --", "日本", "x" * 100_000]:
        assert len(archive.search(Article(headline=odd), k=3)) <= 3


def test_a_sheet_shows_pictures_and_never_html_of_a_caption(captioned: Path, tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    archive.add(captioned)
    (captioned.parent / "0.jpg").rename(captioned.parent / "moved")
    try:
        page = contact_sheet([archive.search(Article(headline="fire <img src=x>", lead="<b>lead</b>"))])
        table = archive.search("fire")._repr_html_()
    finally:
        (captioned.parent / "moved").rename(captioned.parent / "0.jpg")
    for text in (page, table or ""):
        assert "<script>" not in text
        assert "<b>nobody</b>" not in text
        assert "data:image/jpeg;base64," in text
        assert "no such file" in text.lower() or "gone" in text.lower()
    assert "<img src=x>" not in page
    assert "<b>lead</b>" not in page
