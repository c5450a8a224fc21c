"""Which hits are known to fit: by pairs of article and photo, or by what people said of photos."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol

from picdesk.errors import InputError
from picdesk.evaluate.ratings.readers import read_judgements
from picdesk.newsimages.columns import ARTICLE_COLUMNS, PHOTO_COLUMNS, find_column
from picdesk.newsimages.runs import read_run
from picdesk.photos.locate import printable
from picdesk.photos.sources.columns import text
from picdesk.photos.sources.rows import read_columns, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from picdesk.archive.store import Store
    from picdesk.records import Photo, Rating, Truth

    Group = tuple[Photo, ...]

GOOD = 4.0
"""Points, of 1 to 5, from which on a photo fits in a rater's eyes."""

_VALUE_COLUMNS = ("value", "rating", "score", "points")


class Labels(Protocol):
    """What is known of photos."""

    @property
    def source(self) -> str:
        """``truth``, ``ratings`` or ``choices``."""

    def of(self, article: str, hits: Sequence[Group]) -> Mapping[str, float]:
        """Photo id -> 1 fits, 0 does not, or a share in between, of the photos of an article that can be learned from.

        Args:
            article: its id.
            hits: the answer's first pictures, each with its siblings; the first of a group stands for it.
        """


class TruthLabels:
    """Pairs: of an answer the photo that the newsroom chose fits, and no other does.

    Args:
        truth: article -> names of photos.
    """

    source = "truth"

    def __init__(self, truth: Truth) -> None:
        self._gains = truth.gains

    def of(self, article: str, hits: Sequence[Group]) -> Mapping[str, float]:
        """1 where the photo, or a sibling that shows the same picture, is the article's; nothing without a truth."""
        names = self._gains.get(article)
        if names is None:
            return {}
        return {group[0].id: float(any(_names(photo) & names.keys() for photo in group)) for group in hits}


class RatingLabels:
    """People's ratings: the share of people to whom a photo fits.

    Args:
        shares: article -> photo's name -> share, see `rated_photos`.
        ids: name -> id of the archive's photo.
    """

    source = "ratings"

    def __init__(self, shares: Mapping[str, Mapping[str, float]], ids: Mapping[str, str]) -> None:
        self._shares = {
            article: {ids[name]: share for name, share in photos.items() if name in ids}
            for article, photos in shares.items()
        }

    def of(self, article: str, hits: Sequence[Group]) -> Mapping[str, float]:  # noqa: ARG002 - labels are called alike
        """The shares of the photos that were rated, whether they are in the answer or not."""
        return self._shares.get(article, {})


def rated_photos(paths: Sequence[Path], runs: Mapping[str, Path], good: float = GOOD) -> dict[str, dict[str, float]]:
    """The share of ratings from ``good`` on, of each photo for each article.

    A table with a column for the photo says itself what was rated; other files, such as the organisers', rate runs: the
    picture of a run is its first photo. Ratings of one's own runs are left out.

    Args:
        paths: files of ratings, see `picdesk.evaluate.ratings.readers`.
        runs: name of a rated run -> its run file.
        good: points from which on a photo fits.

    Raises:
        InputError: a file cannot be read, a rated run has no run file, or nothing was rated.
        ExtraMissing: spreadsheets need openpyxl.
    """
    points: dict[tuple[str, str], list[float]] = defaultdict(list)
    of_runs = []
    for path in paths:
        columns = _columns(path) if path.suffix.lower() in {".csv", ".tsv", ".jsonl", ".parquet"} else None
        if columns:
            for article, photo, value in _rows(path, columns):
                points[article, photo].append(value)
        else:
            of_runs.append(path)
    for article, photo, value in _of_runs(read_judgements(of_runs).ratings, runs):
        points[article, photo].append(value)
    if not points:
        raise InputError("no rating of a photo in the files", "Cells without a rating are empty there.")
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    for (article, photo), values in points.items():
        shares[article][photo] = sum(value >= good for value in values) / len(values)
    return dict(shares)


def _names(photo: Photo) -> set[str]:
    return {photo.name, *(copy.name for copy in photo.copies)}


def _columns(path: Path) -> dict[str, str] | None:
    """The columns of a table that rates photos; None where it does not name any."""
    present = read_columns(path)
    meant = {"article": ARTICLE_COLUMNS, "photo": PHOTO_COLUMNS, "value": _VALUE_COLUMNS}
    found = {part: find_column(present, names) for part, names in meant.items()}
    columns = {part: column for part, column in found.items() if column is not None}
    return columns if len(columns) == len(meant) else None


def _rows(path: Path, columns: Mapping[str, str]) -> Iterable[tuple[str, str, float]]:
    for line, row in read_rows(path, columns.values()):
        if isinstance(row, str):
            raise InputError(f"{printable(str(path))}: {row}", "Correct the line.")
        said = {part: text(row.get(column)) for part, column in columns.items()}
        if not said["value"]:
            continue
        try:
            value = float(said["value"].replace(",", "."))
        except ValueError:
            value = float("nan")
        if not 0 <= value <= 5 or not said["article"] or not said["photo"]:
            raise InputError(
                f"{printable(str(path))}, line {line}: no article, no photo, or no points from 1 to 5",
                "Correct the line, or leave it out.",
            )
        yield said["article"], said["photo"], value


def _of_runs(ratings: Iterable[Rating], runs: Mapping[str, Path]) -> Iterable[tuple[str, str, float]]:
    first: dict[str, dict[str, str]] = {}
    for rating in ratings:
        if rating.own or not rating.value:  # 0: there was no picture
            continue
        if rating.run not in first:
            if rating.run not in runs:
                raise InputError(
                    f"it is not known which photos the run {printable(rating.run)} showed",
                    "Give its run file: --run NAME=FILE; or a table with a column for the photo.",
                )
            first[rating.run] = {article: photos[0][0] for article, photos in read_run(runs[rating.run]) if photos}
        photo = first[rating.run].get(rating.article)
        if photo is not None:
            yield rating.article, photo, rating.value


def ids_of_names(store: Store) -> dict[str, str]:
    """Name of each photo of an archive, copies' names too -> its id; of several of one name the first by id."""
    found: dict[str, str] = {}
    for batch in store.rows(["id", "name", "copy_names"]):
        for row in batch.to_pylist():
            for name in (row["name"], *(row["copy_names"] or ())):
                found[name] = min(found.get(name, row["id"]), row["id"])
    return found
