"""A comparison as one HTML file: tables, plots, and the pictures of wins and losses side by side.

Nothing is fetched when the page is opened and no script runs in it; everything that comes from runs, lists and truths
is shown as text, never as HTML.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from picdesk.errors import ExtraMissing, PhotoError
from picdesk.evaluate.pictures import find_pictures
from picdesk.evaluate.plots import MOST_PAIRS, draw_curves, draw_ranks
from picdesk.evaluate.tables.comparison import tables_of
from picdesk.evaluate.tables.digits import digits, number_text
from picdesk.evaluate.tables.html import escape, html_table
from picdesk.photos.thumbnail import data_uri

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from picdesk.evaluate.compare import Comparison
    from picdesk.evaluate.extremes import Extreme, Extremes
    from picdesk.evaluate.pictures import Pictures
    from picdesk.records import Run

SHOWN = 6
"""Wins, and losses, of a pair of runs that are shown with pictures."""

PLACES = 3
"""Photos of each run that are shown for an article."""

_RIGHT = 2  # photos of the truth that are shown for an article


def report(comparison: Comparison, *, photos: str | Path | None = None, title: str = "Runs compared") -> str:
    """The page.

    Args:
        comparison: what it shows. Pairs of runs past the first five are in the tables alone.
        photos: where the pictures are: anything that an archive can be filled from; their names are those of the runs.
            Without it the page shows names.
        title: of the page.

    Raises:
        SourceError: ``photos`` cannot be read.
    """
    most = comparison.extremes[:MOST_PAIRS]
    gallery = _Gallery(comparison, _top_photos(comparison, most), None)
    if photos is not None:
        gallery = _Gallery(comparison, gallery.top, find_pictures(photos, gallery.names()))
    parts = [
        _about(comparison),
        *(html_table(table) for table in tables_of(comparison)),
        _plots(comparison),
        *(gallery.section(one) for one in most),
    ]
    if len(comparison.extremes) > len(most):
        left_out = len(comparison.extremes) - len(most)
        parts.append(f'<p class="note">{left_out} further pairs of runs are in the tables alone.</p>')
    page = Template(files("picdesk.evaluate").joinpath("report.html").read_text(encoding="utf-8"))
    return page.substitute(title=escape(title), body="\n".join(parts))


@dataclass(frozen=True, slots=True)
class _Gallery:
    """Wins and losses with their pictures.

    Attributes:
        comparison: where they come from.
        top: run -> article -> names of its first photos.
        pictures: what is known of the names; ``None`` where no pictures were asked for.
    """

    comparison: Comparison
    top: Mapping[str, Mapping[str, Sequence[str]]]
    pictures: Pictures | None

    def names(self) -> set[str]:
        """Every photo that is shown."""
        shown = {name for articles in self.top.values() for names in articles.values() for name in names}
        articles = {article for articles in self.top.values() for article in articles}
        return shown.union(*(self.right(article) for article in articles))

    def right(self, article: str) -> list[str]:
        """The article's fitting photos, the most fitting first, equal ones by name."""
        gains = self.comparison.truth.gains.get(article, {})
        return sorted(gains, key=lambda name: (-gains[name], name))

    def section(self, most: Extremes) -> str:
        """One pair of runs."""
        drawn = []
        for kind, several in (("wins", most.wins), ("losses", most.losses)):
            shown = several[:SHOWN]
            heading = f"The greatest {kind}, from {most.before} to {most.after}"
            articles = "".join(self._article(most, one) for one in shown) or f'<p class="note">There are no {kind}.</p>'
            drawn.append(f"<section><h2>{escape(heading)}</h2>{articles}</section>")
        return "\n".join(drawn)

    def _article(self, most: Extremes, one: Extreme) -> str:
        headline = self.comparison.listed.headline(one.article) if self.comparison.listed else ""
        right = self.right(one.article)
        more = f" (and {len(right) - _RIGHT} more)" if len(right) > _RIGHT else ""
        places = digits(self.comparison)[most.measure]
        sides = [
            ("fits" + more, [(name, "") for name in right[:_RIGHT]]),
            *(
                (
                    f"{run}: {_place(rank)}, {most.measure} {number_text(value, places)}",
                    [(name, str(place)) for place, name in enumerate(self.top[run].get(one.article, ()), start=1)],
                )
                for run, rank, value in (
                    (most.before, one.rank_before, one.before),
                    (most.after, one.rank_after, one.after),
                )
            ),
        ]
        drawn = ""
        for heading, several in sides:
            figures = "".join(self._figure(name, place, fits=name in right) for name, place in several)
            drawn += f'<div><h4>{escape(heading)}</h4><div class="photos">{figures or _NOTHING}</div></div>'
        said = f'<p class="about">article {escape(one.article)}</p>' if headline else ""
        return f'<article><h3>{escape(headline or one.article)}</h3>{said}<div class="sides">{drawn}</div></article>'

    def _figure(self, name: str, place: str, *, fits: bool) -> str:
        mark = "<b>✓ fits</b> " if fits and place else ""
        caption = f"<figcaption>{escape(place)} {mark}{escape(name)}</figcaption>"
        return f"<figure{_FITS if fits else ''}>{self._picture(name)}{caption}</figure>"

    def _picture(self, name: str) -> str:
        if self.pictures is None:
            return ""
        try:
            return f'<img alt="{escape(name)}" src="{data_uri(self.pictures.small(name))}">'
        except PhotoError as error:
            return f'<span class="missing">{escape(error.message)}</span>'


_FITS = ' class="fits"'
_NOTHING = '<p class="note">This run ranks nothing for the article.</p>'


def _top_photos(comparison: Comparison, most: Sequence[Extremes]) -> dict[str, dict[str, list[str]]]:
    wanted: dict[str, set[str]] = {name: set() for name in comparison.names}
    for pair in most:
        articles = {one.article for one in (*pair.wins[:SHOWN], *pair.losses[:SHOWN])}
        for name in (pair.before, pair.after):
            wanted[name] |= articles
    return {run.name: _top(run, wanted[run.name]) for run in comparison.runs}


def _top(run: Run, articles: set[str]) -> dict[str, list[str]]:
    top = {}
    for number, article in enumerate(run.articles):
        if article in articles:
            first = int(run.starts[number])
            last = min(int(run.starts[number + 1]), first + PLACES)
            top[article] = [run.names[photo] for photo in run.photos[first:last].tolist()]
    return top


def _about(comparison: Comparison) -> str:
    said = [
        ("runs", ", ".join(comparison.names)),
        ("truth", comparison.truth.name),
        ("articles", f"{len(comparison.articles):,}"),
        *(("note", note) for note in comparison.notes),
    ]
    return "".join(f'<p class="about"><b>{name}</b> {escape(text)}</p>' for name, text in said)


def _plots(comparison: Comparison) -> str:
    try:
        drawn = [("Recall curves", draw_curves(comparison))]
        drawn += [
            (f"Rank of each article's photo in {change.before} and in {change.after}", draw_ranks(comparison, change))
            for change in comparison.changes[:MOST_PAIRS]
        ]
    except ExtraMissing as error:
        return f'<section><h2>Plots</h2><p class="note">{escape(f"{error.message}: {error.hint}")}</p></section>'
    shown = "".join(f'<img alt="{escape(said)}" src="{data_uri(plot, "image/png")}">' for said, plot in drawn)
    return f'<section><h2>Plots</h2><div class="plots">{shown}</div></section>'


def _place(rank: int | None) -> str:
    return "not ranked" if rank is None else f"rank {rank}"
