"""The frozen records that travel through the house.

They hold values and nothing else: no file handles, no connections, no house imports.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A news story as it was read.

    Attributes:
        headline: the title, repaired, without the site's name.
        lead: the first paragraph, without the headline repeated.
        text: the whole body, paragraphs separated by a blank line; empty where only a headline is known.
        id: what its source calls it; empty where the source gives none.
        url: where it was published.
        language: ISO 639-1 code as the page declares it.
        published: day of publication.
        tags: the names and topics that the source attached.
        read_by: the step that found the text (``trafilatura``, ``text``, ...).
    """

    headline: str
    lead: str = ""
    text: str = ""
    id: str = ""
    url: str | None = None
    language: str | None = None
    published: dt.date | None = None
    tags: tuple[str, ...] = ()
    read_by: str = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoMetadata:
    """What is said about a photo, by itself (IPTC-IIM, XMP, EXIF) or by the list it came in.

    Names follow the IPTC Photo Metadata Standard. ``None`` and ``()`` mean: not said.

    Attributes:
        caption: IPTC Description.
        headline: IPTC Headline.
        keywords: IPTC Keywords.
        people: IPTC Person Shown in the Image.
        place: city, province or state, country: those known, joined by ", ".
        creator: IPTC Creator, joined by ", ".
        credit: IPTC Credit Line.
        rights: IPTC Copyright Notice, else the usage terms, else the web statement.
        usage_terms: IPTC Rights Usage Terms, else the web statement.
        instructions: IPTC Instructions ("Editorial use only").
        digital_source_type: last part of the IPTC Digital Source Type URI, such as ``trainedAlgorithmicMedia``.
        taken: when the photo was taken; naive times are taken as UTC.
    """

    caption: str | None = None
    headline: str | None = None
    keywords: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    place: str | None = None
    creator: str | None = None
    credit: str | None = None
    rights: str | None = None
    usage_terms: str | None = None
    instructions: str | None = None
    digital_source_type: str | None = None
    taken: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the bytes of a photo lie, and what its source calls it there."""

    uri: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo(PhotoMetadata):
    """A photo of an archive.

    Attributes:
        id: SHA-256 of the file's bytes, 64 hexadecimal digits. Identity is content, never a path.
        name: what its source calls it: the file's stem, or the list's id column. Run files carry names.
        uri: where the bytes are, as a URI; ``#member`` names a file inside a tar shard.
        bytes: size of the file.
        format: the decoder's name for the format, such as ``JPEG``.
        width: pixels, as displayed (EXIF orientation applied).
        height: pixels, as displayed.
        file_words: words of the file's name.
        phash: 64-bit perceptual hash by DCT.
        dhash: 64-bit perceptual hash by differences.
        added: when the archive took it.
        copies: other places where the same bytes were met.
    """

    id: str
    name: str
    uri: str
    bytes: int
    format: str
    width: int
    height: int
    file_words: str
    phash: int
    dhash: int
    added: dt.datetime
    copies: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A person, place or organisation that a story is about.

    Attributes:
        text: the name as it is written.
        kind: ``person``, ``place``, ``organisation`` or ``other``.
        source: what found it: ``tags``, ``gazetteer``, ``capitalised``, ``model``, or ``typed`` in quotation marks.
        weight: how much it counts in the word query, beside 1 for the query's words.
    """

    text: str
    kind: str = "other"
    source: str = "tags"
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was done on the way from a story to a query.

    Attributes:
        name: the step.
        did: what it did, in words for people.
        before: characters that went in.
        after: characters that came out.
        cut: the text that was left out by it; empty where nothing was.
        note: what the reader of an answer should know of it; empty where nothing is odd.
    """

    name: str
    did: str
    before: int = 0
    after: int = 0
    cut: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked of an archive.

    Encoders differ in what they can read, so a query carries its texts whole; each encoder is given as much of them as
    it reads, by ``fit``, when it is asked.

    Attributes:
        words: text for the word index (BM25).
        texts: texts for an encoder's text side; the weighted mean of their unit vectors is what is looked for.
        weights: of the texts; empty where they count alike.
        fit: what becomes of a text over an encoder's limit: ``truncate``, ``sentences`` or ``pool``.
        budget: tokens of a text that are read, where that is less than the encoder's limit.
        names: people, places, organisations; they count in the word index beside ``words``.
        date: the day of the event.
        language: ISO 639-1 code of the texts, where it is known.
        image: bytes of an image file for an encoder's image side.
        like: ids of photos of the archive; more photos like these are looked for, and not these.
        without: a photo must have no field with all words of any; encoders look away from them.
        article: the story it came from, where there is one.
        steps: everything that was done to the story.
    """

    words: str = ""
    texts: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    fit: str = "truncate"
    budget: int | None = None
    names: tuple[Name, ...] = ()
    date: dt.date | None = None
    language: str | None = None
    image: bytes | None = field(default=None, repr=False)
    like: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    article: Article | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that speaks for a photo.

    Attributes:
        kind: ``signal``, ``words``, ``names``, ``text`` or ``date``.
        said: the reason in words for people.
        by: the signal that it is about; empty where it is about none.
        share: of a signal, its part of the fused score, 0 to 1; of a part of the text, how much the cosine falls
            without that part. ``None`` where nothing is measured.
        about: the words, names or parts of the text themselves.
        days: of a date, the days from the event to the photo: below 0 where the photo is older.
    """

    kind: str
    said: str
    by: str = ""
    share: float | None = None
    about: tuple[str, ...] = ()
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One photo of an answer.

    Attributes:
        rank: 1 for the best.
        photo: the photo.
        score: what the answer is ordered by. Of a fused answer it orders this answer alone and is no certainty.
        signals: every signal's raw value: ``words`` is BM25, an encoder's name is the cosine to that encoder's query
            vector; ``None`` where a signal says nothing about this photo.
        matched: words of the query that occur in the photo's own words.
        siblings: further photos of the answer that show the same picture, best first.
        warnings: what to look at before the photo is used, a sentence each.
        why: what speaks for the photo, where an explanation was asked for.
        confidence: the probability that the photo fits, by the archive's calibration; ``None`` without one.
    """

    rank: int
    photo: Photo
    score: float
    signals: Mapping[str, float | None]
    matched: tuple[str, ...] = ()
    siblings: tuple[Photo, ...] = ()
    warnings: tuple[str, ...] = ()
    why: tuple[Reason, ...] = ()
    confidence: float | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why this photo is in the answer, one short phrase a reason; a phrase a signal where no more was asked for."""
        if self.why:
            return tuple(reason.said for reason in self.why)
        said = [f"says {', '.join(self.matched)}"] if self.matched else []
        said += [
            f"{name} cosine {value:.3f}"
            for name, value in self.signals.items()
            if name != "words" and value is not None
        ]
        return tuple(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """An answer: hits in order, and how they were found.

    Attributes:
        query: what was asked.
        hits: best first.
        exact: whether every photo that the filters leave was compared (no approximate index).
        fusion: how signals were joined: ``evidence``, ``convex``, ``zscore``, ``minmax`` or ``rrf``; ``none`` where
            there was a single one.
        weights: of the signals in it; empty where there was a single one.
        searched: how many photos the filters left.
        notes: what the reader should know: signals that could not be used, text that was cut.
        fits_well: whether the best photo's confidence reaches what the accepted risk demands; ``None`` without a
            calibration.
        view: draws the ranking as HTML, for notebooks.
    """

    query: Query
    hits: tuple[Hit, ...]
    exact: bool
    fusion: str
    searched: int
    notes: tuple[str, ...] = ()
    fits_well: bool | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    view: Callable[[Ranking], str] | None = field(default=None, repr=False, compare=False)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)

    def __getitem__(self, index: int) -> Hit:
        return self.hits[index]

    def _repr_html_(self) -> str | None:
        return self.view(self) if self.view else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """Many articles, each with its ranked photos, in compressed rows: 8,500 x 100 are two arrays, not a million tuples.

    Attributes:
        name: what the run is called.
        articles: ids of articles, each once.
        starts: ``(n + 1,)`` int64; places ``starts[i]:starts[i + 1]`` belong to ``articles[i]``, best first.
        photos: ``(m,)`` int32; each an index into ``names``.
        names: names of photos, each once.
        scores: ``(m,)`` float64, never rising inside an article; minus the rank where a format has no scores.
        source: the file it was read from; empty where it was made in memory.
        lines: ``(n,)`` int64; the line of that file on which each article first stands. ``None`` without a file.
    """

    name: str
    articles: tuple[str, ...]
    starts: NDArray[np.int64]
    photos: NDArray[np.int32]
    names: tuple[str, ...]
    scores: NDArray[np.float64]
    source: str = ""
    lines: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.articles)

    def __iter__(self) -> Iterator[tuple[str, list[tuple[str, float]]]]:
        """Article by article: its id, and its photos' names with their scores, best first."""
        for number, article in enumerate(self.articles):
            rows = slice(int(self.starts[number]), int(self.starts[number + 1]))
            places = zip(self.photos[rows].tolist(), self.scores[rows].tolist(), strict=True)
            yield article, [(self.names[photo], score) for photo, score in places]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Which photos fit which articles.

    Attributes:
        name: where it was read.
        gains: article id -> photo name -> gain, over 0; 1 where a truth only says "fits".
        addresses: article id -> where it was published, where the file says so.
        notes: what was left out of it.
    """

    name: str
    gains: Mapping[str, Mapping[str, float]]
    addresses: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What one person thinks of the picture that a run gave to an article.

    Attributes:
        run: what the run is called.
        task: what it was a part of, such as ``SMALL``; empty where there is one task.
        article: id of the article.
        rater: who rated; one name is one person, over all files.
        team: whose member the rater is; empty where raters have no teams.
        value: points: 1 to 5, and 0 where there was no picture.
        own: whether the rater rated the own team's run, which counts in no mean.
    """

    run: str
    task: str = ""
    article: str
    rater: str
    team: str = ""
    value: float
    own: bool = False
