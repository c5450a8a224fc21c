"""What the interface tells of choices, uses and crops, field by field."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, Field


class ChoiceDocument(BaseModel):
    """A decision about a photo for a story."""

    id: str
    when: dt.datetime
    verdict: str = Field(description="`picked`, `rejected`, or `undone` for a row that takes another one back.")
    article: str = Field(description="The story's id: its own, else its address, else a hash of its words.")
    headline: str
    photo: str = Field(description="The photo's id.")
    who: str
    url: str
    lead: str
    published: dt.date | None
    name: str = Field(description="What the photo's source calls it.")
    rank: int | None
    signals: dict[str, float | None]
    confidence: float | None
    query: str
    reading: str
    desk: str = Field(description="The run of the desk in which it was decided.")
    undoes: str = Field(description="Id of the row that this one takes back.")


class ChoicesDocument(BaseModel):
    """Choices, latest first."""

    choices: list[ChoiceDocument]
    next: str | None = Field(description="The `cursor` of the next page.")


class UseDocument(BaseModel):
    """One time that a photo was used."""

    id: str
    when: dt.datetime
    photo: str
    name: str
    article: str
    headline: str
    url: str
    outlet: str = Field(description="Where it was used: a site, a page, an edition.")
    who: str
    slot: str
    box: list[float] | None = Field(description="Left, top, right and bottom, as shares of the upright photo.")
    width: int
    height: int
    undoes: str
    said: str = Field(description="The use in words.")


class UsesDocument(BaseModel):
    """Uses, latest first."""

    uses: list[UseDocument]
    next: str | None = Field(description="The `cursor` of the next page.")


class BoxDocument(BaseModel):
    """Part of a photo, in shares of its upright sides."""

    left: float
    top: float
    right: float
    bottom: float


class SlotDocument(BaseModel):
    """A slot, and the crop that is suggested for it."""

    name: str
    shape: tuple[int, int]
    size: tuple[int, int] | None
    box: BoxDocument
    pixels: tuple[int, int, int, int]
    enlarged: float = Field(description="How many times larger the slot is than what the crop has; 1 where it is not.")


class CropsDocument(BaseModel):
    """What was seen in a photo."""

    width: int
    height: int
    focus: tuple[float, float]
    faces: list[tuple[float, float, float, float]]
    slots: list[SlotDocument]
