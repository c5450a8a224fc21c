"""Choices and uses as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar, cast

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from picdesk.archive.choices import Choice
from picdesk.archive.choices_file import document_of
from picdesk.archive.uses import Use
from picdesk.desk.asked import Line, PhotoId
from picdesk.desk.choices.documents import ChoiceDocument, ChoicesDocument, UseDocument, UsesDocument
from picdesk.desk.choices.said import ChoiceSaid, EntryId, StorySaid, use_document
from picdesk.desk.originals import photo_by_id
from picdesk.desk.problems import Problem
from picdesk.desk.security.rates import limited
from picdesk.desk.state import TheDesk, TheUser
from picdesk.errors import NothingFound

router = APIRouter(prefix="/api/v1", tags=["choices"], dependencies=[Depends(limited("other"))])

T = TypeVar("T")
Count = Annotated[int, Query(ge=1, le=1000)]
Cursor = Annotated[EntryId | None, Query(description="The `next` of the page before.")]


class UseSaid(BaseModel):
    """A use that happened elsewhere than at the desk."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    photo: PhotoId
    article: StorySaid = Field(default_factory=lambda: StorySaid.model_validate({}))
    outlet: Line = Field("", description="Where: a site, a page, an edition.")
    slot: Annotated[str, Field(max_length=40)] = ""


@router.post("/choices", status_code=201, response_model=ChoiceDocument)
async def choose(said: ChoiceSaid, desk: TheDesk, user: TheUser) -> dict[str, Any]:
    """Write down that a photo was picked or rejected for a story; the same decision twice is one."""

    def write() -> dict[str, Any]:
        photo = photo_by_id(desk.archive, said.photo)
        details = said.details() | {"who": user.name, "desk": desk.run}
        return document_of(desk.archive.choose(photo, said.article.article(), said.verdict, **details))

    return await desk.slowly(write)


@router.get("/choices", response_model=ChoicesDocument)
async def choices(
    desk: TheDesk,
    article: Annotated[Line | None, Query(description="Only for the story of this id.")] = None,
    who: Annotated[Line | None, Query(description="Only by this person.")] = None,
    history: Annotated[bool, Query(description="Everything that ever was, with what was taken back.")] = False,
    count: Count = 100,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What was picked and rejected, latest first."""
    found = await desk.slowly(lambda: desk.archive.choices(article=article, who=who, history=history))
    page, then = paged(found[::-1], count, cursor)
    return {"choices": [document_of(choice) for choice in page], "next": then}


@router.delete("/choices/{entry}", response_model=ChoiceDocument)
async def undo_choice(entry: EntryId, desk: TheDesk, user: TheUser) -> dict[str, Any]:
    """Take a decision back; what was decided before it holds again."""

    def undo() -> dict[str, Any]:
        _known(desk.archive.choices(history=True), entry, "choice")
        return document_of(cast("Choice", desk.archive.undo(entry, who=user.name)))

    return await desk.slowly(undo)


@router.post("/uses", status_code=201, response_model=UseDocument)
async def use(said: UseSaid, desk: TheDesk, user: TheUser) -> dict[str, Any]:
    """Write down that a photo was used; every later search warns of it."""

    def write() -> dict[str, Any]:
        photo = photo_by_id(desk.archive, said.photo)
        story = None if said.article.is_empty else said.article.article()
        return use_document(desk.archive.use(photo, story, outlet=said.outlet, slot=said.slot, who=user.name))

    return await desk.slowly(write)


@router.get("/uses", response_model=UsesDocument)
async def uses(
    desk: TheDesk,
    photo: Annotated[PhotoId | None, Query(description="Only of this photo.")] = None,
    count: Count = 100,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """When photos were used and for what, latest first."""

    def read() -> list[Any]:
        return [use for use in desk.archive.uses() if photo in (None, use.photo)]

    page, then = paged((await desk.slowly(read))[::-1], count, cursor)
    return {"uses": [use_document(each) for each in page], "next": then}


@router.delete("/uses/{entry}", response_model=UseDocument)
async def undo_use(entry: EntryId, desk: TheDesk, user: TheUser) -> dict[str, Any]:
    """Take a use back that came to nothing."""

    def undo() -> dict[str, Any]:
        _known(desk.archive.uses(), entry, "use")
        return use_document(cast("Use", desk.archive.undo(entry, who=user.name)))

    return await desk.slowly(undo)


def paged(entries: Sequence[T], count: int, cursor: str | None) -> tuple[Sequence[T], str | None]:
    """A part of a list, and the id of its last entry where more follow.

    Raises:
        Problem: 400, the list has no entry of that id.
    """
    begin = 0
    if cursor is not None:
        place = next((number for number, entry in enumerate(entries) if _id(entry) == cursor), None)
        if place is None:
            raise Problem(400, "bad-cursor", "The list has changed.", hint="Ask again without the cursor.")
        begin = place + 1
    page = entries[begin : begin + count]
    return page, _id(page[-1]) if begin + count < len(entries) else None


def _known(entries: Sequence[object], entry: str, called: str) -> None:
    if not any(_id(each) == entry for each in entries):
        raise NothingFound(f"there is no {called} {entry}", "It may have been taken back already.")


def _id(entry: object) -> str:
    found: str = getattr(entry, "id")  # noqa: B009 - entries of both logs have one
    return found
