"""Everything that the page of a story shows, as its templates take it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from picdesk.desk.cursors import DEEPEST
from picdesk.desk.pages import view
from picdesk.desk.pages.form import MIDDLE, PAGE, Chip, Form
from picdesk.search.confidence.percent import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from picdesk.desk.facets import Facet
    from picdesk.records import Article, Hit, Photo, Query, Ranking

_MISFIT = "nothing here fits well"
"""How a search begins to say so, among its notes; the page says it more loudly."""
_ENDS = {
    "lead_weight": ("headline alone", "as it is read", "lead alone"),
    "picture_weight": ("words alone", "as the desk is set", "pictures alone"),
}


@dataclass(frozen=True, kw_only=True)
class Page:
    """What is shown.

    Attributes:
        form: what was asked.
        photos: in the archive.
        what: what was typed into the first form.
        said: what went wrong, in words.
        hint: what to do about it.
        story: that was read.
        story_is_gone: the address names a story that is no longer kept.
        like: photos that the search is like.
        ranking: the answer; ``None`` where there is none.
        hits: of it, those on the page.
        cursor: of the next page; empty where there is none.
        search: the search's short name.
        facets: with their counts.
        chips: filters that are on.
        verdicts: photo -> ``picked`` or ``rejected``.
    """

    form: Form
    photos: int
    what: str = ""
    said: str = ""
    hint: str = ""
    story: Article | None = None
    story_is_gone: bool = False
    like: tuple[Photo, ...] = ()
    ranking: Ranking | None = None
    hits: tuple[Hit, ...] = ()
    cursor: str = ""
    search: str = ""
    facets: tuple[Facet, ...] = ()
    chips: tuple[Chip, ...] = ()
    verdicts: Mapping[str, str] = field(default_factory=dict)

    # How photos are shown, for templates.
    size = staticmethod(view.size)
    badges = staticmethod(view.badges)
    alt = staticmethod(view.alt)
    caption = staticmethod(view.caption)
    credit = staticmethod(view.credit)
    day = staticmethod(view.day)
    language = staticmethod(view.language)
    percent = staticmethod(percent)

    @property
    def title(self) -> str:
        """Of the page."""
        line = self.form.headline.strip() or self.form.lead.strip()
        return line[:80] or (
            "Search by picture" if self.form.picture else "Story" if self.form.is_empty else "More like this"
        )

    @property
    def query(self) -> Query | None:
        """What the archive was asked."""
        return None if self.ranking is None else self.ranking.query

    @property
    def next(self) -> str:
        """Address of the page with more photos; empty where there are no more."""
        if not self.cursor:
            return ""
        last = self.hits[-1]
        return f"/?{self.form.query_string(min(DEEPEST, last.rank + PAGE))}#p-{last.photo.id[:12]}"

    @property
    def end(self) -> str:
        """What stands where there are no more photos."""
        seen = self.hits[-1].rank if self.hits else 0
        if seen >= DEEPEST:
            return f"The first {DEEPEST:,} photos. Say more, or filter, to see others."
        return "That is all." if seen > 1 else ""

    @property
    def summary(self) -> str:
        """The answer in a line."""
        if self.ranking is None:
            return ""
        searched = (
            f"{self.ranking.searched:,} of {self.photos:,}"
            if self.ranking.searched < self.photos
            else f"{self.photos:,}"
        )
        exact = "" if self.ranking.exact else ", by an approximate index"
        known = [hit.confidence for hit in self.ranking.hits if hit.confidence is not None]
        sure = f" · best fits {percent(max(known))}" if known else ""
        return f"{searched} photos compared{exact}{sure}"

    @property
    def verdict(self) -> str:
        """What is said where nothing fits well; empty where something does, or nobody knows."""
        if self.ranking is None or not self.hits or self.ranking.fits_well is not False:
            return ""
        said = next((note for note in self.ranking.notes if note.startswith(_MISFIT)), _MISFIT)
        measured = said.removeprefix(_MISFIT).lstrip(": ")
        return (
            f"{measured[:1].upper()}{measured[1:]}{'.' if measured else ''} Try other words or fewer filters.".strip()
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader should know of the answer."""
        said = () if self.ranking is None else self.ranking.notes
        gone = ("the story's text is no longer kept here; searched with headline and lead alone: paste it again",)
        return (*(gone if self.story_is_gone else ()), *(note for note in said if not note.startswith(_MISFIT)))

    @property
    def empty(self) -> str:
        """What stands where there is no photo."""
        if not self.photos:
            return "There are no photos in this archive yet."
        if self.ranking is not None and not self.ranking.searched:
            return "No photo passes these filters."
        return "No photo matches."

    @property
    def empty_hint(self) -> str:
        """What to do about it."""
        if not self.photos:
            return "Put some in: picdesk add ARCHIVE PHOTOS"
        if self.ranking is not None and not self.ranking.searched:
            return "Take one off."
        return "Try other words, or fewer."

    @staticmethod
    def ends(name: str) -> tuple[str, str, str]:
        """What the left end, the middle and the right end of a slider mean."""
        return _ENDS[name]

    def weight_said(self, name: str) -> str:
        """What a slider means where it stands."""
        left, middle, right = _ENDS[name]
        value = getattr(self.form, name)
        return {0: left, MIDDLE: middle, 100: right}.get(value, f"{100 - value} : {value}")
