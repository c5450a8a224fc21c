"""Crops as JSON: what is suggested, and the file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from picdesk.desk.asked import Line, PhotoId, ShareNumber, Yes
from picdesk.desk.choices.documents import CropsDocument
from picdesk.desk.choices.said import StorySaid
from picdesk.desk.crops.give import give_crop, slot_named
from picdesk.desk.crops.looked import LOOKED
from picdesk.desk.originals import photo_by_id
from picdesk.desk.security.rates import limited
from picdesk.desk.state import TheDesk, TheUser
from picdesk.photos.crops import CropBox
from picdesk.photos.crops.render import WRITERS, enlarged_by

router = APIRouter(prefix="/api/v1", tags=["crops"], dependencies=[Depends(limited("other"))])

_FILE: dict[str, Any] = {
    "description": "The file; `X-Use` is the id of the use that was logged",
    "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind, _, _ in WRITERS.values()},
}
APhoto = Annotated[PhotoId, Path(description="The photo's id.")]


class BoxSaid(BaseModel):
    """Part of a photo, in shares of the sides of the upright photo."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    left: ShareNumber
    top: ShareNumber
    right: ShareNumber
    bottom: ShareNumber

    @model_validator(mode="after")
    def _some(self) -> BoxSaid:
        if self.left >= self.right or self.top >= self.bottom:
            raise ValueError("left is less than right, and top is less than bottom")
        return self

    def box(self) -> CropBox:
        """The box as the house knows it."""
        return CropBox(self.left, self.top, self.right, self.bottom)


class CropSaid(BaseModel):
    """A crop that is wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slot: Annotated[str, Field(max_length=40, description="Name of a slot of this desk.")]
    box: BoxSaid | None = Field(None, description="What to keep; the suggestion where nothing is said.")
    format: Literal["jpeg", "png", "webp"] = "jpeg"
    enlarge: Yes = Field(False, description="Whether it may have more pixels than the photo has there.")
    article: StorySaid = Field(default_factory=lambda: StorySaid.model_validate({}))
    outlet: Line = Field("", description="Where it will be used: a site, a page, an edition.")


@router.get("/photos/{photo_id}/crops", response_model=CropsDocument)
async def crops(photo_id: APhoto, desk: TheDesk) -> dict[str, Any]:
    """The faces and the focal point of a photo, and a crop for each slot, as shares of its width and height."""

    def look() -> dict[str, Any]:
        photo = photo_by_id(desk.archive, photo_id)
        seen, boxes = LOOKED.at(photo, desk.settings.slots)
        size = photo.width, photo.height
        return {
            "width": photo.width,
            "height": photo.height,
            "focus": list(seen.focus),
            "faces": [list(face) for face in seen.faces],
            "slots": [
                {
                    "name": slot.name,
                    "shape": list(slot.shape),
                    "size": list(slot.size) if slot.size else None,
                    "box": dict(zip(("left", "top", "right", "bottom"), boxes[slot.name].sides, strict=True)),
                    "pixels": list(boxes[slot.name].pixels(size, slot.shape)),
                    "enlarged": max(1.0, enlarged_by(boxes[slot.name], slot, size)),
                }
                for slot in desk.settings.slots
            ],
        }

    return await desk.slowly(look)


@router.post("/photos/{photo_id}/crops", response_class=Response, responses={200: _FILE})
async def crop(photo_id: APhoto, said: CropSaid, desk: TheDesk, user: TheUser) -> Response:
    """A crop as a file, with credit, rights and caption kept; it is logged as a use, whose id is in `X-Use`."""
    slot = slot_named(desk.settings.slots, said.slot)

    def make() -> Response:
        box = said.box.box() if said.box else None
        if box is None:
            box = LOOKED.at(photo_by_id(desk.archive, photo_id), desk.settings.slots)[1][slot.name]
        return give_crop(
            desk,
            photo_id,
            slot,
            box,
            who=user.name,
            story=said.article,
            outlet=said.outlet,
            format=said.format,
            enlarge=said.enlarge,
        )

    return await desk.slowly(make)
