"""What a rater has to answer, and has answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import NothingFound
from picdesk.evaluate.ratings.study.answers import read_answers
from picdesk.evaluate.ratings.study.folder import read_study
from picdesk.evaluate.ratings.study.links import rater_of
from picdesk.evaluate.ratings.study.plan import plan, sides

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from picdesk.evaluate.ratings.study.records import Item, Rater, Story, Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A rater's questions, in the rater's own order; they are numbered from 1.

    Attributes:
        study: the study.
        rater: whose it is.
        items: the questions.
        answers: key of a question -> the last answer.
    """

    study: Study
    rater: Rater
    items: tuple[Item, ...]
    answers: Mapping[str, str]

    @property
    def answered(self) -> int:
        """How many questions have an answer."""
        return sum(item.key in self.answers for item in self.items)

    def item(self, number: int) -> Item:
        """A question.

        Raises:
            NothingFound: there is none of that number.
        """
        if not 0 < number <= len(self.items):
            raise NothingFound(f"there is no question {number}", f"There are {len(self.items)}.")
        return self.items[number - 1]

    def story(self, item: Item) -> Story:
        """What it is about."""
        return next(story for story in self.study.stories if story.id == item.article)

    def sides(self, item: Item) -> tuple[str, ...]:
        """Its pictures from left to right."""
        return sides(self.study, self.rater.id, item)

    def answer_to(self, number: int) -> str | None:
        """The last answer to a question; ``None`` where there is none."""
        return self.answers.get(self.item(number).key)

    def after(self, number: int) -> int | None:
        """The next question without an answer, from the beginning again at the end; ``None`` where all have one."""
        numbers = [*range(number + 1, len(self.items) + 1), *range(1, number + 1)]
        return next((one for one in numbers if self.items[one - 1].key not in self.answers), None)

    def last(self) -> int | None:
        """The question that was answered last; ``None`` where none was."""
        places = {item.key: number for number, item in enumerate(self.items, 1)}
        return next((places[key] for key in reversed(list(self.answers)) if key in places), None)

    def shows(self, picture: str) -> bool:
        """Whether a picture is in one of the questions."""
        return any(picture in item.pictures for item in self.items)


def sheet_of(folder: Path | None, token: str) -> Sheet:
    """The sheet that a link opens.

    Raises:
        NothingFound: no study is served here, or the link is nobody's; the two look the same from outside.
        InputError: the study is damaged.
    """
    rater = rater_of(folder, token) if folder is not None else None
    if folder is None or rater is None:
        raise NothingFound("this link opens nothing", "Ask for your link again: it must be copied whole.")
    study = read_study(folder)
    return Sheet(study=study, rater=rater, items=plan(study)[rater.id], answers=read_answers(folder, rater.id))
