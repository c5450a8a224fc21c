"""NewsImages 2021 as its organisers' evaluator counts, to the digit.

Written from the Java class ``EvalTask`` of github.com/NewsImagesDataset/NewsImagesDataset. Where that class stops with
an exception, there is an error here that names the line; where it passes over something in silence or with a message
that names nothing, there is a note. Its rules, as far as they are not those of the rest of this room:

- Files are tables separated by tabs, fields in double quotes where they have to be. A row counts where its first field
  is a 32-bit integer as Java reads one; every other row is passed over, header or not.
- The first field of a prediction is an obfuscated id: the real one is ``s[6:10] + s[1:6]``.
- Figures are divided by the number of distinct images of the ground truth, not by the articles.
- Of the photos behind an article the first hundred are compared, until one is the article's. A row with fewer is no
  fault as long as the article's photo is among them.
- An article that stands in several rows counts with the last row in which its photo was found, and each row in which
  it was found adds to ``correctIn100``.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import fsum
from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.newsimages.runs.lines import bad_line, read_lines, shorten
from picdesk.photos.locate import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

DEPTH = 100
RECALLS = (5, 10, 50, 100)
_INTEGER = re.compile(r"[+-]?\d+")
_TOO_LONG = 1000  # Python reads no number of more than 4,300 digits; an id has ten
_BLANK = "".join(map(chr, range(33)))  # what Java's trim() takes off


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol2021:
    """What the organisers' evaluator says of a prediction.

    Attributes:
        run: what the run is called.
        articles: distinct articles of the ground truth.
        images: distinct images of the ground truth, by which figures are divided.
        found: rows in which the article's photo was found.
        predicted: rows that answer an article.
        positions: article id -> position from 1 at which its photo was found.
        mrr: mean reciprocal rank.
        recall: cutoff -> mean recall.
        notes: what was passed over, with its lines.
    """

    run: str
    articles: int
    images: int
    found: int
    predicted: int
    positions: Mapping[str, int]
    mrr: float
    recall: Mapping[int, float]
    notes: tuple[str, ...]

    @property
    def printed(self) -> dict[str, str]:
        """The figures as the evaluator prints them, under its names."""
        figures = {"MRR@100": self.mrr, **{f"MeanRecall@{cutoff}": self.recall[cutoff] for cutoff in RECALLS}}
        return {"correctIn100": f"{self.found} of {self.predicted}"} | {
            name: str(_rounded(figure)) for name, figure in figures.items()
        }

    @property
    def measures(self) -> dict[str, float]:
        """The figures, with the five decimals that the evaluator prints, under the names of this house."""
        recall = {f"R@{cutoff}": float(_rounded(self.recall[cutoff])) for cutoff in RECALLS}
        return {"MRR@100": float(_rounded(self.mrr)), **recall, "matchIn100": float(self.found)}


def evaluate_2021(prediction: Path, truth: Path) -> Protocol2021:
    """Measure a prediction as the organisers of NewsImages 2021 did.

    Sums are exact here, where the evaluator adds in the order of a hash table; that moves no more than the last bits
    of a figure, of which five decimals are printed.

    Args:
        prediction: obfuscated article id, then image ids, separated by tabs.
        truth: ``content2019-04-gt.tsv`` or another table of its columns: the article's id in the first, the image's in
            the fifth.

    Raises:
        InputError: where the evaluator stops: a row of the truth with fewer than five columns; an article that the
            truth does not have; an article's photo that is not among fewer than a hundred; a quote that is never
            closed. And where its figures would say nothing: a truth or a prediction without articles.
    """
    notes: list[str] = []
    image_of, images = _read_truth(truth, notes)
    positions: dict[str, int] = {}
    seen: dict[str, int] = {}
    found = predicted = 0
    for number, fields in _numbered_rows(prediction, notes):
        article = _article(prediction, number, fields[0], image_of)
        if article in seen:
            notes.append(
                f"line {number} answers article {shorten(fields[0])} again, after line {seen[article]}: "
                "of its rows in which the photo was found the last counts"
            )
        seen[article] = number
        predicted += 1
        if position := _position(prediction, number, fields, image_of[article], notes.append):
            found += 1
            positions[article] = position
    if not predicted:
        raise InputError(
            f"no row of {printable(str(prediction))} begins with an article's number",
            "A prediction of 2021 has an obfuscated article id and a hundred image ids a line, separated by tabs.",
        )
    return Protocol2021(
        run=prediction.stem,
        articles=len(image_of),
        images=images,
        found=found,
        predicted=predicted,
        positions=positions,
        mrr=fsum(1 / position for position in positions.values()) / images,
        recall={cutoff: sum(at <= cutoff for at in positions.values()) / images for cutoff in RECALLS},
        notes=tuple(notes),
    )


def _read_truth(path: Path, notes: list[str]) -> tuple[dict[str, str], int]:
    """The image of each article, and how many distinct images there are, those of overwritten rows among them."""
    image_of: dict[str, str] = {}
    images: set[str] = set()
    for number, fields in _rows(path):
        if len(fields) < 5:
            what = f"{len(fields)} columns, where the ground truth of 2021 has its image ids in the fifth"
            raise bad_line(path, number, what)
        if not _is_integer(fields[0]):
            continue
        if fields[0] in image_of:
            notes.append(f"line {number} of the truth names article {shorten(fields[0])} again: the last row counts")
        image_of[fields[0]] = fields[4]
        images.add(fields[4])
    if not image_of:
        raise InputError(
            f"no row of {printable(str(path))} begins with an article's number",
            "The ground truth of 2021 is content2019-04-gt.tsv.",
        )
    return image_of, len(images)


def _numbered_rows(path: Path, notes: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Rows that begin with an integer. Others are passed over, with a note where they look like an answer."""
    for number, fields in _rows(path):
        if _is_integer(fields[0]):
            yield number, fields
        elif any(letter.isdigit() for letter in fields[0]):
            notes.append(f"line {number} is passed over: {shorten(fields[0])!r} is no 32-bit integer")


def _article(path: Path, number: int, obfuscated: str, image_of: Mapping[str, str]) -> str:
    if len(obfuscated) < 10:
        what = f"article {shorten(obfuscated)} has fewer than ten digits, so no real id can be made of it"
        raise bad_line(path, number, what, "The protocol of 2021 wants the ids of the test articles, obfuscated.")
    article = obfuscated[6:10] + obfuscated[1:6]
    if article not in image_of:
        what = f"article {shorten(obfuscated)} is unknown: the truth has no article {shorten(article)}"
        raise bad_line(path, number, what, "The protocol of 2021 wants the ids of the test articles, obfuscated.")
    return article


def _position(path: Path, number: int, fields: list[str], image: str, remark: Callable[[str], None]) -> int | None:
    """Where the image stands among the first hundred."""
    photos = [field.strip(_BLANK) for field in fields[1 : DEPTH + 1]]
    position = photos.index(image) + 1 if image in photos else None
    if len(photos) < DEPTH:
        what = f"{len(photos)} photos, where the protocol of 2021 wants {DEPTH}"
        if position is None:
            raise bad_line(path, number, what, "The organisers' evaluator stops here; rank to a depth of 100.")
        remark(f"line {number} has {what}; the article's own is among them, so it counts")
    return position


def _is_integer(text: str) -> bool:
    """Whether Java's ``Integer.valueOf`` takes it."""
    return len(text) < _TOO_LONG and bool(_INTEGER.fullmatch(text)) and -(2**31) <= int(text) < 2**31


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, with the number of their last line."""
    reader = csv.reader((f"{line}\n" for _, line in read_lines(path)), delimiter="\t", strict=True)
    try:
        for fields in reader:
            if fields:
                yield reader.line_num, fields
    except csv.Error as error:
        raise bad_line(
            path, reader.line_num, one_line(error), "A quote must be closed, and doubled inside quotes."
        ) from None


def _rounded(figure: float) -> Decimal:
    """Five decimals as Java's ``%.5f`` makes them: of the shortest decimal form of the number, halves up."""
    return Decimal(repr(figure)).quantize(Decimal("0.00001"), ROUND_HALF_UP)
