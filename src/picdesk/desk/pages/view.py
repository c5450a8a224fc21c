"""How a photo is shown: in how much room, under which words, with which badges."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.search.filters.fields import AI_SOURCES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from picdesk.records import Hit, Photo

NARROWEST, STEP, STEPS = 0.75, 1.02, 60
"""The style sheet has a class for each of so many ratios of width to height, each 2 % wider than the one before."""
_SHORT = 28
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Size:
    """How much room a photo takes in the grid.

    Attributes:
        step: the class of its ratio.
        clamped: whether it is wider or narrower than the grid has room for, so that it stands in a frame.
    """

    step: int
    clamped: bool


@dataclass(frozen=True, slots=True)
class Badge:
    """A short remark on a photo.

    Attributes:
        label: a word or two.
        kind: ``warn``, ``stop``, ``open`` (not said), or ``plain``.
        title: the whole remark.
    """

    label: str
    kind: str = "plain"
    title: str = ""


def size(photo: Photo) -> Size:
    """How much room a photo takes in the grid."""
    ratio = photo.width / photo.height
    exact = round(math.log(ratio / NARROWEST) / math.log(STEP))
    step = min(max(exact, 0), STEPS - 1)
    return Size(step, exact != step)


def badges(hit: Hit) -> list[Badge]:
    """Rights first, then what is to be looked at before the photo is used."""
    photo = hit.photo
    said = {_WARNED.get(warning.split(":")[0].split(" ")[0], ""): warning for warning in hit.warnings}
    found = []
    if "rights" in said:
        found.append(Badge("Restricted", "stop", said["rights"]))
    elif terms := photo.usage_terms or photo.rights:
        found.append(Badge(_shortened(terms), "plain", terms))
    else:
        found.append(Badge("Rights not said", "open", "Nothing says who owns this photo, or what it may be used for."))
    if "made" in said:
        label = "AI-made" if ai_made(photo) else "Not by a camera"
        found.append(Badge(label, "stop", said["made"]))
    if "people" in said:
        found.append(Badge("Other person", "warn", said["people"]))
    if "age" in said:
        found.append(Badge("Old photo", "warn", said["age"]))
    if "used" in said:
        found.append(Badge("Used before", "warn", said["used"]))
    found += [Badge("Look", "warn", warning) for kind, warning in said.items() if not kind]
    return found


_WARNED = {"restricted": "rights", "AI-made": "made", "no": "made", "shows": "people", "old": "age", "used": "used"}
"""First word of a warning (`picdesk.search.explain.warnings`) -> what it is about."""


def ai_made(photo: Photo) -> bool:
    """Whether the photo says that generative AI made it, wholly or in part."""
    return (photo.digital_source_type or "").rstrip("/").rpartition("/")[2] in AI_SOURCES


def alt(photo: Photo) -> str:
    """What a photo shows, for who cannot see it."""
    return photo.caption or photo.headline or photo.file_words or f"Photo {photo.name}, without a caption"


def caption(photo: Photo) -> str:
    """One line under a photo."""
    return photo.caption or photo.headline or photo.name


def credit(photo: Photo) -> str:
    """Whose photo it is."""
    return photo.credit or photo.creator or "No credit"


def day(date: dt.date) -> str:
    """A day as it is written: 21 Nov 2026, whatever the server's language."""
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def language(code: str | None) -> str:
    """A language by its English name."""
    if not code:
        return "not known"
    from lingua import IsoCode639_1, Language

    known = getattr(IsoCode639_1, code.upper(), None)
    return Language.from_iso_code_639_1(known).name.capitalize() if known else code


def facts(photo: Photo) -> Iterator[tuple[str, str]]:
    """Everything that is said of a photo, rights first."""
    yield "Credit", photo.credit or "not said"
    if photo.creator:
        yield "By", photo.creator
    yield "Rights", photo.rights or "not said"
    if photo.usage_terms and photo.usage_terms != photo.rights:
        yield "Terms", photo.usage_terms
    if photo.instructions:
        yield "Instructions", photo.instructions
    yield "Taken", day(photo.taken) if photo.taken else "not said"
    if photo.place:
        yield "Place", photo.place
    if photo.people:
        yield "People", ", ".join(photo.people)
    if photo.keywords:
        yield "Keywords", ", ".join(photo.keywords)
    yield "Size", f"{photo.width:,} × {photo.height:,}, {photo.format}, {_bytes(photo.bytes)}"
    yield "Added", day(photo.added)


def _bytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def _shortened(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _SHORT else f"{plain[: _SHORT - 1].rstrip()}…"
