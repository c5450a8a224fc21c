"""The basket: what one has picked lately, by story, and a contact sheet of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from picdesk.archive.choices import PICKED, Choice
from picdesk.archive.schema import now
from picdesk.archive.uses import Use
from picdesk.desk.choices.said import EntryId, StorySaid
from picdesk.desk.choices.sheet import Entry, contact_sheet
from picdesk.desk.originals import original_of
from picdesk.desk.problems import Problem
from picdesk.desk.rendering import render
from picdesk.desk.security.rates import limited
from picdesk.desk.state import Desk, TheDesk, TheUser
from picdesk.errors import NothingFound, PhotoError
from picdesk.photos.thumbnail import thumbnail
from picdesk.records import Photo

router = APIRouter(include_in_schema=False, dependencies=[Depends(limited("other"))])

DAYS = 7
"""How long a pick lies in the basket; earlier ones are among the choices."""
MOST = 200
"""Photos of one contact sheet."""
_EDGE = 640


@dataclass(frozen=True, slots=True)
class Picked:
    """A pick with its photo, and what became of it."""

    choice: Choice
    photo: Photo
    uses: list[Use]

    def story(self) -> StorySaid:
        """The story as forms and addresses carry it; one without an address or id of its own is known by its words."""
        known = "" if self.choice.article.startswith("story-") or self.choice.url else self.choice.article
        said = self.choice
        return StorySaid(headline=said.headline, lead=said.lead, id=known, url=said.url, published=said.published)


@router.get("/basket")
async def basket(
    request: Request, desk: TheDesk, user: TheUser, days: Annotated[int, Query(ge=1, le=3650)] = DAYS
) -> Response:
    """The photos that somebody picked in the last days, a story at a time, the latest first."""
    picked = await desk.slowly(lambda: _picked(desk, user.name, days))
    stories: dict[str, list[Picked]] = {}
    for each in picked:
        stories.setdefault(each.choice.article, []).append(each)
    context = {"here": "basket", "stories": list(stories.values()), "days": days, "count": len(picked), "most": MOST}
    return render(request, "basket.html", context)


@router.post("/basket/sheet")
async def sheet(desk: TheDesk, user: TheUser, choice: Annotated[list[EntryId] | None, Form()] = None) -> Response:
    """A contact sheet of the picks that were ticked, as PDF."""
    wanted = list(dict.fromkeys(choice or ()))
    if not wanted or len(wanted) > MOST:
        raise Problem(
            422,
            "no-photos" if not wanted else "too-many",
            "No photo was ticked." if not wanted else f"More than {MOST} photos were ticked.",
            hint="Tick the photos that shall be on the sheet.",
        )

    def draw() -> bytes:
        mine = {each.choice.id: each for each in _picked(desk, user.name, None)}
        if missing := [entry for entry in wanted if entry not in mine]:
            raise NothingFound(f"{len(missing)} of the photos are picked no more", "Load the basket again.")
        return contact_sheet([_entry(mine[entry]) for entry in wanted], made_by=user.name)

    data = await desk.slowly(draw)
    headers = {
        "Content-Disposition": f'attachment; filename="contact-sheet-{now():%Y-%m-%d}.pdf"',
        "Cache-Control": "no-store",
    }
    return Response(data, media_type="application/pdf", headers=headers)


def _picked(desk: Desk, who: str, days: int | None) -> list[Picked]:
    since = None if days is None else now() - dt.timedelta(days=days)
    chosen = [
        choice
        for choice in reversed(desk.archive.choices(who=who))
        if choice.verdict == PICKED and (since is None or choice.when >= since)
    ]
    photos = desk.archive.photos_of([choice.photo for choice in chosen])
    uses: dict[str, list[Use]] = {}
    for use in desk.archive.uses():
        uses.setdefault(use.photo, []).append(use)
    return [
        Picked(choice, photos[choice.photo], uses.get(choice.photo, [])) for choice in chosen if choice.photo in photos
    ]


def _entry(picked: Picked) -> Entry:
    try:
        small = thumbnail(original_of(picked.photo), _EDGE)
    except (NothingFound, PhotoError):
        small = None
    return Entry(picked.photo, picked.choice, small, tuple(use.said() for use in picked.uses))
