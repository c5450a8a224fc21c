"""From runs and photos to a submission: one picture an article, in shape, none twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import InputError, NothingFound
from picdesk.newsimages.editions.photo_files import find_photo_files
from picdesk.newsimages.submission.choose import Chooser
from picdesk.newsimages.submission.fit import fit_of
from picdesk.newsimages.submission.originals import read_originals
from picdesk.newsimages.submission.png import encode_png
from picdesk.newsimages.submission.trees import RunFolder, check_run, tree_of
from picdesk.newsimages.submission.write import writing
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from picdesk.newsimages.submission.trees import Tree
    from picdesk.newsimages.submission.write import Writer
    from picdesk.records import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be built.

    Attributes:
        group: the group's name.
        edition: ``2025`` or ``2026``.
        kind: ``RET`` or ``GEN`` in 2025; empty in 2026.
        articles: ids to give pictures to, in their order; empty for those of the run.
        subset: ids of the SMALL task (2025).
        subtasks: ``LARGE``, ``SMALL`` or both in 2025; empty for LARGE, and SMALL too where there is a subset.
        fit: ``crop`` or ``pad``.
        unique: let no picture appear twice in a run, nor in two runs for one article; the next best photo is taken.
        originals: folder of photos that must not be used, by bytes or by look; ``None`` where all may.
    """

    group: str
    edition: str
    kind: str = ""
    articles: Sequence[str] = ()
    subset: Sequence[str] = ()
    subtasks: Sequence[str] = ()
    fit: str = "crop"
    unique: bool = True
    originals: Path | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """What was built.

    Attributes:
        folders: the runs' folders, as they are called inside the tree.
        pictures: how many files, over all folders.
        missing: run and article -> why it has no picture.
        passed_over: why a better placed photo was not taken -> how often.
        enlarged: how many pictures needed more pixels than their photo has.
    """

    folders: tuple[str, ...]
    pictures: int
    missing: Mapping[tuple[str, str], str]
    passed_over: Mapping[str, int]
    enlarged: int


def build_submission(
    runs: Mapping[str, Run], photos: Path, out: Path, plan: Plan, *, progress: Callable[[], None] = lambda: None
) -> Built:
    """Build a submission.

    For each article the best placed photo is taken that can be read and is not ruled out. The same runs, photos and
    plan give the same bytes.

    Args:
        runs: name of the approach -> run, whose article ids are those of the organisers' list.
        photos: folder with the photos, called by the names that the runs carry; three folders deep at most.
        out: the ZIP (ending in ``.zip``) or folder to write; see `writing`.
        plan: names, edition and rules.
        progress: called after each article.

    Returns:
        What was built; articles without a picture are in it.

    Raises:
        InputError: a name that cannot be a file's, no such edition, fit or subtask, or ``out`` cannot be written.
        NothingFound: there is no photo, or no article could be given one.
    """
    tree, fit = tree_of(plan.edition), fit_of(plan.fit)
    folders = {name: _folders(tree, plan, name) for name in runs}
    files = find_photo_files(photos)
    if not files:
        raise NothingFound(f"no photo in {printable(str(photos))}", "Check the path.")
    originals = read_originals(plan.originals, tree.size) if plan.originals else None
    chooser = Chooser(files, fit, tree.size, unique=plan.unique, originals=originals)
    counts: Counter[str] = Counter()
    missing: dict[tuple[str, str], str] = {}
    with writing(out) as write:
        for name, run in runs.items():
            chooser.start_run()
            lacking = _build_run(run, folders[name], tree, plan, chooser, write, counts, progress)
            missing.update({(name, article): reason for article, reason in lacking.items()})
        if not counts["pictures"]:
            first = next(iter(missing.values()), "the run has no article")
            raise NothingFound(f"no article could be given a picture; the first: {first}", "Is it the right folder?")
    names = tuple(tree.folder_of(folder) for found in folders.values() for folder in found)
    return Built(names, counts["pictures"], missing, dict(chooser.passed_over), counts["enlarged"])


def _folders(tree: Tree, plan: Plan, name: str) -> list[RunFolder]:
    """The folders that a run gets."""
    if not tree.subtasks:
        if plan.subset or plan.subtasks:
            raise InputError(f"the edition {plan.edition} has no subtasks", "Leave the subset and the subtask out.")
        return [check_run(tree, RunFolder(plan.group, name, plan.kind))]
    wanted = plan.subtasks or (("LARGE", "SMALL") if plan.subset else ("LARGE",))
    if "SMALL" in wanted and not plan.subset:
        raise InputError("the subtask SMALL needs its articles", "Give the organisers' subset.csv.")
    return [check_run(tree, RunFolder(plan.group, name, plan.kind, subtask)) for subtask in wanted]


def _build_run(
    run: Run,
    folders: Sequence[RunFolder],
    tree: Tree,
    plan: Plan,
    chooser: Chooser,
    write: Writer,
    counts: Counter[str],
    progress: Callable[[], None],
) -> dict[str, str]:
    """Write a run's pictures; articles that get none, and why."""
    ranked = {article: [photo for photo, _ in places] for article, places in run}
    subset = dict.fromkeys(plan.subset)
    everything = [folder for folder in folders if folder.subtask != "SMALL"]
    # The subset goes first: it must be complete, and a photo that two articles want goes to the first that asks.
    wanted = dict.fromkeys([*subset, *(plan.articles or ranked)] if everything else subset)
    missing = {}
    for article in wanted:
        chosen = chooser.choose(article, ranked.get(article, ()))
        if isinstance(chosen, str):
            missing[article] = chosen
        else:
            data = encode_png(chosen.image, chosen.texts)
            into = everything if article not in subset else folders
            for folder in into:
                write(f"{tree.folder_of(folder)}/{tree.file_of(folder, check_article(article))}", data)
            counts["pictures"] += len(into)
            counts["enlarged"] += chosen.enlarged
        progress()
    return missing


def check_article(article: str) -> str:
    """An article's id that can be part of a file's name.

    Raises:
        InputError: it cannot.
    """
    if not article or any(letter in '/\\:*?"<>|' or not letter.isprintable() for letter in article):
        raise InputError(
            f"article {printable(article)!r} cannot be part of a file's name",
            "Pictures are named by article_id; give a run over the organisers' newsarticles.csv.",
        )
    return article
