"""A crop is given out: rendered, logged as a use, sent as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response

from picdesk.desk.originals import original_of, photo_by_id
from picdesk.desk.problems import Problem
from picdesk.errors import PhotoError
from picdesk.photos.crops import render
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.desk.choices.said import StorySaid
    from picdesk.desk.state import Desk
    from picdesk.photos.crops import CropBox, Rendered, Slot
    from picdesk.records import Photo


def slot_named(slots: Sequence[Slot], name: str) -> Slot:
    """A slot of the desk.

    Raises:
        Problem: 422, there is none of that name.
    """
    found = next((slot for slot in slots if slot.name == name), None)
    if found is None:
        names = ", ".join(slot.name for slot in slots)
        raise Problem(422, "no-such-slot", f"There is no slot {printable(name)[:60]!r}.", hint=f"There are: {names}.")
    return found


def give_crop(
    desk: Desk,
    photo_id: str,
    slot: Slot,
    box: CropBox,
    *,
    who: str,
    story: StorySaid,
    outlet: str = "",
    format: str = "jpeg",
    enlarge: bool = False,
) -> Response:
    """The file, with the id of the logged use as ``X-Use``.

    The use is logged once the file is made and before it is sent: a crop that is out is always in the log.

    Raises:
        InputError: the crop has too few pixels for its slot.
        NothingFound: no such photo, or its original is gone.
    """
    photo = photo_by_id(desk.archive, photo_id)
    crop = rendered(photo, box, slot, format=format, enlarge=enlarge)
    use = desk.archive.use(
        photo,
        None if story.is_empty else story.article(),
        outlet=outlet,
        who=who,
        slot=slot.name,
        box=box.sides,
        size=(crop.width, crop.height),
    )
    headers = {
        "Content-Disposition": f"attachment; filename=\"{crop.name}\"; filename*=UTF-8''{quote(crop.name)}",
        "Cache-Control": "no-store",
        "X-Use": use.id,
    }
    if crop.note:
        headers["X-Note"] = crop.note
    return Response(crop.data, media_type=crop.kind, headers=headers)


def rendered(photo: Photo, box: CropBox, slot: Slot, *, format: str, enlarge: bool) -> Rendered:
    """The crop of an original as it lies there now.

    Raises:
        Problem: 404, the original cannot be decoded any more.
    """
    try:
        return render(photo, original_of(photo), box, slot, format=format, enlarge=enlarge)
    except PhotoError as error:
        raise Problem(
            404, "not-decoded", f"'{photo.name}' cannot be cropped: {error.message}", hint=error.hint
        ) from None
