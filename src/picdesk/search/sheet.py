"""Rankings as pictures: a contact sheet in one HTML file, and the table that a notebook shows."""

from __future__ import annotations

import html
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from picdesk.errors import PhotoError
from picdesk.photos.locate import read_bytes
from picdesk.photos.thumbnail import data_uri, thumbnail
from picdesk.search.confidence.percent import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.records import Hit, Photo, Ranking

THUMBNAIL_EDGE = 320
"""Longest edge of a picture on a sheet, pixels."""


def contact_sheet(rankings: Sequence[Ranking], title: str = "Picdesk") -> str:
    """One self-contained HTML page: each story with its photos, their reasons and rights.

    Pictures are embedded; everything that comes from an article or a photo is shown as text, never as HTML.
    """
    page = Template(files("picdesk.search").joinpath("sheet.html").read_text(encoding="utf-8"))
    return page.substitute(title=html.escape(title), stories="\n".join(_story(ranking) for ranking in rankings))


def as_table(ranking: Ranking) -> str:
    """A ranking as an HTML table with thumbnails, for notebooks."""
    rows = "".join(
        f"<tr><td>{hit.rank}</td><td>{_picture(hit.photo)}</td><td>{_words(hit)}</td></tr>" for hit in ranking.hits
    )
    return f"<table>{rows}</table>{_notes(ranking)}"


def _story(ranking: Ranking) -> str:
    article = ranking.query.article
    headline = article.headline if article else ranking.query.words or "a picture"
    lead = f'<p class="lead">{html.escape(article.lead)}</p>' if article and article.lead else ""
    figures = "".join(_figure(hit) for hit in ranking.hits) or "<p>No photo of the archive matches.</p>"
    return (
        f'<section><h2>{html.escape(headline)}</h2>{lead}<div class="photos">{figures}</div>{_notes(ranking)}</section>'
    )


def _figure(hit: Hit) -> str:
    return f"<figure>{_picture(hit.photo)}<figcaption><b>{hit.rank}</b> {_words(hit)}</figcaption></figure>"


def _picture(photo: Photo) -> str:
    try:
        picture = data_uri(thumbnail(read_bytes(photo.uri), THUMBNAIL_EDGE))
    except PhotoError as error:
        return f'<span class="missing">{html.escape(error.message)}</span>'
    described = html.escape(photo.caption or photo.name, quote=True)
    return f'<img alt="{described}" src="{picture}">'


def _words(hit: Hit) -> str:
    photo = hit.photo
    lines = [
        ("name", photo.name),
        ("caption", photo.caption or ""),
        ("sure", "" if hit.confidence is None else f"fits: {percent(hit.confidence)}"),
        ("why", "; ".join(hit.reasons)),
        ("same", f"also as {', '.join(sibling.name for sibling in hit.siblings)}" if hit.siblings else ""),
        ("warning", "; ".join(hit.warnings)),
        ("credit", " · ".join(filter(None, [photo.credit or photo.creator, photo.rights or photo.usage_terms]))),
    ]
    return "".join(f'<span class="{kind}">{html.escape(text)}</span>' for kind, text in lines if text)


def _notes(ranking: Ranking) -> str:
    return "".join(f'<p class="note">{html.escape(note)}</p>' for note in ranking.notes)
