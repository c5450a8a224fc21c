"""A submission is held against every rule; all faults are told at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import InputError, NothingFound
from picdesk.newsimages.submission.members import opened
from picdesk.newsimages.submission.originals import read_originals
from picdesk.newsimages.submission.rules import RULES
from picdesk.newsimages.submission.submitted import read_submission, recognise_edition
from picdesk.newsimages.submission.trees import tree_of
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from picdesk.newsimages.submission.rules import Fault
    from picdesk.newsimages.submission.submitted import Submission


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    Attributes:
        edition: the year.
        group: the group's name.
        runs: folder of a run -> how many articles have a picture.
        faults: rule -> what breaks it.
        remarks: rule -> what the organisers would rather have otherwise.
        unchecked: rules that could not be followed, and what they need.
    """

    edition: str
    group: str
    runs: Mapping[str, int]
    faults: Mapping[str, Sequence[Fault]]
    remarks: Mapping[str, Sequence[Fault]]
    unchecked: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether no rule is broken."""
        return not self.faults


def check_submission(
    where: Path,
    *,
    articles: Sequence[str] = (),
    subset: Sequence[str] = (),
    originals: Path | None = None,
    edition: str | None = None,
    group: str | None = None,
    ignore: Collection[str] = (),
) -> Checked:
    """Hold a submission against the organisers' rules.

    Nothing is unpacked and nothing is changed; hostile ZIPs are told, not followed.

    Args:
        where: the folder (the group's own, or the one that it lies in) or the ZIP.
        articles: ids of the organisers' list.
        subset: ids of the SMALL task.
        originals: folder of the organisers' photos.
        edition: ``2025`` or ``2026``; without one, the names of folders tell.
        group: the group's name; without one, folders and files tell.
        ignore: names of `RULES` that are not followed.

    Raises:
        InputError: there is nothing to be read, no such edition, or no such rule.
        NothingFound: there is no file in it.
    """
    strange = next((name for name in ignore if name not in RULES), None)
    if strange is not None:
        raise InputError(f"there is no rule {printable(strange)!r}", f"There are: {', '.join(RULES)}.")
    tree = tree_of(edition) if edition else None
    with opened(where) as members:
        if not members:
            raise NothingFound(f"no file in {printable(str(where))}", "Is it the right folder?")
        tree = tree or tree_of(recognise_edition(members))
        photos = read_originals(originals, tree.size) if originals and "originals" not in ignore else None
        submission = read_submission(
            members,
            tree,
            called=where.stem if where.is_file() else where.resolve().name,
            group=group,
            articles=articles,
            subset=subset,
            originals=photos,
        )
    return _follow(submission, ignore)


def _follow(submission: Submission, ignore: Collection[str]) -> Checked:
    found = {name: tuple(rule.check(submission)) for name, rule in RULES.items() if name not in ignore}
    return Checked(
        edition=submission.tree.edition,
        group=submission.group,
        runs={
            submission.folder_of(run): len({picture.article for picture in pictures})
            for run, pictures in submission.by_run()
        },
        faults={name: faults for name, faults in found.items() if faults and not RULES[name].remark},
        remarks={name: faults for name, faults in found.items() if faults and RULES[name].remark},
        unchecked={name: need for name, need in _needs(submission).items() if name not in ignore},
    )


def _needs(submission: Submission) -> dict[str, str]:
    """Rules that have nothing to go by."""
    needs: dict[str, str] = {}
    if not submission.articles:
        needs |= dict.fromkeys(("unknown", "missing"), "the organisers' list of articles")
    if not submission.subset and any(run.subtask == "SMALL" for run in submission.runs):
        needs["small"] = "the organisers' subset"
    if submission.originals is None:
        needs["originals"] = "the organisers' photos"
    return needs
