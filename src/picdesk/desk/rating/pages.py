"""The addresses of a study: ``/rate/LINK``, its questions by number, and its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from picdesk.desk.problems import Problem
from picdesk.desk.rating.sheet import Sheet, sheet_of
from picdesk.desk.rendering import render
from picdesk.desk.security.rates import limited
from picdesk.desk.state import TheDesk
from picdesk.errors import NothingFound
from picdesk.evaluate.ratings.study.answers import write_answer
from picdesk.evaluate.ratings.study.folder import picture_path
from picdesk.evaluate.ratings.study.records import PAIRS, SCALE
from picdesk.evaluate.ratings.study.results import TIE, allowed

router = APIRouter(prefix="/rate", include_in_schema=False)


def sheet(link: str, desk: TheDesk) -> Sheet:
    """The sheet of a request's link."""
    return sheet_of(desk.settings.study, link)


TheSheet = Annotated[Sheet, Depends(sheet)]
_LIMITED = [Depends(limited("other"))]


@router.get("/{link}", dependencies=_LIMITED)
def begin(request: Request, link: str, mine: TheSheet) -> Response:
    """What it is about, where to go on, and that all is done."""
    return render(
        request, "rating/begin.html", {"sheet": mine, "link": link, "next": mine.after(0), "last": mine.last()}
    )


@router.get("/{link}/{number:int}", dependencies=_LIMITED)
def question(request: Request, link: str, number: int, mine: TheSheet) -> Response:
    """One question; also one that has an answer, to look at it again or to change it."""
    item = mine.item(number)
    shown = {
        "sheet": mine,
        "link": link,
        "number": number,
        "story": mine.story(item),
        "pictures": mine.sides(item),
        "answer": mine.answer_to(number),
        "last": mine.last(),
        "scale": SCALE,
        "tie": TIE,
        "pairs": mine.study.kind == PAIRS,
    }
    return render(request, "rating/question.html", shown)


@router.post("/{link}/{number:int}", dependencies=_LIMITED)
def answer(desk: TheDesk, link: str, number: int, mine: TheSheet, value: Annotated[str, Form()]) -> Response:
    """Keep an answer, and go to the next question that has none."""
    item = mine.item(number)
    if value not in allowed(mine.study, item):
        raise Problem(422, "no-answer", "That is no answer to this question.", hint="Choose one of the buttons.")
    write_answer(_folder(desk), mine.rater.id, item.key, value)
    following = sheet_of(desk.settings.study, link).after(number)
    return RedirectResponse(f"/rate/{link}" + (f"/{following}" if following else ""), 303)


@router.post("/{link}/undo", dependencies=_LIMITED)
def undo(desk: TheDesk, link: str, mine: TheSheet) -> Response:
    """Take the last answer back, and ask that question again."""
    number = mine.last()
    if number is None:
        return RedirectResponse(f"/rate/{link}", 303)
    write_answer(_folder(desk), mine.rater.id, mine.item(number).key, None)
    return RedirectResponse(f"/rate/{link}/{number}", 303)


@router.get("/{link}/pictures/{name}", dependencies=[Depends(limited("picture"))])
def picture(desk: TheDesk, name: str, mine: TheSheet) -> Response:
    """A picture of one of the rater's own questions."""
    if not mine.shows(name):
        raise NothingFound("this link shows no such picture")
    path = picture_path(_folder(desk), name)
    if not path.is_file():
        raise NothingFound("the picture is gone from the study", "Tell who sent you the link.")
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


def _folder(desk: TheDesk) -> Path:
    folder = desk.settings.study
    if folder is None:
        raise NothingFound("no study is served here")
    return folder
