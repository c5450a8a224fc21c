"""``/api/v1/facets``: what filters would leave, before they are chosen."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from picdesk.desk.api.described import problems
from picdesk.desk.api.documents import Document, sent
from picdesk.desk.asked import Asked
from picdesk.desk.facets import facets
from picdesk.desk.security.rates import limited
from picdesk.desk.state import TheDesk

router = APIRouter(
    prefix="/api/v1/facets",
    tags=["search"],
    dependencies=[Depends(limited("search"))],
    responses=problems(400, 408, 413, 422),
)


class FacetValueDocument(Document):
    """One value of a facet."""

    value: str
    label: str
    count: int
    chosen: bool


class FacetDocument(Document):
    """One thing that photos are told apart by."""

    field: str
    label: str
    values: list[FacetValueDocument]


class FacetsDocument(Document):
    """The facets of what a question's filters leave."""

    photos: int
    facets: list[FacetDocument]


@router.post("", response_model=FacetsDocument, summary="Count photos by filter")
async def count(desk: TheDesk, request: Asked) -> Response:
    """How many photos of the archive have each value, of those that the question's other filters leave.

    Of a facet with more than a dozen values, those of the best hits are named first.

    A value is chosen by sending it back in `filters.only`: `{"only": {"credit": ["AP", "Reuters"]}}`.
    """
    return sent(FacetsDocument.model_validate(await facets(desk, request)))
