"""Does a bank of past queries help a single one? Asked on a NewsImages set, with the first articles as the past.

    python -m benchmarks.bank ENCODER [DATA] [--first N] [--all]

The photos of the articles after the first N by id are put into an archive, and these articles are searched one by one,
without the bank and beside the first N: MRR@100 of the encoder alone and of all signals joined, its 95 % interval, the
gain and the p-value of a paired randomisation test, and the median of the searches' milliseconds. Give an encoder that
has not learned from these articles, such as one that `picdesk train spaces` made of the first N. With --all the photos
of the first N are in the archive too.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.machine import report
from benchmarks.train_spaces import write_part
from picdesk import Archive, Article, open_archive
from picdesk.evaluate.significance import ROUNDS, randomisation_test, resampled_means

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARED = Path(__file__).resolve().parents[1] / "../shared"
DEPTH = 100


def reciprocal_ranks(
    archive: Archive, rows: list[dict[str, str]], *, bank: bool, weights: dict[str, float]
) -> tuple[NDArray[np.float64], float]:
    """1 / rank of each article's photo, 0 past ``DEPTH``; and the median milliseconds of a search."""
    found, seconds = [], []
    for row in rows:
        start = time.perf_counter()
        article = Article(headline=row["article_title"], id=row["article_id"])
        answer = archive.search(article, k=DEPTH, bank=bank, weights=weights, duplicates=True)
        seconds.append(time.perf_counter() - start)
        ranks = [hit.rank for hit in answer if hit.photo.name == row["image_id"]]
        found.append(1 / ranks[0] if ranks else 0.0)
    return np.array(found), 1000 * float(np.median(seconds))


def figures(plain: NDArray[np.float64], banked: NDArray[np.float64]) -> dict[str, Any]:
    chance = np.random.default_rng(7)
    values = np.stack([plain, banked, banked - plain], axis=1)
    low, high = np.percentile(resampled_means(values, rng=chance), [2.5, 97.5], axis=0)
    test = randomisation_test(values[:, 2:], rng=chance, rounds=ROUNDS)
    means = values.mean(axis=0)
    said = {
        name: {"mean": round(float(means[at]), 4), "low": round(float(low[at]), 4), "high": round(float(high[at]), 4)}
        for at, name in enumerate(("plain", "bank", "gain"))
    }
    return said | {"p": round(float(test.p[0]), 5)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder")
    parser.add_argument("data", nargs="?", type=Path, default=SHARED / "data/newsimages25")
    parser.add_argument("--first", type=int, default=3500)
    parser.add_argument("--all", action="store_true", help="put the photos of the past articles in as well")
    asked = parser.parse_args()
    with (asked.data / "newsarticles.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["article_id"]))
    past, rest = rows[: asked.first], rows[asked.first :]
    with tempfile.TemporaryDirectory() as scratch:
        archive = open_archive(Path(scratch) / "archive", encoder=asked.encoder)
        archive.add(write_part(Path(scratch) / "photos", rows if asked.all else rest, asked.data))
        stories = [Article(headline=row["article_title"], id=row["article_id"]) for row in past]
        archive.rank(stories, depth=1, words=False, keep_bank=True)
        for said, weights in (("encoder alone", {"words": 0.0, "meaning": 0.0}), ("all signals", {})):
            plain, before = reciprocal_ranks(archive, rest, bank=False, weights=weights)
            banked, after = reciprocal_ranks(archive, rest, bank=True, weights=weights)
            report(
                "bank",
                signals=said,
                articles=len(rest),
                photos=len(archive),
                past_queries=len(past),
                measure=f"MRR@{DEPTH}",
                **figures(plain, banked),
                milliseconds={"plain": round(before, 1), "bank": round(after, 1)},
            )


if __name__ == "__main__":
    main()
