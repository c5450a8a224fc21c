"""What is asked of a desk: one record for pages and programs, checked as it comes in."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, StringConstraints, field_validator

from picdesk.errors import FilterError, InputError

STORY = 100_000
"""Characters of a story; no story has more."""
LINE = 2_000
"""Characters of a headline, a filter's words, an address."""


def _text(text: str) -> str:
    """Text that can be looked for: a zero or half a surrogate is none, and line ends are those of Unix."""
    text.encode()
    return text.replace("\0", " ").replace("\r\n", "\n").replace("\r", "\n")


def _whole(text: str) -> str:
    try:
        return _text(text)
    except UnicodeEncodeError:
        raise ValueError("the text is no valid Unicode") from None


def _reading(name: str) -> str:
    from picdesk.articles.reading import readings

    # A name alone: the command line takes a file too, and no path from outside may reach the disk.
    if name and name not in readings():
        raise ValueError(f"no reading is called so; there are {', '.join(readings())}")
    return name


Story = Annotated[str, StringConstraints(max_length=STORY), AfterValidator(_whole)]
Line = Annotated[str, StringConstraints(max_length=LINE), AfterValidator(_whole)]
PhotoId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A photo's id; nothing else of an address ever finds a file."""
PictureId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Yes = Annotated[bool, Strict()]
Number = Annotated[int, Strict()]
ShareNumber = Annotated[Share, Strict()]
"""In JSON a number is a number, and yes is no number: what a schema forbids is refused, not made fit."""
Day = Annotated[dt.date, Field(ge=dt.date(1, 1, 2), le=dt.date(9999, 12, 30))]
ReadingName = Annotated[str, StringConstraints(max_length=100), AfterValidator(_reading)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?$")]


class Filtered(BaseModel):
    """Which photos may be in an answer; every condition that is given must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rights: Line | None = Field(default=None, description="Words in rights, usage terms or instructions.")
    credit: Line | None = Field(default=None, description="Words in the credit line.")
    place: Line | None = Field(default=None, description="Words in the place.")
    people: Line | None = Field(default=None, description="Words in the name of a person shown.")
    after: Day | None = Field(default=None, description="Taken on this day or later.")
    before: Day | None = Field(default=None, description="Taken on this day or earlier.")
    orientation: str | None = Field(default=None, pattern="^(landscape|portrait|square)$")
    width: Number | None = Field(default=None, ge=0, le=1_000_000, description="Pixels at least.")
    height: Number | None = Field(default=None, ge=0, le=1_000_000, description="Pixels at least.")
    ai: Yes | None = Field(default=None, description="Made by AI: wanted alone (true), or not at all (false).")
    filter: Line | None = Field(default=None, description="Conditions: `credit:AP and not ai and width>=2000`.")
    only: dict[str, tuple[Line, ...]] = Field(
        default_factory=dict,
        max_length=20,
        description="Facet -> values, one of which the photo must have, as `/api/v1/facets` names them.",
    )

    @field_validator("filter")
    @classmethod
    def _readable(cls, text: str | None) -> str | None:
        from picdesk.search.filters.parse import check_filter

        if text and text.strip():
            try:
                check_filter(text)
            except FilterError as error:
                raise ValueError(f"{error.message} {error.hint}") from None
            return text
        return None


class Asked(BaseModel):
    """A story, a picture or photos, and how photos for them shall be found."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"examples": [{"text": "Fire destroys warehouse in Kansas City"}]},
    )

    text: Story = Field(
        default="", description="A story as text: headline, then body. In one line `-word` leaves photos out."
    )
    headline: Line = Field(default="", description="Of a story given in parts, instead of `text`.")
    lead: Story = Field(default="", description="Its first paragraph.")
    body: Story = Field(default="", description="Its whole text.")
    url: Line = Field(default="", description="Where it was published; nothing is fetched from there.")
    language: Code | None = Field(default=None, description="ISO 639-1 code, where it is known.")
    published: Day | None = Field(default=None, description="Day of publication.")
    tags: tuple[Line, ...] = Field(default=(), max_length=100, description="Names and topics of the story.")
    picture: PictureId | None = Field(default=None, description="Id of a picture sent to `/api/v1/pictures`.")
    like: tuple[PhotoId, ...] = Field(default=(), max_length=20, description="Ids of photos: more like these.")
    exclude: tuple[Line, ...] = Field(
        default=(), max_length=50, description="Photos that say one of these are left out."
    )
    filters: Filtered = Field(default_factory=lambda: Filtered.model_validate({}))
    weights: dict[Line, Annotated[float, Strict()]] = Field(
        default_factory=dict, max_length=50, description="Name or kind of a signal -> weight, 0 or more."
    )
    fusion: str | None = Field(default=None, pattern="^(evidence|convex|zscore|minmax|rrf)$")
    lead_weight: ShareNumber | None = Field(
        default=None, description="0: the headline alone is looked for, 1: the lead alone."
    )
    picture_weight: ShareNumber | None = Field(
        default=None, description="0: words alone count, 1: what pictures show alone."
    )
    near: Day | None = Field(default=None, description="Photos taken near this day are put higher.")
    duplicates: Yes = Field(default=False, description="Photos of one picture apart, instead of one with siblings.")
    variety: ShareNumber = Field(default=0.0, description="How much photos shall be unlike one another.")
    risk: ShareNumber | None = Field(
        default=None, description="Probability of a misfit that is accepted; needs a calibration."
    )
    reading: ReadingName | None = Field(default=None, description="How the story becomes a query, by name.")
    translate: Yes = Field(default=False, description="Translate the story into English first.")

    @field_validator("weights")
    @classmethod
    def _sensible(cls, weights: dict[str, float]) -> dict[str, float]:
        if not all(0 <= weight < math.inf for weight in weights.values()):
            raise ValueError("a weight is a number of 0 or more")
        return weights

    @property
    def digest(self) -> str:
        """The same for the same questions, another one for others."""
        return hashlib.sha256(self.model_dump_json().encode("utf-8", "replace")).hexdigest()[:32]

    @property
    def says_something(self) -> bool:
        """Whether something is looked for."""
        said = (self.text, self.headline, self.lead, self.body)
        return any(re.search(r"\w", part) for part in said) or bool(self.picture or self.like)

    def refuse_nothing(self) -> None:
        """Make sure that something is looked for.

        Raises:
            InputError: nothing is.
        """
        if not self.says_something:
            raise InputError("there is nothing to search for", "Give a text, an article, a picture or a photo.")
