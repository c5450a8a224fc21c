"""``/photos/{id}`` and ``/compare``: one photo, or two side by side: whose it is, what to look at, why it is here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import ValidationError
from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse, Response

from picdesk.desk.asked import PhotoId
from picdesk.desk.pages import view
from picdesk.desk.pages.form import Form, read_form
from picdesk.desk.pages.kept import NAME
from picdesk.desk.pages.verdicts import story_of_form, verdicts_of
from picdesk.desk.problems import Problem
from picdesk.desk.rendering import render
from picdesk.desk.searching import answer
from picdesk.desk.security.rates import limited
from picdesk.desk.state import TheDesk, TheUser
from picdesk.errors import PicdeskError
from picdesk.records import Hit, Photo
from picdesk.records import Query as Asking
from picdesk.search.confidence.percent import percent
from picdesk.search.explain.warnings import warnings_of

if TYPE_CHECKING:
    from picdesk.desk.state import Desk
    from picdesk.records import Article

router = APIRouter(include_in_schema=False)

SearchName = Annotated[str, Query(alias="in", max_length=NAME)]


@dataclass(frozen=True, kw_only=True)
class PhotoView:
    """A photo with what its page says of it.

    Attributes:
        photo: the photo.
        form: the search that it was found by; empty where that is not known.
        search: its short name.
        hit: its place in the answer, with reasons; ``None`` where it has none.
        verdict: ``picked``, ``rejected``, or empty.
        can_choose: whether there is a story that it can be chosen for.
        in_panel: whether it stands beside the grid.
    """

    photo: Photo
    form: Form
    search: str = ""
    hit: Hit | None = None
    verdict: str = ""
    can_choose: bool = False
    in_panel: bool = False

    alt = staticmethod(view.alt)
    credit = staticmethod(view.credit)
    percent = staticmethod(percent)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to look at before the photo is used."""
        return self.hit.warnings if self.hit else warnings_of(Asking(), self.photo)

    @property
    def siblings(self) -> tuple[Photo, ...]:
        """Photos of the same picture."""
        return self.hit.siblings[:24] if self.hit else ()

    @property
    def back(self) -> str:
        """Address of the page that it was opened from."""
        return back_to(self.form, self.photo.id)

    @property
    def more_like(self) -> str:
        """Address of a search for photos like it."""
        return f"/?{urlencode({'like': self.photo.id})}"

    @property
    def crop(self) -> str:
        """Address where it is cropped and downloaded."""
        return f"/photos/{self.photo.id}/to-crop" + (f"?{urlencode({'in': self.search})}" if self.search else "")

    def facts(self) -> Iterator[tuple[str, str]]:
        """Everything that is said of it."""
        return view.facts(self.photo)


@router.get("/photos/{photo_id}", dependencies=[Depends(limited("search"))])
async def photo_page(
    request: Request, desk: TheDesk, user: TheUser, photo_id: Annotated[PhotoId, Path()], search: SearchName = ""
) -> Response:
    """The photo, as a page or as the panel beside the grid."""
    panel = request.headers.get("X-Part") == "panel"
    shown = await view_of(desk, user.name, photo_id, search, in_panel=panel)
    return render(request, "story/photo.html" if panel else "story/photo_page.html", {"view": shown, "here": "story"})


@router.get("/photos/{photo_id}/to-crop", dependencies=[Depends(limited("other"))])
async def to_crop(desk: TheDesk, photo_id: Annotated[PhotoId, Path()], search: SearchName = "") -> Response:
    """On to the page where the photo is cropped, with the story that it is for."""
    story = story_of_form(*await search_named(desk, search))
    given = {} if story is None else {"headline": story.headline, "lead": story.lead, "article": story.id}
    if story is not None:
        given |= {"url": story.url or "", "published": story.published.isoformat() if story.published else ""}
    said = {name: value for name, value in given.items() if value}
    return RedirectResponse(f"/photos/{photo_id}/crop" + (f"?{urlencode(said)}" if said else ""), 303)


@router.get("/compare", dependencies=[Depends(limited("search"))])
async def compare_page(
    request: Request,
    desk: TheDesk,
    user: TheUser,
    photo: Annotated[list[PhotoId], Query(min_length=2, max_length=2)],
    search: SearchName = "",
) -> Response:
    """Two photos side by side."""
    views = [await view_of(desk, user.name, each, search) for each in photo]
    context = {"views": views, "headline": views[0].form.headline, "back": views[0].back, "here": "story"}
    return render(request, "story/compare.html", context)


async def view_of(desk: Desk, who: str, photo_id: str, search: str, *, in_panel: bool = False) -> PhotoView:
    """A photo and what is known of it in a search.

    Args:
        desk: that answers.
        who: asked.
        photo_id: the photo's.
        search: the search's short name; empty for none.
        in_panel: whether it is shown beside the grid.

    Raises:
        NothingFound: there is no such photo.
    """
    photo = await desk.slowly(lambda: desk.archive.photo(photo_id))
    form, story = await search_named(desk, search)
    hit = await hit_of(desk, form, story, photo_id)
    chosen_for = story_of_form(form, story)
    verdicts = await desk.slowly(lambda: verdicts_of(desk.archive, chosen_for, who))
    return PhotoView(
        photo=photo,
        form=form,
        search=search,
        hit=hit,
        verdict=verdicts.get(photo_id, ""),
        can_choose=chosen_for is not None,
        in_panel=in_panel,
    )


async def search_named(desk: Desk, name: str) -> tuple[Form, Article | None]:
    """The form of a search by its short name, and the story that it was made for.

    The form is empty where the search is no longer kept, and there is no story where it is for none that was read.
    """

    def find() -> tuple[Form, Article | None]:
        form = read_form(QueryParams(desk.searches.find(name)))
        return form, desk.stories.find(form.story)

    return await desk.slowly(find)


async def hit_of(desk: Desk, form: Form, story: Article | None, photo_id: str) -> Hit | None:
    """The photo's place in the answer of a form, with reasons; ``None`` where it has none.

    Every photo of the answer is explained in one go: it costs little more than one, and the next photo opens at once.
    """
    if form.is_empty:
        return None
    try:
        found = await answer(desk, form.asked(story), count=form.shown, explain=True)
    except (PicdeskError, ValidationError, Problem):
        return None
    return next((hit for hit in found.hits if hit.photo.id == photo_id), None)


def back_to(form: Form, photo_id: str) -> str:
    """Address of the search, at the place of a photo."""
    return "/" if form.is_empty else f"/?{form.query_string(form.shown)}#p-{photo_id[:12]}"
