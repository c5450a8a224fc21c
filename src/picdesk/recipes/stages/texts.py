"""Read stories as an archive is asked for them: translated, cut, normalised, paraphrased, names found."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from picdesk.recipes.stories import query_row, read_lines, stories_of

if TYPE_CHECKING:
    from picdesk.archive.store import Store
    from picdesk.articles.reading import Reading
    from picdesk.recipes.stages.stage import Job

VERSION = 1

_SAVED = 50


def run(job: Job) -> None:
    """Write ``queries.jsonl``: what is asked for each story, with every step that led to it.

    A translation or a paraphrase takes a second: a killed run goes on where it was.

    Raises:
        MissingError: a model that the reading needs is not here.
    """
    import json

    from picdesk.articles import to_query
    from picdesk.search.known_names import known_names

    reading = reading_of_job(job)
    articles, _ = stories_of(job.done["read"], str(job.settings["side"]))
    gazetteer = known_names(_store(job)) if "archive" in job.done else None
    file = job.folder / "queries.jsonl"
    done = _done_before(job)
    with file.open("w", encoding="utf-8", newline="\n") as out:
        for row in done:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        for number, article in enumerate(articles[len(done) :], start=len(done) + 1):
            query = to_query(article, reading, gazetteer=gazetteer)
            out.write(json.dumps(query_row(article.id, query), ensure_ascii=False, default=str) + "\n")
            if number % _SAVED == 0:
                out.flush()
                os.fsync(out.fileno())
                job.tell(number, len(articles), "texts")
                job.check()


def reading_of_job(job: Job) -> Reading:
    """The reading of a stage, with the folders of its models."""
    from picdesk.articles.reading import Reading

    reading = Reading.from_toml(str(job.settings["reading"]))
    roles = {*job.done, *job.stage.places}
    if "paraphraser" in roles:
        reading = replace(reading, texts=replace(reading.texts, paraphraser=str(job.model("paraphraser"))))
    if "translator" in roles:
        reading = replace(reading, translator=str(job.model("translator")))
    return reading


def _done_before(job: Job) -> list[dict[str, object]]:
    """Queries that a killed run left; a last line that was cut short is done again."""
    import json

    file = job.folder / "queries.jsonl"
    if not file.is_file():
        return []
    try:
        return read_lines(file)
    except json.JSONDecodeError:
        whole = file.read_text(encoding="utf-8", errors="replace").splitlines()[:-1]
        return [json.loads(line) for line in whole]


def _store(job: Job) -> Store:
    from picdesk.archive.store import Store

    return Store.open(job.done["archive"] / "archive")
