"""``/``: a story comes in, photos come out. The address says everything: it can be kept, sent and gone back to."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from picdesk.desk.facets import counted
from picdesk.desk.pages.form import PAGE, read_form, values_in_words
from picdesk.desk.pages.form import Form as StoryForm
from picdesk.desk.pages.incoming import incoming
from picdesk.desk.pages.page import Page
from picdesk.desk.pages.verdicts import story_of_form, verdicts_of
from picdesk.desk.problems import Problem, problem_of
from picdesk.desk.rendering import render
from picdesk.desk.searching import answer
from picdesk.desk.security.rates import limited
from picdesk.desk.state import TheDesk, TheUser
from picdesk.errors import PicdeskError

if TYPE_CHECKING:
    from picdesk.desk.state import Desk
    from picdesk.records import Photo

router = APIRouter(include_in_schema=False)

PARTS = {"results": "story/parts.html", "tiles": "story/next.html"}
"""What the page's script asks for (``X-Part``) -> the template that answers it."""


@router.get("/", dependencies=[Depends(limited("search"))])
async def story_page(request: Request, desk: TheDesk, user: TheUser, cursor: str | None = None) -> Response:
    """The page, or the part of it that its script asks for."""
    form = read_form(request.query_params)
    part = request.headers.get("X-Part", "")
    if "drop" in request.query_params and not part:
        return RedirectResponse(f"/?{form.query_string()}", 303)
    if form.is_empty:
        photos = await desk.slowly(lambda: len(desk.archive))
        return render(request, "story/page.html", {"page": Page(form=form, photos=photos), "here": "story"})
    page = await desk.slowly(lambda: _begun(desk, form))
    status = 200
    try:
        page = await _answered(desk, page, cursor if part == "tiles" else None)
        chosen = story_of_form(form, page.story)
        page = replace(page, verdicts=await desk.slowly(lambda: verdicts_of(desk.archive, chosen, user.name)))
    except (PicdeskError, ValidationError, Problem) as error:
        problem = _problem(error)
        if problem.status >= 500 and isinstance(error, Problem):
            raise
        status, page = problem.status, replace(page, said=f"{problem.title}.".replace("..", "."), hint=problem.hint)
    return render(request, PARTS.get(part, "story/page.html"), {"page": page, "here": "story"}, status=status)


@router.post("/story", dependencies=[Depends(limited("upload"))])
async def take_story(
    request: Request, desk: TheDesk, what: str = Form("", max_length=400_000), file: UploadFile | None = File(None)
) -> Response:
    """Read what came in: an address, a text, a file; then show its photos."""
    data = await file.read() if file is not None and file.filename else b""
    try:
        found = await incoming(request, desk, what, data)
    except PicdeskError as error:
        problem = problem_of(error)
        page = Page(
            form=StoryForm(),
            photos=await desk.slowly(lambda: len(desk.archive)),
            what=what,
            said=problem.title,
            hint=problem.hint,
        )
        return render(request, "story/page.html", {"page": page, "here": "story"}, status=problem.status)
    return RedirectResponse(f"/?{urlencode(found)}", 303)


def _begun(desk: Desk, form: StoryForm) -> Page:
    """The page without its answer."""
    story = desk.stories.find(form.story)
    return Page(
        form=form,
        photos=len(desk.archive),
        story=story,
        story_is_gone=bool(form.story) and story is None,
        search=desk.searches.keep(form.query_string(form.shown)),
    )


async def _answered(desk: Desk, page: Page, cursor: str | None) -> Page:
    """The page with its answer; the photos that were shown before, all at once, so that going back finds the place."""
    asked = page.form.asked(page.story)
    count = PAGE if cursor else page.form.shown
    like = await _photos(desk, page.form.like)
    found, counts = await asyncio.gather(
        answer(desk, asked, count=count, cursor=cursor), counted(desk, asked) if not cursor else _nothing()
    )
    every = counts.named([hit.photo for hit in found.ranking.hits]).facets if counts else ()
    return replace(
        page,
        like=like,
        ranking=found.ranking,
        hits=found.hits,
        cursor=found.next or "",
        facets=every,
        chips=tuple(page.form.chips(values_in_words(every))),
    )


async def _photos(desk: Desk, ids: tuple[str, ...]) -> tuple[Photo, ...]:
    return await desk.slowly(lambda: tuple(desk.archive.photo(photo) for photo in ids)) if ids else ()


async def _nothing() -> None:
    return None


def _problem(error: Exception) -> Problem:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        where = ".".join(str(each) for each in first["loc"])
        return Problem(422, "invalid", f"That cannot be searched for: {where}: {first['msg']}")
    return problem_of(error)
