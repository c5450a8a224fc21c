"""What the desk chose: which photos were picked for which stories, and which were seen and rejected.

They are what an archive learns from: pairs for ``train``, and hits that fit or do not for ``calibrate``. Nothing is
ever changed: who thinks better of it adds a row that takes an earlier one back. Photos that leave the archive leave
every answer; what was chosen stays in the log.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypedDict

from picdesk.archive.log import Log, new_id
from picdesk.archive.schema import now
from picdesk.errors import InputError, NothingFound
from picdesk.photos.locate import printable, valid_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Unpack

    import pyarrow as pa

    from picdesk.objects import Place
    from picdesk.records import Article, Photo

PICKED, REJECTED, UNDONE = "picked", "rejected", "undone"
VERDICTS = (PICKED, REJECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One decision about one photo for one story.

    Attributes:
        id: of this row.
        when: UTC.
        who: who decided; empty where nobody says.
        verdict: ``picked``, ``rejected``, or ``undone`` for a row that takes another one back.
        article: the story's id, see `story_id`.
        url: where the story stands; empty where that is not known.
        headline: of the story, as it was searched with.
        lead: of the story.
        published: its day.
        photo: the photo's id.
        name: what its source calls the photo.
        rank: its place in the answer, from 1; ``None`` where it was not found by a search.
        signals: raw value of each signal that it had in the answer.
        confidence: the probability of a fit that was shown with it.
        query: what was typed beside the story, such as filters; empty where nothing was.
        reading: how the story became a query, see `picdesk.search.confidence.calibration.reading_id`.
        desk: the run of the desk in which it was decided.
        undoes: id of the row that this one takes back.
    """

    id: str
    when: dt.datetime
    verdict: str
    article: str
    headline: str
    photo: str
    who: str = ""
    url: str = ""
    lead: str = ""
    published: dt.date | None = None
    name: str = ""
    rank: int | None = None
    signals: Mapping[str, float | None] = field(default_factory=dict)
    confidence: float | None = None
    query: str = ""
    reading: str = ""
    desk: str = ""
    undoes: str = ""


class ChoiceDetails(TypedDict, total=False):
    """What can be said beside story, photo and verdict; `Choice` says what each means."""

    who: str
    rank: int | None
    signals: Mapping[str, float | None]
    confidence: float | None
    query: str
    reading: str
    desk: str


def choices_schema() -> pa.Schema:
    """Schema of table ``choices``; signals are JSON."""
    import pyarrow as pa

    text = pa.string()
    kinds = {
        "when": pa.timestamp("us", "UTC"),
        "published": pa.date32(),
        "rank": pa.int32(),
        "confidence": pa.float64(),
    }
    absent = ("published", "rank", "confidence")
    return pa.schema(
        [pa.field(name, kinds.get(name, text), nullable=name in absent) for name in Choice.__dataclass_fields__]
    )


def story_id(article: Article) -> str:
    """What a story is called in the log: its id, else its address, else a hash of headline and lead.

    >>> from picdesk.records import Article
    >>> story_id(Article(headline="Fire in Kansas City"))
    'story-192d2515a5a6'
    """
    if article.id or article.url:
        return article.id or str(article.url)
    words = " ".join(f"{article.headline}\n{article.lead}".split()).casefold()
    return f"story-{hashlib.sha256(valid_text(words).encode()).hexdigest()[:12]}"


class Choices:
    """The log of choices of an archive.

    Args:
        folder: the archive's.
    """

    def __init__(self, folder: Place) -> None:
        self.log = Log(folder, "choices", choices_schema())
        self._made: dict[str, Choice] = {}

    def every(self) -> list[Choice]:
        """Every row, oldest first, those that were taken back and those that took them back too."""
        found = []
        for row in self.log.rows():
            if row["id"] not in self._made:
                self._made[row["id"]] = _choice(row)
            found.append(self._made[row["id"]])
        return found

    def standing(self, *, article: str | None = None, who: str | None = None) -> list[Choice]:
        """What holds now, oldest first: of each person, story and photo the last decision that was not taken back.

        Args:
            article: only of this story.
            who: only of this person.
        """
        return [
            choice
            for choice in standing(self.every())
            if (article is None or choice.article == article) and (who is None or choice.who == who)
        ]

    def choose(
        self,
        article: Article,
        photo: Photo,
        verdict: str = PICKED,
        **said: Unpack[ChoiceDetails],
    ) -> Choice:
        """Write a decision down; the same one twice is one.

        Args:
            article: the story, with a headline.
            photo: of the archive.
            verdict: ``picked`` or ``rejected``.
            said: who decided, and how the photo was found, as in `Choice`.

        Raises:
            InputError: another verdict, or a story without words.
        """
        if verdict not in VERDICTS:
            raise InputError(f"there is no verdict {printable(verdict)!r}", f"There are: {', '.join(VERDICTS)}.")
        if not article.headline.strip() and not article.lead.strip():
            raise InputError("a photo is chosen for a story, and this one has no words", "Give it a headline.")
        texts = {name: valid_text(text) for name, text in said.items() if isinstance(text, str)}
        details: dict[str, Any] = {**said, **texts, "signals": dict(said.get("signals") or {})}
        made = Choice(
            id=new_id(),
            when=now(),
            verdict=verdict,
            article=valid_text(story_id(article)),
            url=valid_text(article.url or ""),
            headline=valid_text(article.headline),
            lead=valid_text(article.lead),
            published=article.published,
            photo=photo.id,
            name=photo.name,
            **details,
        )
        for there in self.standing(article=made.article, who=made.who):
            if there.photo == photo.id and there.verdict == verdict:
                return there
        self.log.append([_row(made)])
        return made

    def undo(self, choice_id: str, *, who: str = "") -> Choice:
        """Take a decision back; what the same person had decided before it holds again.

        Returns:
            The decision that was taken back.

        Raises:
            NothingFound: there is no such decision, or it was taken back already.
        """
        every = self.every()
        gone = {choice.undoes for choice in every}
        found = next((one for one in every if one.id == choice_id and one.verdict in VERDICTS), None)
        if found is None or found.id in gone:
            raise NothingFound(
                f"there is no choice {printable(choice_id)!r} to take back", "It may have been taken back already."
            )
        back = replace(
            found, id=new_id(), when=now(), who=valid_text(who or found.who), verdict=UNDONE, undoes=found.id
        )
        self.log.append([_row(back)])
        return found

    def take(self, choices: Iterable[Choice]) -> int:
        """Put in rows of another log, as `picdesk.archive.choices_file` reads them; those that are here already stay.

        Returns:
            How many were new.
        """
        known = {row["id"] for row in self.log.rows()}
        new = {choice.id: choice for choice in choices if choice.id not in known}
        if new:
            self.log.append([_row(choice) for choice in new.values()])
        return len(new)


def standing(choices: Sequence[Choice]) -> list[Choice]:
    """What holds of a log, given oldest first."""
    gone = {choice.undoes for choice in choices if choice.undoes}
    last: dict[tuple[str, str, str], Choice] = {}
    for choice in choices:
        if choice.verdict in VERDICTS and choice.id not in gone:
            key = choice.who, choice.article, choice.photo
            last.pop(key, None)  # a later decision stands later in the order, too
            last[key] = choice
    return list(last.values())


def _row(choice: Choice) -> dict[str, Any]:
    row = {name: getattr(choice, name) for name in Choice.__dataclass_fields__}
    return row | {"signals": json.dumps(dict(choice.signals))}


def _choice(row: Mapping[str, Any]) -> Choice:
    return Choice(**{**row, "signals": json.loads(row["signals"])})
