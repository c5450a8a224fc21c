from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from picdesk import Article, open_archive
from picdesk.photos.alike import Likeness, alike
from picdesk.records import Photo
from picdesk.search.duplicates import MARGIN, first_groups, fold_answers, fold_duplicates
from tests.drawn.scenes import draw_scene, jpeg_bytes
from tests.search.photos import photo


def scene(name: str, number: int, shift: int = 0) -> Photo:
    """A photo of a scene; ``shift`` more bits of the pHash differ from the scene's first."""
    base = np.random.default_rng(number).bytes(16)
    phash = int.from_bytes(base[:8], "big") ^ (2**shift - 1)
    return photo(name, phash=phash, dhash=int.from_bytes(base[8:], "big"))


def test_the_best_leads_its_siblings_also_through_others() -> None:
    near, middle, far = scene("near", 1), scene("middle", 1, 9), scene("far", 1, 18)
    assert not alike(near, far)
    other = scene("other", 2)
    assert fold_duplicates([far, other, near]) == [(far,), (other,), (near,)]
    assert fold_duplicates([far, other, near, middle]) == [(far, near, middle), (other,)]
    assert fold_duplicates([]) == []


@pytest.mark.parametrize("seed", range(6))
def test_as_many_pictures_as_asked_for_while_there_are_any(seed: int) -> None:
    generator = np.random.default_rng(seed)
    # One picture floods the answer's top, as a photo that every agency sends does.
    photos = [scene(f"{n}", 0 if n < 150 else int(generator.integers(1, 40))) for n in range(260)]
    by_id = {each.id: each for each in photos}
    order = list(by_id)
    gone = set(generator.choice(order, size=20, replace=False).tolist())
    asked: list[str] = []

    def load(ids: Sequence[str]) -> dict[str, Photo]:
        asked.extend(ids)
        return {each: by_id[each] for each in ids if each not in gone}

    pictures = len(fold_duplicates([by_id[each] for each in order if each not in gone]))
    for k in (1, 5, 10, 100):
        asked.clear()
        groups = first_groups(order, k, load)
        assert len(groups) == min(k, pictures)
        assert len(asked) == len(set(asked)), "no photo is loaded twice"
        shown = [each.id for group in groups for each in group]
        assert not gone & set(shown)
        for left, group in enumerate(groups):
            for right in groups[left + 1 :]:
                assert not any(alike(one, other) for one in group for other in right)
        assert [order.index(group[0].id) for group in groups] == sorted(order.index(group[0].id) for group in groups)
        assert all(
            [order.index(each.id) for each in group] == sorted(order.index(each.id) for each in group)
            for group in groups
        )


def test_little_is_loaded_where_little_is_asked_for() -> None:
    photos = [photo(str(number)) for number in range(500)]
    by_id = {each.id: each for each in photos}
    sizes: list[int] = []

    def load(ids: Sequence[str]) -> dict[str, Photo]:
        sizes.append(len(ids))
        return {each: by_id[each] for each in ids}

    assert len(first_groups(list(by_id), 10, load)) == 10
    assert sizes == [20 + MARGIN]
    sizes.clear()
    assert [group[0] for group in first_groups(list(by_id), 10, load, fold=False)] == photos[:10]
    assert sizes == [10]


def test_without_folding_every_photo_stands_for_itself() -> None:
    twins = [scene("a", 1), scene("b", 1)]
    by_id = {each.id: each for each in twins}
    load = lambda ids: {each: by_id[each] for each in ids}  # noqa: E731
    assert first_groups(list(by_id), 5, load, fold=False) == [(twins[0],), (twins[1],)]
    assert first_groups(list(by_id), 5, load) == [tuple(twins)]
    assert first_groups([], 5, load) == []


@pytest.mark.parametrize("seed", range(4))
def test_answers_of_a_run_keep_the_best_of_each_picture(seed: int) -> None:
    generator = np.random.default_rng(seed)
    photos = [scene(f"{n}", int(generator.integers(30))) for n in range(200)]
    looks = {each.id: Likeness(each.id, each.phash, each.dhash) for each in photos[:-3]}
    answers = [{each.id: float(generator.integers(50)) for each in photos} for _ in range(5)]
    folded = list(fold_answers(answers, looks, 500))
    for scores, kept in zip(answers, folded, strict=True):
        order = sorted((each for each in scores if each in looks), key=lambda each: (-scores[each], each))
        best = [
            each
            for place, each in enumerate(order)
            if not any(alike(looks[each], looks[other]) for other in order[:place])
        ]
        assert kept == {each: scores[each] for each in best}
    assert [len(kept) for kept in fold_answers(answers, looks, 3)] == [3] * 5


def test_a_run_keeps_duplicates_unless_told_otherwise(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for quality in (95, 80, 60):
        (folder / f"harbour-fire-{quality}.jpg").write_bytes(jpeg_bytes(draw_scene(1), quality))
    (folder / "harbour-other.jpg").write_bytes(jpeg_bytes(draw_scene(2)))
    archive = open_archive(tmp_path / "archive")
    archive.add(folder)
    story = [Article(headline="Harbour fire", id="a")]
    whole, folded = archive.rank(story), archive.rank(story, duplicates=False)
    ((_, every),), ((_, kept),) = list(whole), list(folded)
    assert len(every) == 4
    assert kept == [every[0], *(place for place in every if place[0] == "harbour-other")]
    for options in ({"one_to_one": True}, {"no_repeats": True}):
        ((_, given),) = list(archive.rank(story, duplicates=False, **options))  # type: ignore[arg-type]
        assert [name for name, _ in given] == [name for name, _ in kept]
