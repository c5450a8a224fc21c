"""What photos were used for: a row each time one leaves the desk, so that nobody runs the same picture again unawares.

As with choices, nothing is ever changed: a use that came to nothing is taken back by a further row.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypedDict

from picdesk.archive.choices import story_id
from picdesk.archive.log import Log, new_id
from picdesk.archive.schema import now
from picdesk.errors import InputError, NothingFound
from picdesk.photos.locate import printable, valid_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    import pyarrow as pa

    from picdesk.objects import Place
    from picdesk.records import Article, Photo

    Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One time that a photo was used.

    Attributes:
        id: of this row.
        when: when it was used, UTC.
        photo: the photo's id.
        name: what its source calls the photo.
        article: the story's id, see `picdesk.archive.choices.story_id`; empty where it was for none.
        headline: of the story.
        url: where the story stands.
        outlet: where it was used: a site, a page, an edition.
        who: who used it.
        slot: the crop's name, such as ``16:9``; empty for the whole photo.
        box: left, top, right and bottom of the crop, as shares of the upright photo's width and height.
        width: pixels that were given out; 0 where that is not known.
        height: pixels that were given out.
        undoes: id of the row that this one takes back.
    """

    id: str
    when: dt.datetime
    photo: str
    name: str = ""
    article: str = ""
    headline: str = ""
    url: str = ""
    outlet: str = ""
    who: str = ""
    slot: str = ""
    box: Box | None = None
    width: int = 0
    height: int = 0
    undoes: str = ""

    def said(self) -> str:
        """The use in words for people: "used on 12 Nov 2026 for 'Fire in Kansas City' (front page)"."""
        story = f" for '{self.headline}'" if self.headline else ""
        outlet = f" ({self.outlet})" if self.outlet else ""
        return f"used on {self.when.day} {self.when:%b %Y}{story}{outlet}"


class UseDetails(TypedDict, total=False):
    """What can be said beside photo and story; `Use` says what each means."""

    when: dt.datetime | None
    outlet: str
    who: str
    slot: str
    box: Box | None
    size: tuple[int, int]


def uses_schema() -> pa.Schema:
    """Schema of table ``uses``."""
    import pyarrow as pa

    kinds = {
        "when": pa.timestamp("us", "UTC"),
        "box": pa.list_(pa.float64(), 4),
        "width": pa.int32(),
        "height": pa.int32(),
    }
    return pa.schema(
        [pa.field(name, kinds.get(name, pa.string()), nullable=name == "box") for name in Use.__dataclass_fields__]
    )


class Uses:
    """The log of uses of an archive.

    Args:
        folder: the archive's.
    """

    def __init__(self, folder: Place) -> None:
        self.log = Log(folder, "uses", uses_schema())
        self._standing: tuple[int, list[Use]] = (0, [])

    def every(self) -> list[Use]:
        """Every row, oldest first, those that were taken back and those that took them back too."""
        return [_use(row) for row in self.log.rows()]

    def standing(self) -> list[Use]:
        """The uses that were not taken back, oldest first."""
        version = self.log.version
        if self._standing[0] != version:
            every = self.every()
            gone = {use.undoes for use in every if use.undoes}
            self._standing = version, [use for use in every if not use.undoes and use.id not in gone]
        return list(self._standing[1])

    def of(self, photos: Sequence[str]) -> dict[str, list[Use]]:
        """Photo id -> its uses, oldest first; a photo that was never used is left out."""
        wanted, found = set(photos), defaultdict(list)
        for use in self.standing():
            if use.photo in wanted:
                found[use.photo].append(use)
        return dict(found)

    def photos_used(self, since: dt.datetime | None = None, until: dt.datetime | None = None) -> set[str]:
        """Ids of the photos that were used from one moment on and before another.

        Args:
            since: UTC; from the beginning where it is None.
            until: UTC, itself not in it; to the end where it is None.
        """
        return {
            use.photo
            for use in self.standing()
            if (since is None or use.when >= since) and (until is None or use.when < until)
        }

    def use(
        self,
        photo: Photo,
        article: Article | None = None,
        **said: Unpack[UseDetails],
    ) -> Use:
        """Write a use down.

        Args:
            photo: of the archive.
            article: the story that it was used for.
            said: ``when`` (now by default; a time without zone is UTC), ``size`` (pixels that were given out, width and
                height), and the others as in `Use`.

        Raises:
            InputError: a box that is none.
        """
        box, size = said.get("box"), said.get("size", (0, 0))
        if box is not None and not (0 <= box[0] < box[2] <= 1 and 0 <= box[1] < box[3] <= 1):
            raise InputError(f"{box} is no part of a photo", "Give left, top, right, bottom, each from 0 to 1.")
        made = Use(
            id=new_id(),
            when=_utc(when) if (when := said.get("when")) else now(),
            photo=photo.id,
            name=photo.name,
            article=valid_text(story_id(article)) if article else "",
            headline=valid_text(article.headline) if article else "",
            url=valid_text(article.url or "") if article else "",
            outlet=valid_text(said.get("outlet", "")),
            who=valid_text(said.get("who", "")),
            slot=valid_text(said.get("slot", "")),
            box=box,
            width=size[0],
            height=size[1],
        )
        self.log.append([_row(made)])
        return made

    def undo(self, use_id: str, *, who: str = "") -> Use:
        """Take a use back.

        Returns:
            The use that was taken back.

        Raises:
            NothingFound: there is no such use, or it was taken back already.
        """
        found = next((use for use in self.standing() if use.id == use_id), None)
        if found is None:
            raise NothingFound(
                f"there is no use {printable(use_id)!r} to take back", "It may have been taken back already."
            )
        self.log.append(
            [_row(replace(found, id=new_id(), when=now(), who=valid_text(who or found.who), undoes=use_id))]
        )
        return found


def _utc(when: dt.datetime) -> dt.datetime:
    import datetime as dt

    return when.replace(tzinfo=dt.UTC) if when.tzinfo is None else when.astimezone(dt.UTC)


def _row(use: Use) -> dict[str, Any]:
    row = {name: getattr(use, name) for name in Use.__dataclass_fields__}
    return row | {"box": list(use.box) if use.box else None}


def _use(row: Mapping[str, Any]) -> Use:
    box = row["box"]
    return Use(**{**row, "box": tuple(box) if box else None})
