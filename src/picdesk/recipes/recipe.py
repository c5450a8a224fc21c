"""A recipe as frozen values: everything that a published system is, and nothing that runs."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - read.py asks for the types of fields
from dataclasses import dataclass, field

from picdesk.articles.reading import Reading  # noqa: TC001
from picdesk.recipes.model import Model  # noqa: TC001


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What system it is.

    Attributes:
        title: of the paper.
        authors: as the paper has them.
        team: that took part.
        event: where.
        system: what it does, in a sentence or two.
        notes: what the paper leaves open and how it was decided, and what is done otherwise here.
    """

    title: str
    authors: str
    event: str
    system: str
    team: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Something that is read: a data set, pairs to learn from, photos, ratings.

    Attributes:
        kind: ``newsimages``, ``pairs``, ``photos``, ``ratings``, ``table``, or ``drawn``: scenes that are drawn here,
            each with a headline and a category.
        about: what it is.
        ask: where to ask for it.
        folder: where it lies below the folder of data.
        edition: of ``newsimages``: the year.
        format: of ``pairs`` and ``photos``: a format of ``picdesk train`` or ``picdesk add``; empty where it is plain.
        columns: of a table: field -> column.
        languages: of its texts, ISO 639-1, where a reading may have to translate them.
        scenes: of ``drawn``: how many.
        seed: of ``drawn``.
        gigabytes: on disk, roughly.
        optional: whether a run goes on without it; what rests on it is left out, and said.
    """

    kind: str
    about: str
    ask: str = ""
    folder: str = ""
    edition: str = ""
    format: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    scenes: int = 600
    seed: int = 0
    gigabytes: float = 0.0
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """A set of articles in two sides: one to learn from, one to be measured on.

    Attributes:
        data: a ``newsimages`` of the data.
        about: what it is.
        parts: articles that are in every one of these parts of the data; empty for all.
        train: part to learn from.
        test: part to be measured on; ``*`` for every article.
        share: instead of parts: the newest share of the articles is measured on.
        first: instead of parts: so many first articles, by number, are learned from, and the others measured on.
        photos: a ``photos`` of the data that is looked through instead of the set's own photos.
        measures: what is measured; the truth must be in the data.
        format: of run files.
    """

    data: str
    about: str = ""
    parts: tuple[str, ...] = ()
    train: str = "train"
    test: str = "test"
    share: float = 0.0
    first: int = 0
    photos: str = ""
    measures: tuple[str, ...] = ("MRR@100", "R@1", "R@5", "R@10", "R@50", "R@100")
    format: str = "trec"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """A run of the system.

    Attributes:
        models: encoders; with several, their signals are joined.
        reading: how a story becomes a query.
        about: what the paper calls it.
        sets: that it is made for; empty for all.
        sides: of ``test`` and ``train``: whose articles are asked and whose photos are looked through.
        readings: set -> another reading there.
        words: whether the word index is asked too, and the meaning of captions.
        dual_softmax: its temperature; 0 for none.
        one_to_one: every article's first photo is its own alone.
        no_repeats: no photo is given to two articles.
        rerank: a model by which the first photos are ordered again; empty for none.
        rerank_depth: how many of them.
        rerank_weight: of that model beside 1 for the ranking so far.
        depth: how many photos an article is given at most.
    """

    models: tuple[str, ...]
    reading: str
    about: str = ""
    sets: tuple[str, ...] = ()
    sides: tuple[str, ...] = ("test",)
    readings: Mapping[str, str] = field(default_factory=dict)
    words: bool = False
    dual_softmax: float = 0.0
    one_to_one: bool = False
    no_repeats: bool = False
    rerank: str = ""
    rerank_depth: int = 100
    rerank_weight: float = 1.0
    depth: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A table of what became of each article's photo from one run to another.

    Attributes:
        before: the first run.
        after: the second.
        depth: places that count.
    """

    before: str
    after: str
    depth: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Pictures as the benchmark takes them: each article's best photo, PNG, in one ZIP.

    Attributes:
        runs: whose first photos are sent in.
        group: the group's name.
        edition: ``2025`` or ``2026``.
        kind: ``RET`` or ``GEN`` in 2025.
        subset: a set whose test side is the SMALL task of 2025; its pictures are those that the runs give its articles
            on the other sets. Empty for none.
    """

    runs: tuple[str, ...]
    group: str
    edition: str = "2025"
    kind: str = "RET"
    subset: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingsPlan:
    """A summary of people's ratings.

    Attributes:
        data: a ``ratings`` of the data: a folder of the organisers' spreadsheets, or one of them.
        categories: a ``table`` of the data with the columns article and category; empty for none.
    """

    data: str
    categories: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a published table.

    Attributes:
        values: one for each measure of the table; ``nan`` where the paper gives none.
        run: a run of the recipe; empty for a row that is not of this system.
        label: what the paper calls the row; empty where that is the run's ``about``.
        set: a set of the recipe; empty where the table has one set, or none.
        side: of the set.
    """

    values: tuple[float, ...]
    run: str = ""
    label: str = ""
    set: str = ""
    side: str = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A published table.

    Attributes:
        name: of the table in its paper.
        about: its caption in short.
        source: paper, page or address that the numbers are from.
        seen: whether the numbers were looked up there; ``false`` for numbers known at second hand.
        measures: columns. Those that `picdesk.evaluate` knows by name are set beside ours.
        rows: of the table.
    """

    name: str
    source: str
    seen: bool
    measures: tuple[str, ...]
    rows: tuple[Row, ...]
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a whole run takes.

    Attributes:
        gigabytes: of disk, data and stages together.
        hours: of the machine.
        machine: which, and whether it was measured or estimated.
    """

    gigabytes: float
    hours: float
    machine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandsFor:
    """What is not here, and what stands in for it."""

    what: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A system.

    Attributes:
        name: of the file.
        about: what it is.
        cost: what it takes.
        data: what is read.
        sets: of articles.
        readings: how a story becomes a query or a text to learn from.
        models: encoders, and how they come about.
        runs: in the paper's order.
        changes: tables of rank changes.
        submission: pictures for the benchmark; ``None`` for none.
        ratings: a summary of people's ratings; ``None`` for none.
        published: tables; empty in a stand-in.
        stand_in: what stands in for what; empty in the real one.
    """

    name: str
    about: About
    cost: Cost
    data: Mapping[str, Data]
    sets: Mapping[str, Sides]
    readings: Mapping[str, Reading]
    models: Mapping[str, Model]
    runs: Mapping[str, RunPlan]
    changes: tuple[Change, ...] = ()
    submission: Submission | None = None
    ratings: RatingsPlan | None = None
    published: tuple[Published, ...] = ()
    stand_in: tuple[StandsFor, ...] = ()
