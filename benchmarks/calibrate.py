"""Can the probabilities be believed? A calibration fitted on half of a NewsImages set, measured on the other half.

    python -m benchmarks.calibrate [DATA] [--archive FOLDER] [--splits N]

Without an archive one is made of the set's photos, with what their file names say and no encoder. Of each split: Brier
score and expected calibration error over the first ten pictures of each answer, the same over the best picture alone,
and how many of the best pictures were the newsroom's, of all answers and of those that the accepted risk lets pass.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.machine import report, spread
from picdesk import Article, open_archive, read_articles, read_truth
from picdesk.archive.store import Store
from picdesk.encoders import load_encoder
from picdesk.search.confidence.calibrate import fit_calibration
from picdesk.search.confidence.labels import TruthLabels
from picdesk.search.confidence.of_archive import examples_of
from picdesk.search.confidence.reliability import brier_score, expected_calibration_error, reliability

if TYPE_CHECKING:
    from picdesk.search.confidence.choose import Examples

SHARED = Path(__file__).resolve().parents[1] / "../shared"


def gathered(folder: Path, table: Path) -> tuple[Examples, Any, float]:
    """The examples of an archive, how was searched, and seconds an article."""
    archive, store = open_archive(folder), Store.open(folder)
    stories = [article for article in read_articles(table) if isinstance(article, Article)]
    queries = [(article.id, archive.to_query(article)) for article in stories]
    encoders = [load_encoder(entry.location) for entry in store.encoders()]
    began = time.perf_counter()
    examples, by = examples_of(store, queries, encoders, TruthLabels(read_truth(table)))
    return examples, by, (time.perf_counter() - began) / len(queries)


def split_figures(examples: Examples, by: Any, seed: int) -> dict[str, Any]:
    """What one random half says of the other."""
    chance = np.random.default_rng(seed)
    fold = chance.permutation(int(examples.articles.max()) + 1)[examples.articles] % 2 == 0
    seen, unseen = examples.of(fold), examples.of(~fold)
    began = time.perf_counter()
    made = fit_calibration(seen, by, "truth", chance)
    seconds = time.perf_counter() - began
    said = made.probabilities(unseen.features)
    best, labels = said[unseen.best], unseen.labels[unseen.best]
    passed = best >= 1 - made.risk
    constant = np.full(len(said), seen.labels.mean())
    return {
        "model": made.model.kind,
        "brier": brier_score(said, unseen.labels),
        "brier_constant": brier_score(constant, unseen.labels),
        "calibration_error": expected_calibration_error(reliability(said, unseen.labels)),
        "brier_best": brier_score(best, labels),
        "calibration_error_best": expected_calibration_error(reliability(best, labels)),
        "right": float(labels.mean()),
        "answers_passed": float(passed.mean()),
        "right_of_passed": float(labels[passed].mean()),
        "right_of_others": float(labels[~passed].mean()),
        "fit_seconds": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=SHARED / "data/newsimages25")
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--splits", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.archive or Path(scratch) / "archive"
        if asked.archive is None:
            open_archive(folder).add(asked.data)
        examples, by, seconds = gathered(folder, asked.data / "newsarticles.csv")
    rows = [split_figures(examples, by, seed) for seed in range(asked.splits)]
    figures = {name: spread([row[name] for row in rows]) for name in rows[0] if name != "model"}
    report(
        "calibrate",
        articles=len(np.unique(examples.articles)),
        hits=len(examples.labels),
        signals=list(by.signals),
        fusion=by.fusion,
        models=[row["model"] for row in rows],
        **figures,
        milliseconds_an_article=round(1000 * seconds, 2),
    )


if __name__ == "__main__":
    main()
