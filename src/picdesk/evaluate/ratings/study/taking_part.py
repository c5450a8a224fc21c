"""Where the pictures of a study come from: run files, submissions, lists of articles with their own photos."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.newsimages.runs import read_run
from picdesk.newsimages.submission.members import opened
from picdesk.newsimages.submission.submitted import read_submission, recognise_edition
from picdesk.newsimages.submission.trees import trees
from picdesk.newsimages.truth import read_truth
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Photos = Callable[[str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingPart:
    """A run that shall take part.

    Attributes:
        run: what it is called.
        task: what it is a part of; empty where there is one task.
        team: whose it is; empty where it is nobody's.
        pictures: article -> what reads its picture's file; raises `PicdeskError` where it cannot be read.
    """

    run: str
    task: str = ""
    team: str = ""
    pictures: Mapping[str, Callable[[], bytes]]


@contextmanager
def taking_part(named: Mapping[str, Path], photos: Photos | None) -> Iterator[list[TakingPart]]:
    """The runs of some files; their pictures can be read until the block ends.

    Args:
        named: name -> a run file, whose best photo counts; a list of articles with their photos (``newsarticles.csv``),
            as the newspapers' own choice; or a submission, folder or ZIP, each of whose runs takes part.
        photos: a photo's bytes by its name, for what has no pictures itself.

    Raises:
        InputError: a file that is none of these, or photos are wanted and there are none.
    """
    with ExitStack() as open_files:
        found: list[TakingPart] = []
        for name, path in named.items():
            if path.is_dir() or path.suffix.lower() == ".zip":
                found += open_files.enter_context(_of_submission(name, path))
            elif photos is None:
                raise InputError(
                    f"{printable(str(path))} names photos, and nothing says where they are",
                    "Give --photos, the archive or the folder that the names belong to.",
                )
            else:
                best = _best(path)
                pictures = {article: partial(photos, photo) for article, photo in best.items()}
                found.append(TakingPart(run=name, pictures=pictures))
        yield found


def with_teams(entries: list[TakingPart], teams: Mapping[str, str]) -> list[TakingPart]:
    """The same with the teams that runs belong to.

    Raises:
        InputError: a team is given to a run that does not take part.
    """
    runs = {entry.run for entry in entries}
    unknown = next((run for run in teams if run not in runs), None)
    if unknown is not None:
        raise InputError(f"no run is called {printable(unknown)!r}", f"There are: {', '.join(sorted(runs))}.")
    return [replace(entry, team=teams.get(entry.run, entry.team)) for entry in entries]


def _best(path: Path) -> dict[str, str]:
    """Article -> name of the first photo."""
    try:
        run = read_run(path)
    except InputError as not_a_run:
        try:
            truth = read_truth(path)
        except InputError:
            raise not_a_run from None
        return {article: min(gains, key=lambda photo: (-gains[photo], photo)) for article, gains in truth.gains.items()}
    return {article: photos[0][0] for article, photos in run if photos}


@contextmanager
def _of_submission(name: str, path: Path) -> Iterator[list[TakingPart]]:
    with opened(path) as members:
        submission = read_submission(members, trees()[recognise_edition(members)], called=path.stem)
        read = {member.path: member.read for member in members}
        runs = [(run, pictures) for run, pictures in submission.by_run() if pictures]
        if not runs:
            raise InputError(
                f"{printable(str(path))} holds no run", "Look at it with: picdesk submission check FOLDER|ZIP"
            )
        several = len({(run.name, run.kind) for run, _ in runs}) > 1
        yield [
            TakingPart(
                run=f"{name}_{run.name}" if several else name,
                task=run.subtask,
                team=submission.group,
                pictures={picture.article: read[picture.path] for picture in pictures},
            )
            for run, pictures in runs
        ]
