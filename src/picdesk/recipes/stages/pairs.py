"""Gather pairs to learn from: the training sides of sets, and collections of others, read as the recipe says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.photos.locate import printable
from picdesk.recipes.scenes import TABLE
from picdesk.recipes.stages.texts import reading_of_job
from picdesk.recipes.stories import TRAIN, pair_row, photos_of, stories_of, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.articles.reading import Reading
    from picdesk.recipes.stages.stage import Job
    from picdesk.records import Article
    from picdesk.train.pairs import Pair

VERSION = 1


def run(job: Job) -> None:
    """Write ``pairs.jsonl``.

    What an encoder is given of a story is the pair's text; paraphrases are further texts of it. Pairs of several
    sources are told apart by the source's name before their ids.

    Raises:
        InputError: not one pair is left.
        MissingError: a model that the reading needs is not here.
    """
    reading = reading_of_job(job) if "reading" in job.settings else None
    sources = job.settings["sources"]
    rows = (row for source in sources for row in _rows(job, source, reading, many=len(sources) > 1))
    if not write_lines(job.folder / "pairs.jsonl", rows):
        names = ", ".join(source.get("set") or source["data"] for source in sources)
        raise InputError(f"no pair of text and photo in {printable(names)}", "Check that the photos are there.")


def _rows(job: Job, source: dict[str, Any], reading: Reading | None, *, many: bool) -> Iterator[dict[str, Any]]:
    data, root = source["data"], job.root(source["data"])
    pairs = _of_set(job, source) if "set" in source else _of_collection(job, source)
    for number, (pair, article) in enumerate(pairs, start=1):
        read = _read(pair, article, reading)
        if read is None:
            continue
        if many:
            name = source.get("set") or data
            read = replace(read, id=f"{name}:{read.id}", photo=f"{name}:{read.photo}")
        yield pair_row(read, data, root)
        if number % 100 == 0:
            job.tell(number, None, "pairs")
            job.check()


def _of_set(job: Job, source: dict[str, Any]) -> Iterator[tuple[Pair, Article]]:
    from picdesk.train.pairs import Pair

    folder = job.done[f"set:{source['set']}"]
    articles, own = stories_of(folder, TRAIN)
    uris = {photo.name: photo.uri for photo in photos_of(folder, TRAIN, job.root(source["data"]))}
    for article in articles:
        photo = own.get(article.id, "")
        if photo in uris:
            pair = Pair(id=article.id, text=article.headline, photo=photo, uri=uris[photo], day=article.published)
            yield pair, article


def _of_collection(job: Job, source: dict[str, Any]) -> Iterator[tuple[Pair, Article]]:
    from picdesk.records import Article
    from picdesk.train.pairs import read_pairs

    where = job.root(source["data"])
    if f"data:{source['data']}" in job.done:
        where = where / TABLE
    pairs = read_pairs(where, source["format"] or None, source.get("columns")).pairs
    for pair in pairs[: job.settings["small"] or None]:
        yield pair, Article(id=pair.id, headline=pair.text, published=pair.day)


def _read(pair: Pair, article: Article, reading: Reading | None) -> Pair | None:
    """The pair as the reading has its story; ``None`` where nothing is left of it."""
    if reading is None:
        return pair if pair.text.strip() else None
    from picdesk.articles import to_query

    texts = [text for text in to_query(article, reading).texts if text.strip()]
    if not texts:
        return None
    return replace(pair, text=texts[0], more=tuple(dict.fromkeys((*texts[1:], *pair.more))))
