"""Pages of what was chosen: the forms that choose, the list, its export."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from starlette.responses import RedirectResponse

from picdesk.archive.choices import Choice, story_id
from picdesk.archive.choices_file import FORMATS
from picdesk.desk.asked import Line
from picdesk.desk.choices.api import paged
from picdesk.desk.choices.said import ChoiceSaid, EntryId, StorySaid, checked, local, signals_of, story_of_form
from picdesk.desk.originals import photo_by_id
from picdesk.desk.rendering import render
from picdesk.desk.security.rates import limited
from picdesk.desk.state import TheDesk, TheUser
from picdesk.errors import NothingFound

router = APIRouter(include_in_schema=False, dependencies=[Depends(limited("other"))])

PAGE = 100
"""Choices that the list shows at a time."""

TheStory = Annotated[StorySaid, Depends(story_of_form)]


@router.post("/choices")
async def choose(
    desk: TheDesk,
    user: TheUser,
    story: TheStory,
    photo: Annotated[str, Form()],
    verdict: Annotated[Literal["picked", "rejected", "undone"], Form()],
    rank: Annotated[str, Form()] = "",
    signals: Annotated[str, Form()] = "",
    confidence: Annotated[str, Form()] = "",
    query: Annotated[str, Form()] = "",
    reading: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "",
) -> Response:
    """Pick, reject, or take one's own decision back; then back to where that was done."""
    said = checked(
        ChoiceSaid,
        photo=photo,
        verdict="picked" if verdict == "undone" else verdict,
        article=story,
        rank=rank.strip() or None,
        signals=signals_of(signals),
        confidence=confidence.strip() or None,
        query=query,
        reading=reading,
    )

    def write() -> None:
        article = story.article()
        if verdict == "undone":
            # What was decided before must not come up again, so that every decision on the photo is taken back.
            while mine := [
                each for each in desk.archive.choices(article=story_id(article), who=user.name) if each.photo == photo
            ]:
                desk.archive.undo(mine[0].id, who=user.name)
        else:
            found = photo_by_id(desk.archive, said.photo)
            details = said.details() | {"who": user.name, "desk": desk.run}
            desk.archive.choose(found, article, said.verdict, **details)

    await desk.slowly(write)
    return RedirectResponse(local(back, "/choices"), 303)


@router.post("/choices/undo")
async def undo(
    desk: TheDesk, user: TheUser, entry: Annotated[EntryId, Form()], back: Annotated[str, Form()] = ""
) -> Response:
    """Take a decision or a use back, by its id."""
    await desk.slowly(lambda: desk.archive.undo(entry, who=user.name))
    return RedirectResponse(local(back, "/choices"), 303)


@router.get("/choices")
async def choices(
    request: Request,
    desk: TheDesk,
    article: Annotated[Line, Query()] = "",
    who: Annotated[Line, Query()] = "",
    cursor: Annotated[EntryId | None, Query()] = None,
) -> Response:
    """What was chosen, latest first, a story at a time."""

    def read() -> tuple[list[Choice], set[str]]:
        found = desk.archive.choices(article=article or None, who=who or None)
        return found, set(desk.archive.photos_of([choice.photo for choice in found]))

    found, here = await desk.slowly(read)
    page, then = paged(found[::-1], PAGE, cursor)
    stories = [(list(group)) for _, group in groupby(page, key=lambda choice: choice.article)]
    context = {
        "here": "choices",
        "stories": stories,
        "photos_here": here,
        "article": article,
        "who": who,
        "people": sorted({choice.who for choice in found if choice.who}),
        "next": then,
        "count": len(found),
        "back": _address(request),
    }
    return render(request, "choices/list.html", context)


@router.get("/choices/export")
async def export(
    desk: TheDesk,
    format: Annotated[Literal["csv", "jsonl"], Query()] = "csv",
    history: Annotated[bool, Query()] = False,
) -> Response:
    """Every choice as a file."""
    chosen = await desk.slowly(lambda: desk.archive.choices(history=history))
    if not chosen:
        raise NothingFound("Nothing was picked or rejected yet.", "Choose photos for a story first.")
    kind = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}[format]
    headers = {"Content-Disposition": f'attachment; filename="choices.{format}"', "Cache-Control": "no-store"}
    return Response(FORMATS[format](chosen), media_type=kind, headers=headers)


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
