"""What comes in with a choice, from forms and from programs, and what goes out."""

from __future__ import annotations

import json
import math
import re
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Form
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from picdesk.archive.uses import Use
from picdesk.desk.asked import Day, Line, PhotoId, Share, Story
from picdesk.desk.problems import Problem
from picdesk.records import Article

Said = TypeVar("Said", bound=BaseModel)
EntryId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""Id of a row of a log."""
_LOCAL = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")


class StorySaid(BaseModel):
    """The story that a photo is for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    headline: Line = ""
    lead: Story = ""
    id: Line = Field("", description="What its source calls it; without one, its address, else a hash of its words.")
    url: Line = Field("", description="Where it stands; nothing is fetched from there.")
    published: Day | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no story is named at all."""
        return not any(each.strip() for each in (self.headline, self.lead, self.id, self.url))

    def article(self) -> Article:
        """The story as the house knows it."""
        return Article(
            id=self.id.strip(),
            headline=self.headline.strip(),
            lead=self.lead.strip(),
            url=self.url.strip() or None,
            published=self.published,
        )

    def fields(self) -> dict[str, str]:
        """What a form carries along, those alone that say something."""
        said = {"headline": self.headline, "lead": self.lead, "article": self.id, "url": self.url}
        said["published"] = self.published.isoformat() if self.published else ""
        return {name: value for name, value in said.items() if value}


class ChoiceSaid(BaseModel):
    """A decision about a photo for a story."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    photo: PhotoId
    verdict: Literal["picked", "rejected"] = "picked"
    article: StorySaid
    rank: int | None = Field(None, ge=1, le=1_000_000, description="Its place in the answer.")
    signals: dict[Line, float | None] = Field(default_factory=dict, max_length=50, description="Raw values it had.")
    confidence: Share | None = Field(None, description="The probability of a fit that was shown with it.")
    query: Line = Field("", description="What was typed beside the story, such as filters.")
    reading: Annotated[str, Field(max_length=100)] = Field("", description="How the story became a query.")

    @field_validator("signals")
    @classmethod
    def _finite(cls, signals: dict[str, float | None]) -> dict[str, float | None]:
        if not all(value is None or math.isfinite(value) for value in signals.values()):
            raise ValueError("a signal is a number, or null")
        return signals

    def details(self) -> dict[str, Any]:
        """What is said beside photo, story and verdict."""
        return self.model_dump(include={"rank", "signals", "confidence", "query", "reading"})


def story_of_form(
    headline: Annotated[str, Form()] = "",
    lead: Annotated[str, Form()] = "",
    article: Annotated[str, Form()] = "",
    url: Annotated[str, Form()] = "",
    published: Annotated[str, Form()] = "",
) -> StorySaid:
    """The story of a form's fields.

    Raises:
        Problem: 422, one of them makes no sense.
    """
    return checked(
        StorySaid, headline=headline, lead=lead, id=article, url=url, published=published.strip()[:10] or None
    )


def checked(kind: type[Said], **fields: Any) -> Said:
    """A record of what a form says.

    Raises:
        Problem: 422, it makes no sense.
    """
    try:
        return kind(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Problem(422, "invalid", f"The form makes no sense: {where}: {first['msg']}.") from None


def signals_of(text: str) -> dict[str, Any]:
    """The signals that a form carries as JSON; a form that was tampered with says none."""
    try:
        found = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def local(back: str, otherwise: str) -> str:
    """A path of this desk to go back to; whatever could lead elsewhere is not followed."""
    return back if len(back) <= 20_000 and _LOCAL.fullmatch(back) else otherwise


def use_document(use: Use) -> dict[str, Any]:
    """A use as JSON has it."""
    document = {name: getattr(use, name) for name in Use.__dataclass_fields__}
    return document | {"when": use.when.isoformat(), "box": list(use.box) if use.box else None, "said": use.said()}
