"""A submission as it was read: whose it is, its runs, its pictures, and what does not belong."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from picdesk.newsimages.submission.pictures import Picture, read_picture
from picdesk.newsimages.submission.trees import RunFolder, Tree, trees

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from picdesk.newsimages.submission.look import Looks
    from picdesk.newsimages.submission.members import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A submission, and what it is held against.

    Attributes:
        tree: the edition's layout.
        group: the group's name.
        runs: the runs, by folder.
        pictures: files in folders of runs, by path.
        strays: other files -> what is wrong with their place.
        articles: ids of the organisers' list; empty where it is not given.
        subset: ids of the SMALL task; empty where they are not given.
        originals: the organisers' photos; ``None`` where they are not given.
    """

    tree: Tree
    group: str
    runs: tuple[RunFolder, ...]
    pictures: tuple[Picture, ...]
    strays: Mapping[str, str]
    articles: tuple[str, ...] = ()
    subset: tuple[str, ...] = ()
    originals: Looks | None = None

    def pictures_of(self, run: RunFolder) -> list[Picture]:
        """A run's pictures that name an article, by path."""
        return [picture for picture in self.pictures if picture.run == run and picture.article]

    def by_run(self) -> Iterator[tuple[RunFolder, list[Picture]]]:
        """Each run with its pictures that name an article."""
        found: dict[RunFolder, list[Picture]] = {run: [] for run in self.runs}
        for picture in self.pictures:
            if picture.article:
                found[picture.run].append(picture)
        yield from found.items()

    def folder_of(self, run: RunFolder) -> str:
        """What messages call a run."""
        return self.tree.folder_of(run)


def recognise_edition(members: Sequence[Member]) -> str:
    """The edition whose folders the files lie in: 2025 has the type before the name and the subtask behind it."""
    tree = trees()["2025"]
    folders = {part for member in members for part in member.path.split("/")[:-1]}
    return "2025" if any(tree.run_of(folder, "") for folder in folders) else "2026"


def read_submission(
    members: Sequence[Member],
    tree: Tree,
    *,
    called: str,
    group: str | None = None,
    articles: Sequence[str] = (),
    subset: Sequence[str] = (),
    originals: Looks | None = None,
) -> Submission:
    """Read every file of a submission, several at a time.

    Args:
        members: its files.
        tree: the edition's layout.
        called: the folder's or ZIP's name, without ending.
        group: the group's name; without one, what folders and files say.
        articles: ids of the organisers' list.
        subset: ids of the SMALL task.
        originals: the organisers' photos.
    """
    group = group or _group(members, tree, called)
    strays: dict[str, str] = {}
    placed: list[tuple[Member, RunFolder]] = []
    for member in members:
        folder, _, file = member.path.rpartition("/")
        run = tree.run_of(folder.rpartition("/")[2], group) if folder else None
        wrong = _misplaced(folder, file, run, tree, group)
        if wrong or run is None:
            strays[member.path] = "; ".join(filter(None, (wrong, member.problem)))
        else:
            placed.append((member, run))

    def read(one: tuple[Member, RunFolder]) -> Picture:
        member, run = one
        return read_picture(member, run, tree.article_of(member.path.rpartition("/")[2], run) or "")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pictures = tuple(pool.map(read, placed))
    return Submission(
        tree=tree,
        group=group,
        runs=tuple(dict.fromkeys(run for _, run in placed)),
        pictures=pictures,
        strays=strays,
        articles=tuple(dict.fromkeys(articles)),
        subset=tuple(dict.fromkeys(subset)),
        originals=originals,
    )


def _misplaced(folder: str, file: str, run: RunFolder | None, tree: Tree, group: str) -> str:
    """What is wrong with a file's place; empty where nothing is."""
    example = tree.folder_of(RunFolder(group, "NAME", *(side[0] for side in (tree.kinds, tree.subtasks) if side)))
    if file.startswith(".") or file in {"Thumbs.db", "desktop.ini"} or "__MACOSX" in folder.split("/"):
        return "a file that a system put there; leave it out of the ZIP"
    if run is None:
        return f"not in the folder of a run, such as {example}"
    above = folder.rpartition("/")[0]
    if above and above != tree.top.format(group=group):
        return f"in the wrong folder; runs of {group} lie in folders such as {example}"
    return ""


def _group(members: Sequence[Member], tree: Tree, called: str) -> str:
    """The group: the folder above the runs (2025), what all files and folders agree on (2026), or the ZIP's name."""
    paths = [member.path.split("/") for member in members if "__MACOSX" not in member.path]
    if tree.top:
        tops = Counter(path[-3] for path in paths if len(path) > 2)
        return tops.most_common(1)[0][0] if tops else called
    folders = sorted({path[-2] for path in paths if len(path) > 1})
    if any(folder.startswith(f"{called}_") for folder in folders):
        return called
    split = [folder.split("_") for folder in folders if "_" in folder]
    if not split:
        return called
    # All but the last part may be the group's; what the folders have in common is.
    agreed = takewhile(lambda parts: len(set(parts)) == 1, zip(*(parts[:-1] for parts in split), strict=False))
    return "_".join(parts[0] for parts in agreed) or Counter(parts[0] for parts in split).most_common(1)[0][0]
