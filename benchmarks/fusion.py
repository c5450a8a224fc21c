"""The ablation table: every signal alone, every fusion with default and with cross-validated weights.

    python -m benchmarks.fusion ENCODER [DATA] [--articles FILE] [--folds N]

DATA is a NewsImages folder. Its photos are put into an archive with ENCODER, and its articles (or those of FILE, such
as the list of held-back pairs that `picdesk train spaces` writes) are ranked against all of them. One line a row: mean
MRR@100, 95 % interval, gain over the best signal alone, and p-value (randomisation test, Holm).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.machine import report
from picdesk import open_archive
from picdesk.articles import UnreadArticle, read_articles
from picdesk.newsimages.truth import read_truth

SHARED = Path(__file__).resolve().parents[1] / "../shared"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder")
    parser.add_argument("data", nargs="?", type=Path, default=SHARED / "data/newsimages25")
    parser.add_argument("--articles", type=Path, help="articles to measure on; default: all of DATA")
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    table = options.articles or options.data / "newsarticles.csv"
    articles = [each for each in read_articles(str(table)) if not isinstance(each, UnreadArticle)]
    with tempfile.TemporaryDirectory() as folder:
        archive = open_archive(Path(folder) / "archive", encoder=options.encoder)
        archive.add(options.data)
        start = time.perf_counter()
        tuned, _ = archive.tune(articles, read_truth(table), folds=options.folds)
        seconds = time.perf_counter() - start
        photos = len(archive)
    for row in tuned.rows:
        figures = {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(row).items()}
        report("fusion", articles=tuned.articles, photos=photos, chosen=tuned.chosen, **figures)
    report("fusion-time", articles=tuned.articles, photos=photos, seconds=round(seconds, 1))


if __name__ == "__main__":
    main()
