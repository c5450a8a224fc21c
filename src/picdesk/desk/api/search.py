"""``/api/v1/search``: the photos that fit a story, a picture or other photos, page by page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from picdesk.desk.api.described import problems
from picdesk.desk.api.documents import SearchDocument, search_document, sent
from picdesk.desk.asked import Asked, Day, Filtered, Line, Number, PhotoId, Story, Yes
from picdesk.desk.cursors import LONGEST
from picdesk.desk.searching import answer
from picdesk.desk.security.rates import limited
from picdesk.desk.state import TheDesk

PAGE = 100
"""Hits of a page at most."""

router = APIRouter(
    prefix="/api/v1/search",
    tags=["search"],
    dependencies=[Depends(limited("search"))],
    responses=problems(400, 404, 408, 413, 422),
)


class SearchRequest(Asked):
    """A question, and which page of its answer."""

    count: Number = Field(30, ge=1, le=PAGE, description="Hits of the page.")
    cursor: str | None = Field(None, max_length=LONGEST, description="`next` of the page before.")
    explain: Yes = Field(False, description="Say of each hit why it is there.")

    @property
    def question(self) -> Asked:
        """The question alone."""
        return Asked.model_construct(**{name: getattr(self, name) for name in Asked.model_fields})


@router.post("", response_model=SearchDocument, summary="Search by everything there is")
async def search(desk: TheDesk, request: SearchRequest) -> Response:
    """The photos that fit a story, a picture or other photos.

    Give the same question with `cursor` for the next page. Where the archive was changed in between, the page begins
    behind the photo that was seen last, wherever that is now.
    """
    found = await answer(desk, request.question, count=request.count, cursor=request.cursor, explain=request.explain)
    return sent(search_document(found))


@router.get("", response_model=SearchDocument, summary="Search by a text or by photos")
async def search_simply(
    desk: TheDesk,
    text: Annotated[Story, Query(description="Headline, then body.", examples=["Fire destroys warehouse"])] = "",
    like: Annotated[list[PhotoId] | None, Query(max_length=20, description="Ids of photos: more like these.")] = None,
    rights: Annotated[Line | None, Query(description="Words in rights, terms or instructions.")] = None,
    credit: Annotated[Line | None, Query(description="Words in the credit line.")] = None,
    after: Annotated[Day | None, Query(description="Taken on this day or later.")] = None,
    before: Annotated[Day | None, Query(description="Taken on this day or earlier.")] = None,
    orientation: Annotated[str | None, Query(pattern="^(landscape|portrait|square)$")] = None,
    count: Annotated[int, Query(ge=1, le=PAGE, description="Hits of the page.")] = 30,
    cursor: Annotated[str | None, Query(max_length=LONGEST, description="`next` of the page before.")] = None,
    explain: Annotated[bool, Query(description="Say of each hit why it is there.")] = False,
) -> Response:
    """The same by an address alone, for links and for the command line."""
    filters = Filtered(rights=rights, credit=credit, after=after, before=before, orientation=orientation)
    asked = Asked.model_validate({"text": text, "like": like or (), "filters": filters})
    return sent(search_document(await answer(desk, asked, count=count, cursor=cursor, explain=explain)))
