"""From an article to a query: how many stories a second each step takes, and what names do for the word index.

    python -m benchmarks.articles [DATA] [--stories N] [--names] [--all]

Stories are the headlines with tags of NewsImages 2025, and headline with text of NewsImages 2021 (German). ``--names``
also ranks all photos of the 2025 set by the words of their file names, for each headline, with weights of names chosen
on the first 1,500 pairs of a seeded shuffle and measured on the rest. ``--all`` also runs the benchmarks of extraction
and of language and translation.
"""

from __future__ import annotations

import argparse
import csv
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.machine import report, spread
from picdesk import Article, open_archive
from picdesk.archive.store import Store
from picdesk.articles.dates import event_dates
from picdesk.articles.fit import fit_query
from picdesk.articles.names import Gazetteer, names_of_tags
from picdesk.articles.names.capitalised import capitalised_names
from picdesk.articles.normalise import NORMALISERS, normalise
from picdesk.articles.query import to_query
from picdesk.articles.reading import DEFAULT, Reading, readings
from picdesk.articles.sentences import divide_by_language
from picdesk.articles.text import repair
from picdesk.encoders.sentences import sentences
from picdesk.encoders.tokenize import TextTokens, clip_tokens
from picdesk.search.fusion import in_order
from picdesk.search.words import search_words

SHARED = Path(__file__).resolve().parents[1] / "../shared"
DEPTH = 100
CHOSEN_ON = 1500
WEIGHTS = (0.0, 0.5, 0.7, 1.0)
OTHERS = ("articles_extract", "articles_language")


class ClipTokens:
    """As much of a CLIP encoder as counts tokens."""

    name = "clip"
    text_limit: int | None = 77
    tokens: TextTokens = clip_tokens(77)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self.tokens.count(texts)


def headlines(data: Path) -> list[tuple[Article, str]]:
    """Stories of the 2025 set, each with the name of its photo."""
    with (data / "newsimages25/newsarticles.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [
        (Article(headline=repair(row["article_title"]), tags=(row["article_tags"],)), row["image_id"]) for row in rows
    ]


def german(data: Path, count: int) -> list[Article]:
    with (data / "newsimages21/content2019-01.tsv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))[:count]
    return [Article(headline=row["title"], lead=row["text"], text=row["text"]) for row in rows]


def rate(step: str, work: Callable[[Article], object], stories: Sequence[Article], rounds: int = 5) -> None:
    """Print how many stories a second a step takes, once it is warm."""
    for story in stories[:20]:
        work(story)
    rates = []
    for _ in range(rounds):
        start = time.perf_counter()
        for story in stories:
            work(story)
        rates.append(len(stories) / (time.perf_counter() - start))
    characters = sum(len(story.headline) + len(story.text) for story in stories) / len(stories)
    report("articles", step=step, stories=len(stories), characters=round(characters), stories_a_second=spread(rates))


def normaliser(name: str) -> Callable[[Article], object]:
    return lambda story: normalise(story.headline, [name], "en")


def reader(reading: Reading, gazetteer: Gazetteer) -> Callable[[Article], object]:
    return lambda story: to_query(story, reading, gazetteer=gazetteer)


def steps(english: Sequence[Article], foreign: Sequence[Article]) -> None:
    tags = [name.text.title() for story in english for name in names_of_tags(story.tags)]
    start = time.perf_counter()
    gazetteer = Gazetteer.of(people=tags)
    report("articles", step="make a gazetteer", names=gazetteer.size, seconds=round(time.perf_counter() - start, 3))
    rate("repair", lambda story: repair(story.headline), english)
    rate("tags", lambda story: names_of_tags(story.tags), english)
    rate("gazetteer", lambda story: gazetteer.find(story.headline), english)
    rate("capitalised", lambda story: capitalised_names(story.headline, story.text, "nl"), foreign)
    rate("dates", lambda story: event_dates(story, "de"), foreign)
    rate("sentences, pysbd", lambda story: divide_by_language("de")(story.text), foreign)
    rate("sentences, own rules", lambda story: sentences(story.text), foreign)
    for name in NORMALISERS:
        rate(f"normalise: {name}", normaliser(name), english)
    clip = ClipTokens()
    queries = {id(story): to_query(story, replace(DEFAULT, language="de")) for story in foreign}
    rate("fit whole sentences into 77 tokens", lambda story: fit_query(queries[id(story)], clip), foreign)
    for name, reading in readings().items():
        if not reading.texts.paraphrases:
            rate(f"reading {name}, headlines", reader(reading, gazetteer), english)
    rate("reading default, with text and language", lambda story: to_query(story, encoder=clip), foreign, rounds=3)


def weighted(weight: float) -> Reading:
    return replace(
        DEFAULT, names=replace(DEFAULT.names, person=weight, place=weight, organisation=weight, other=weight)
    )


def names(pairs: list[tuple[Article, str]], data: Path) -> None:
    """MRR@100 of each story's own photo by words, for each weight of the tags."""
    random.Random(3).shuffle(pairs)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        open_archive(Path(folder) / "archive").add(data / "newsimages25")
        store = Store.open(Path(folder) / "archive")
        known = {row["id"]: row["name"] for batch in store.rows(["id", "name"]) for row in batch.to_pylist()}
        for part, chosen in (("chosen on", pairs[:CHOSEN_ON]), ("measured on", pairs[CHOSEN_ON:])):
            for weight in WEIGHTS:
                found = np.array([_rank(store, known, story, name, weighted(weight)) for story, name in chosen])
                figures = {f"R@{depth}": round(float((found <= depth).mean()), 4) for depth in (1, 10, 100)}
                mrr = round(float((1 / found).mean()), 4)
                report(
                    "articles",
                    step="names",
                    part=part,
                    stories=len(chosen),
                    weight=weight,
                    **{"MRR@100": mrr},
                    **figures,
                )


def _rank(store: Store, known: dict[str, str], story: Article, name: str, reading: Reading) -> float:
    query = to_query(story, reading)
    ranked = [known[photo] for photo in in_order(search_words(store, query.words, None, DEPTH, query.names))]
    return ranked.index(name) + 1 if name in ranked else np.inf


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=SHARED / "data")
    parser.add_argument("--stories", type=int, default=500)
    parser.add_argument("--names", action="store_true")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    pairs = headlines(options.data)
    steps([story for story, _ in pairs[: options.stories]], german(options.data, options.stories))
    if options.names:
        names(pairs, options.data)
    for other in OTHERS if options.all else ():
        subprocess.run([sys.executable, "-m", f"benchmarks.{other}"], check=True)


if __name__ == "__main__":
    main()
