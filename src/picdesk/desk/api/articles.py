"""``/api/v1/articles``: a story is read, from the web, a page's source or text, and what was read is shown."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from picdesk.desk.api.described import problems
from picdesk.desk.api.documents import Document, sent
from picdesk.desk.asked import Asked, Code, Line, ReadingName, Yes
from picdesk.desk.asked import Story as StoryText
from picdesk.desk.problems import Problem
from picdesk.desk.security.rates import check_rate, limited
from picdesk.desk.state import TheDesk
from picdesk.desk.stories import Story, fetched_story, read_story, shortened, story_from

router = APIRouter(
    prefix="/api/v1/articles",
    tags=["articles"],
    dependencies=[Depends(limited("other"))],
    responses=problems(400, 408, 413, 422, 502),
)


class StoryRequest(BaseModel):
    """One of ``url``, ``html`` and ``text``."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": "Fire destroys warehouse\n\nNobody was hurt."}]}
    )

    url: Line = Field("", description="Address of a page; private addresses are refused.")
    html: str = Field("", max_length=900_000, description="A page's source.")
    text: StoryText = Field("", description="Headline, then body.")
    language: Code | None = Field(None, description="ISO 639-1 code, where it is known.")
    reading: ReadingName | None = Field(None, description="How the story becomes a query, by name.")
    translate: Yes = Field(False, description="Translate the story into English.")


class NameDocument(Document):
    """A person, place or organisation that the story is about."""

    text: str
    kind: str
    source: str


class StepDocument(Document):
    """One thing that was done on the way from the story to what is asked."""

    name: str
    did: str
    before: int
    after: int
    cut: str
    note: str


class TranslationDocument(Document):
    """The story in the language that is searched in."""

    headline: str
    lead: str
    body: str
    language: str | None


class StoryDocument(Document):
    """A story as it was read."""

    headline: str
    lead: str
    body: str
    url: str | None
    language: str | None = Field(description="As the page declares it.")
    spoken: str | None = Field(description="Of what is asked of the archive.")
    published: dt.date | None
    tags: list[str]
    read_by: str = Field(description="The step that found the text.")
    names: list[NameDocument]
    date: dt.date | None = Field(description="Day of the event.")
    words: str = Field(description="What the word index is asked for.")
    texts: list[str] = Field(description="What encoders read.")
    translation: TranslationDocument | None
    steps: list[StepDocument]


@router.post("", response_model=StoryDocument, summary="Read a story")
async def read(desk: TheDesk, http: Request, request: StoryRequest) -> Response:
    """What was read of a story: its parts, language, names, translation, and text that was cut."""
    given = [name for name in ("url", "html", "text") if getattr(request, name).strip()]
    if len(given) != 1:
        raise Problem(422, "one-story", "Give exactly one of url, html and text.")
    if request.url:
        check_rate(http, "fetch", http.state.client)
        article = await desk.slowly(lambda: fetched_story(desk.settings, request.url))
    else:
        article = await desk.slowly(lambda: story_from(request.text, request.html))
    asked = Asked.model_validate(
        {"language": request.language, "reading": request.reading, "translate": request.translate}
    )
    story = await desk.search(lambda archive: read_story(archive, shortened(article), asked))
    return sent(story_document(story))


def story_document(story: Story) -> StoryDocument:
    """A story as its document."""
    article, query, other = story.article, story.query, story.translated
    return StoryDocument(
        headline=article.headline,
        lead=article.lead,
        body=article.text,
        url=article.url,
        language=article.language,
        spoken=query.language,
        published=article.published,
        tags=list(article.tags),
        read_by=article.read_by,
        names=[NameDocument(text=name.text, kind=name.kind, source=name.source) for name in query.names],
        date=query.date,
        words=query.words,
        texts=list(query.texts),
        translation=TranslationDocument(
            headline=other.headline, lead=other.lead, body=other.text, language=other.language
        )
        if other
        else None,
        steps=[StepDocument.model_validate(step) for step in query.steps],
    )
