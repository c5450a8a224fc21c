"""Read a set of an edition: its stories in two sides, and the photos that each side looks through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.recipes.stories import TEST, TRAIN, below, story_row, write_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from picdesk.newsimages.dataset import Dataset
    from picdesk.recipes.stages.stage import Job

VERSION = 1
ALL = "*"
"""As the name of a part: every article of the set."""


def run(job: Job) -> None:
    """Write ``train.jsonl`` and ``test.jsonl`` (stories), and ``photos-train.jsonl`` and ``photos-test.jsonl``.

    A side's photos are those that belong to its stories; where the data says of no test story which photo is its own,
    as before the truth is known, those of no training story.

    Raises:
        InputError: the data is no edition, lacks a part, or a side is empty.
    """
    from picdesk.newsimages.editions import read_dataset

    root = job.stage.places["data"]
    job.tell(0, None, "reading")
    dataset = read_dataset(root, str(job.settings["edition"]) or None)
    sides = _sides(dataset, job.settings)
    if small := int(job.settings["small"]):
        sides = {TRAIN: sides[TRAIN][:small], TEST: sides[TEST][: small // 2]}
    stories = {article.id: dataset.english.get(article.id, article) for article in dataset.articles}
    for side, ids in sides.items():
        if not ids and side == TEST:
            raise InputError(f"{dataset.name} has no article to be measured on", "Check the parts that the set names.")
        rows = (story_row(stories[article], dataset.pairs.get(article, "")) for article in ids)
        write_lines(job.folder / f"{side}.jsonl", rows)
        write_lines(job.folder / f"photos-{side}.jsonl", _photos(dataset, ids, root))
    write_lines(job.folder / "notes.jsonl", ({"note": str(note)} for note in dataset.notes))


def _sides(dataset: Dataset, settings: Any) -> dict[str, Sequence[str]]:
    from picdesk.newsimages.split import chronological_split

    if "share" in settings:
        split = chronological_split(_only(dataset, settings["parts"]), test_share=settings["share"])
        return {TRAIN: split.train, TEST: split.test}
    ids = _in_parts(dataset, settings["parts"])
    if "first" in settings:
        if not all(article.isdigit() for article in ids):
            raise InputError(
                f"{dataset.name} has articles without a number, and the first {settings['first']:,} are asked for",
                "Divide the set by share, or by the names of two parts.",
            )
        ordered = sorted(ids, key=int)
        return {TRAIN: ordered[: settings["first"]], TEST: ordered[settings["first"] :]}
    named = {side: ids if settings[side] == ALL else dataset.parts.get(settings[side], ()) for side in (TRAIN, TEST)}
    parts = {side: frozenset(part) for side, part in named.items()}
    return {side: [article for article in ids if article in part] for side, part in parts.items()}


def _in_parts(dataset: Dataset, parts: Sequence[str]) -> list[str]:
    lacking = [part for part in parts if part not in dataset.parts]
    if lacking:
        raise InputError(
            f"{dataset.name} has no part {', '.join(lacking)}", f"It has: {', '.join(dataset.parts) or 'none'}."
        )
    wanted = [set(dataset.parts[part]) for part in parts]
    return [article.id for article in dataset.articles if all(article.id in part for part in wanted)]


def _only(dataset: Dataset, parts: Sequence[str]) -> Dataset:
    from dataclasses import replace

    ids = set(_in_parts(dataset, parts))
    return replace(dataset, articles=tuple(article for article in dataset.articles if article.id in ids))


def _photos(dataset: Dataset, ids: Sequence[str], root: Path) -> list[dict[str, Any]]:
    own = {dataset.pairs[article] for article in ids if article in dataset.pairs}
    if not own:
        paired = set(dataset.pairs.values())
        own = {photo.name for photo in dataset.photos if photo.name not in paired}
    return [
        {"name": photo.name, "path": below(photo.path, root), "url": photo.url}
        for photo in dataset.photos
        if photo.path is not None and photo.name in own
    ]
