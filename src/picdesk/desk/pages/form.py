"""A search as a page has it: the fields of its form, which are the whole address, and back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from picdesk.desk.asked import Asked
from picdesk.desk.cursors import DEEPEST
from picdesk.desk.only import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from starlette.datastructures import QueryParams

    from picdesk.records import Article

PAGE = 30
"""Photos of the first page, and of each further one."""
MIDDLE = 50
"""A slider there changes nothing."""
_TEXTS = ("story", "headline", "lead", "without", "picture", "after", "before")
_TICKS = ("apart", "translate")
_SLIDERS = ("lead_weight", "picture_weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter that is on.

    Attributes:
        label: for people.
        drop: value of the form's field ``drop`` that takes it off.
    """

    label: str
    drop: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the page's form says.

    Attributes:
        story: name of a story that was read, see `picdesk.desk.pages.kept`.
        headline: as it is edited.
        lead: as it is edited.
        without: words to leave out.
        picture: id of a picture that was sent.
        after: day.
        before: day.
        like: ids of photos.
        only: facet -> values.
        apart: photos of the same picture are shown apart.
        translate: the story is translated into English first.
        lead_weight: 0 headline alone, 50 as it is read, 100 lead alone.
        picture_weight: 0 words alone, 50 as they are set, 100 pictures alone.
        shown: photos that the page shows.
    """

    story: str = ""
    headline: str = ""
    lead: str = ""
    without: str = ""
    picture: str = ""
    after: str = ""
    before: str = ""
    like: tuple[str, ...] = ()
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    apart: bool = False
    translate: bool = False
    lead_weight: int = MIDDLE
    picture_weight: int = MIDDLE
    shown: int = PAGE

    @property
    def is_empty(self) -> bool:
        """Whether nothing is looked for."""
        return not any((self.story, self.headline.strip(), self.lead.strip(), self.picture, self.like))

    def asked(self, story: Article | None) -> Asked:
        """What the desk is asked.

        Args:
            story: that was read, whose headline and lead may have been edited since.

        Raises:
            ValidationError: a field makes no sense.
        """
        given: dict[str, Any] = {
            "headline": self.headline,
            "lead": self.lead,
            "picture": self.picture or None,
            "like": self.like,
            "exclude": terms(self.without),
            "filters": {"only": self.only, "after": self.after or None, "before": self.before or None},
            "duplicates": self.apart,
            "translate": self.translate,
            "lead_weight": None if self.lead_weight == MIDDLE else self.lead_weight / 100,
            "picture_weight": None if self.picture_weight == MIDDLE else self.picture_weight / 100,
        }
        if story is not None:
            given |= {
                "body": _body(story, self.lead),
                "url": story.url or "",
                "published": story.published,
                "tags": story.tags,
            }
            # A page may declare anything; what is no language's code is found out from the text instead.
            given |= {"language": story.language} if story.language and len(story.language) in (2, 3) else {}
        return Asked.model_validate(given)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Fields and values, those alone that say something."""
        yield from ((name, getattr(self, name)) for name in _TEXTS if getattr(self, name))
        yield from (("like", photo) for photo in self.like)
        yield from ((name, value) for name, values in self.only.items() for value in values)
        yield from ((name, "1") for name in _TICKS if getattr(self, name))
        yield from ((name, str(getattr(self, name))) for name in _SLIDERS if getattr(self, name) != MIDDLE)

    def query_string(self, shown: int = 0) -> str:
        """The address's part behind the question mark.

        Args:
            shown: photos that the page shall show; the first page's by default.
        """
        return urlencode([*self.pairs(), *([("shown", str(shown))] if shown > PAGE else [])])

    def kept(self) -> list[tuple[str, str]]:
        """The fields that nobody sees in the form."""
        return [(name, value) for name, value in self.pairs() if name in {"story", "picture", "like"}]

    def chips(self, labels: Mapping[tuple[str, str], str]) -> list[Chip]:
        """The filters that are on.

        Args:
            labels: facet and value -> the value in words.
        """
        facets = [(name, value) for name, values in self.only.items() for value in values]
        chips = [
            Chip(label=labels.get(each, each[1] or f"no {each[0]}"), drop=f"{each[0]}:{each[1]}") for each in facets
        ]
        chips += [Chip(label=f"from {self.after}", drop="after:")] if self.after else []
        chips += [Chip(label=f"until {self.before}", drop="before:")] if self.before else []
        return chips

    def without_one(self, drop: str) -> Form:
        """The form with one thing taken off: ``credit:AP``, ``after:``, ``like:ID``, ``picture:``, or ``filters:``."""
        name, _, value = drop.partition(":")
        if name == "filters":
            return replace(self, only={}, after="", before="")
        if name in {"after", "before", "picture"}:
            return replace(self, **{name: ""})  # type: ignore[arg-type]
        if name == "like":
            return replace(self, like=tuple(each for each in self.like if each != value))
        left = {each: tuple(v for v in values if (each, v) != (name, value)) for each, values in self.only.items()}
        return replace(self, only={each: values for each, values in left.items() if values})


def read_form(params: QueryParams) -> Form:
    """The form that an address holds; what is no number of a slider counts as its middle."""
    only = {name: tuple(dict.fromkeys(params.getlist(name))) for name in KINDS if name in params}
    form = Form(
        **{name: params.get(name, "") for name in _TEXTS},
        like=tuple(dict.fromkeys(params.getlist("like"))),
        only=only,
        apart="apart" in params,
        translate="translate" in params,
        lead_weight=_number(params.get("lead_weight"), MIDDLE, 100),
        picture_weight=_number(params.get("picture_weight"), MIDDLE, 100),
        shown=max(PAGE, _number(params.get("shown"), PAGE, DEEPEST)),
    )
    for drop in params.getlist("drop"):
        form = form.without_one(drop)
    return form


def terms(text: str) -> tuple[str, ...]:
    """Words to leave out; quotation marks hold several together, and a minus before them is no part of them.

    >>> terms('people -"old pier", logo')
    ('people', 'old pier', 'logo')
    """
    found = []
    for number, part in enumerate(text.replace("”", '"').replace("“", '"').split('"')):
        found += [part.strip()] if number % 2 else [word.strip(" ,;-") for word in part.replace(",", " ").split()]
    return tuple(dict.fromkeys(term for term in found if term))


def _body(story: Article, lead: str) -> str:
    """The story's text with its first paragraph as it is edited."""
    if not story.lead or not story.text.startswith(story.lead):
        return story.text
    return "\n\n".join(part for part in (lead.strip(), story.text[len(story.lead) :].strip()) if part)


def _number(text: str | None, otherwise: int, most: int) -> int:
    try:
        return min(most, max(0, int(text or "")))
    except ValueError:
        return otherwise


def values_in_words(facets: Sequence[Any]) -> dict[tuple[str, str], str]:
    """Facet and value -> the value in words."""
    return {(facet.field, value.value): value.label for facet in facets for value in facet.values}
