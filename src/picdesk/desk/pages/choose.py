"""``POST /choose``: a photo is picked or rejected for the story of a search, or that is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from picdesk.archive.choices import story_id
from picdesk.desk.asked import PhotoId
from picdesk.desk.pages.kept import NAME
from picdesk.desk.pages.photo import back_to, hit_of, search_named
from picdesk.desk.pages.verdicts import story_of_form
from picdesk.desk.problems import Problem
from picdesk.desk.security.rates import limited
from picdesk.desk.state import TheDesk, TheUser

if TYPE_CHECKING:
    from picdesk.api import Archive
    from picdesk.records import Article

router = APIRouter(include_in_schema=False)


@router.post("/choose", dependencies=[Depends(limited("other"))])
async def choose(
    request: Request,
    desk: TheDesk,
    user: TheUser,
    photo: PhotoId = Form(),
    verdict: Literal["picked", "rejected", "none"] = Form(),
    search: str = Form("", alias="in", max_length=NAME),
) -> Response:
    """Write it down, with the photo's place and signals as the page showed them."""
    form, read = await search_named(desk, search)
    story = story_of_form(form, read)
    if story is None:
        raise Problem(
            409,
            "no-story",
            "This search is no longer kept, or is for no story.",
            hint="Search again with a headline, and choose then.",
        )
    if verdict == "none":
        await desk.slowly(lambda: _take_back(desk.archive, story, photo, user.name))
    else:
        chosen = await desk.slowly(lambda: desk.archive.photo(photo))
        hit = await hit_of(desk, form, read, photo)
        await desk.slowly(
            lambda: desk.archive.choose(
                chosen.id,
                story,
                verdict,
                who=user.name,
                rank=hit.rank if hit else None,
                signals=hit.signals if hit else {},
                confidence=hit.confidence if hit else None,
                query=form.query_string(),
            )
        )
    if request.headers.get("X-Part"):
        return JSONResponse({"photo": photo, "verdict": "" if verdict == "none" else verdict})
    return RedirectResponse(back_to(form, photo), 303)


def _take_back(archive: Archive, story: Article, photo: str, who: str) -> None:
    """Take every standing decision of one person on a photo back; what was decided before it must not come up again."""
    while found := [one for one in archive.choices(article=story_id(story), who=who) if one.photo == photo]:
        archive.undo(found[-1].id, who=who)
