"""How far the words of file names alone carry: each headline of a NewsImages set against all of its photos.

    python -m benchmarks.words [DATA]

Prints MRR@100 and recall at 1, 10 and 100; an article whose photo is not among the first 100 counts 0.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import report
from picdesk import open_archive
from picdesk.archive.store import Store
from picdesk.articles import article_from_text, to_query
from picdesk.search.fusion import in_order
from picdesk.search.words import search_words

SHARED = Path(__file__).resolve().parents[1] / "../shared"
DEPTH = 100


def ranks(store: Store, pairs: list[tuple[str, str]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Rank of each headline's own photo, infinite past ``DEPTH``."""
    names = {row["id"]: row["name"] for batch in store.rows(["id", "name"]) for row in batch.to_pylist()}
    found = []
    for headline, name in pairs:
        query = to_query(article_from_text(headline))
        ranked = [names[photo] for photo in in_order(search_words(store, query.words, None, DEPTH))]
        found.append(ranked.index(name) + 1 if name in ranked else np.inf)
    return np.array(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=SHARED / "data/newsimages25")
    data = parser.parse_args().data
    with (data / "newsarticles.csv").open(encoding="utf-8-sig", newline="") as lines:
        pairs = [(row["article_title"], row["image_id"]) for row in csv.DictReader(lines)]
    with tempfile.TemporaryDirectory() as folder:
        open_archive(Path(folder) / "archive").add(data)
        store = Store.open(Path(folder) / "archive")
        start = time.perf_counter()
        found = ranks(store, pairs)
        seconds = time.perf_counter() - start
    figures = {f"R@{depth}": round(float((found <= depth).mean()), 4) for depth in (1, 10, 100)}
    mrr = round(float((1 / found).mean()), 4)
    report(
        "words",
        articles=len(pairs),
        **{"MRR@100": mrr, **figures},
        milliseconds_a_query=round(1000 * seconds / len(pairs), 2),
    )


if __name__ == "__main__":
    main()
