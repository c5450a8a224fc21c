"""The page that crops a photo, with script and without, and the file that comes of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from starlette.responses import RedirectResponse

from picdesk.archive.uses import Use
from picdesk.desk.asked import Day, Line, PhotoId, Story
from picdesk.desk.choices.said import StorySaid, story_of_form
from picdesk.desk.crops.give import give_crop, slot_named
from picdesk.desk.crops.looked import LOOKED
from picdesk.desk.originals import original_of, photo_by_id
from picdesk.desk.problems import Problem
from picdesk.desk.rendering import render
from picdesk.desk.security.rates import limited
from picdesk.desk.state import Desk, TheDesk, TheUser
from picdesk.errors import PhotoError
from picdesk.photos.crops import CropBox, Seen, Slot, around
from picdesk.photos.crops.box import largest
from picdesk.photos.crops.render import enlarged_by
from picdesk.photos.decode import decode
from picdesk.records import Photo
from picdesk.records import Query as Asked
from picdesk.search.explain.warnings import warnings_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(limited("other"))])

Place = Annotated[float | None, Query(ge=0, le=1, allow_inf_nan=False)]
Zoom = Annotated[float, Query(ge=1, le=8, allow_inf_nan=False)]
_PREVIEW = 640


@dataclass(frozen=True, slots=True)
class Choosable:
    """A slot on the page, with the crop that is suggested for it."""

    slot: Slot
    middle: tuple[float, float]
    largest: tuple[float, float]
    enlarged: float

    def document(self) -> dict[str, Any]:
        """What the page's script reads."""
        return {
            "name": self.slot.name,
            "x": self.middle[0],
            "y": self.middle[1],
            "width": self.largest[0],
            "height": self.largest[1],
            "size": list(self.slot.size) if self.slot.size else None,
            "shape": list(self.slot.shape),
        }


def story_of_address(
    headline: Annotated[Line, Query()] = "",
    lead: Annotated[Story, Query()] = "",
    article: Annotated[Line, Query()] = "",
    url: Annotated[Line, Query()] = "",
    published: Annotated[Day | None, Query()] = None,
) -> StorySaid:
    """The story of an address's fields."""
    return StorySaid(headline=headline, lead=lead, id=article, url=url, published=published)


@router.get("/photos/{photo_id}/crop")
async def page(
    request: Request,
    photo_id: PhotoId,
    desk: TheDesk,
    story: Annotated[StorySaid, Depends(story_of_address)],
    slot: Annotated[str, Query(max_length=40)] = "",
    x: Place = None,
    y: Place = None,
    zoom: Zoom = 1.0,
) -> Response:
    """The editor; without script its fields are set, and the preview is drawn by the desk."""
    chosen = slot_named(desk.settings.slots, slot) if slot else desk.settings.slots[0]

    def read() -> tuple[Photo, list[Use], Seen, dict[str, Choosable]]:
        photo = photo_by_id(desk.archive, photo_id)
        try:
            seen, boxes = LOOKED.at(photo, desk.settings.slots)
        except PhotoError as error:
            raise Problem(404, "not-decoded", f"'{photo.name}' cannot be cropped: {error.message}") from None
        return photo, desk.archive.uses(photo), seen, _choosable(photo, desk.settings.slots, boxes)

    photo, uses, seen, slots = await desk.slowly(read)
    middle = slots[chosen.name].middle
    at = middle[0] if x is None else x, middle[1] if y is None else y
    box = around(at, (photo.width, photo.height), chosen.shape, zoom)
    pixels = chosen.size or _size(box.pixels((photo.width, photo.height), chosen.shape))
    enlarged = max(1.0, enlarged_by(box, chosen, (photo.width, photo.height)))
    view = {"slot": chosen.name, "x": at[0], "y": at[1], "zoom": zoom}
    context = {
        "photo": photo,
        "uses": uses[::-1],
        "warnings": warnings_of(Asked(), photo),
        "faces": len(seen.faces),
        "slots": slots,
        "chosen": chosen,
        "x": at[0],
        "y": at[1],
        "zoom": zoom,
        "pixels": pixels,
        "enlarged": enlarged,
        "preview": f"/photos/{photo.id}/crop/preview?{urlencode(view)}",
        "preview_size": _fitted(chosen.shape, _PREVIEW // 2),
        "story": story,
        "here_again": f"{request.url.path}?{urlencode(story.fields())}",
        "editor": {
            "photo": photo.id,
            "width": photo.width,
            "height": photo.height,
            "faces": [list(face) for face in seen.faces],
            "slots": [each.document() for each in slots.values()],
        },
    }
    return render(request, "crop.html", context)


@router.get("/photos/{photo_id}/crop/preview")
async def preview(
    photo_id: PhotoId,
    desk: TheDesk,
    slot: Annotated[str, Query(max_length=40)],
    x: Place = 0.5,
    y: Place = 0.5,
    zoom: Zoom = 1.0,
) -> Response:
    """A crop as it will look, small, as WebP."""
    chosen = slot_named(desk.settings.slots, slot)

    def draw() -> bytes:
        photo = photo_by_id(desk.archive, photo_id)
        box = around((x or 0.0, y or 0.0), (photo.width, photo.height), chosen.shape, zoom)
        try:
            image = decode(original_of(photo), smallest_side=round(_PREVIEW * zoom)).image
        except PhotoError as error:
            raise Problem(404, "not-decoded", f"'{photo.name}' cannot be shown: {error.message}") from None
        small = image.resize(_fitted(chosen.shape, _PREVIEW), box=box.edges(image.size))
        buffer = io.BytesIO()
        small.save(buffer, "WEBP", quality=80)
        return buffer.getvalue()

    data = await desk.slowly(draw)
    return Response(data, media_type="image/webp", headers={"Cache-Control": "private, max-age=3600"})


@router.post("/photos/{photo_id}/crop/look")
async def look(
    photo_id: PhotoId,
    desk: TheDesk,
    story: Annotated[StorySaid, Depends(story_of_form)],
    slot: Annotated[str, Form(max_length=40)],
    x: Annotated[float, Form(ge=0, le=1, allow_inf_nan=False)],
    y: Annotated[float, Form(ge=0, le=1, allow_inf_nan=False)],
    zoom: Annotated[float, Form(ge=1, le=8, allow_inf_nan=False)] = 1.0,
) -> Response:
    """The editor again with a crop that was set without script; the form's secret stays out of the address."""
    chosen = slot_named(desk.settings.slots, slot)
    view = story.fields() | {"slot": chosen.name, "x": str(x), "y": str(y), "zoom": str(zoom)}
    return RedirectResponse(f"/photos/{photo_id}/crop?{urlencode(view)}", 303)


@router.post("/photos/{photo_id}/crop")
async def crop(
    photo_id: PhotoId,
    desk: TheDesk,
    user: TheUser,
    story: Annotated[StorySaid, Depends(story_of_form)],
    slot: Annotated[str, Form(max_length=40)],
    x: Annotated[float, Form(ge=0, le=1, allow_inf_nan=False)],
    y: Annotated[float, Form(ge=0, le=1, allow_inf_nan=False)],
    zoom: Annotated[float, Form(ge=1, le=8, allow_inf_nan=False)] = 1.0,
    format: Annotated[Literal["jpeg", "png", "webp"], Form()] = "jpeg",
    enlarge: Annotated[bool, Form()] = False,
    outlet: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """The crop as a file; it is logged as a use."""
    chosen = slot_named(desk.settings.slots, slot)

    def make() -> Response:
        box = _box(desk, photo_id, chosen, (x, y), zoom)
        return give_crop(
            desk,
            photo_id,
            chosen,
            box,
            who=user.name,
            story=story,
            outlet=outlet,
            format=format,
            enlarge=enlarge,
        )

    return await desk.slowly(make)


def _box(desk: Desk, photo_id: str, slot: Slot, at: tuple[float, float], zoom: float) -> CropBox:
    photo = photo_by_id(desk.archive, photo_id)
    return around(at, (photo.width, photo.height), slot.shape, zoom)


def _choosable(photo: Photo, slots: tuple[Slot, ...], boxes: Any) -> dict[str, Choosable]:
    size = photo.width, photo.height
    found = {}
    for slot in slots:
        box = boxes[slot.name]
        middle = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        found[slot.name] = Choosable(slot, middle, largest(size, slot.shape), enlarged_by(box, slot, size))
    return found


def _size(pixels: tuple[int, int, int, int]) -> tuple[int, int]:
    return pixels[2] - pixels[0], pixels[3] - pixels[1]


def _fitted(shape: tuple[int, int], longest: int) -> tuple[int, int]:
    scale = longest / max(shape)
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))
