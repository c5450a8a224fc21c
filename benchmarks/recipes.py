"""All recipes' stand-ins on the same pairs: one JSON line a run, and whose is the best.

    python -m benchmarks.recipes [NAME...] [--data DIR] [--models DIR] [--cache DIR] [--small]

These are figures of what stands in for a paper's data and models; they are no paper's, and are set beside none.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.machine import report
from picdesk.recipes.read import load_recipe, recipe_names
from picdesk.recipes.run import SMALL, plan, reproduce

SHARED = Path(__file__).resolve().parents[1] / "../shared"
MEASURES = ("MRR@100", "R@1", "R@10", "R@100")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(recipe_names()))
    parser.add_argument("--data", type=Path, default=SHARED / "data")
    parser.add_argument("--models", type=Path, default=SHARED / "models")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    best: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.names:
            began = time.perf_counter()
            chosen = plan(
                load_recipe(name, stand_in=True),
                options.cache or Path(scratch) / "stages",
                data=options.data,
                models=options.models,
                small=SMALL if options.small else 0,
            )
            done = reproduce(chosen, Path(scratch) / "out")
            for one in done.measured:
                if one.side != "test" or not one.measures:
                    continue
                figures = {
                    measure: {
                        "value": round(one.measures[measure] or 0.0, 4),
                        "interval": [round(end or 0.0, 4) for end in one.intervals[measure]],
                    }
                    for measure in MEASURES
                    if measure in one.measures
                }
                report(
                    "recipes", stand_in=True, recipe=name, run=one.run, set=one.set, articles=one.articles, **figures
                )
                if "MRR@100" in figures:
                    best[name] = max(best.get(name, 0.0), one.measures["MRR@100"] or 0.0)
            report(
                "recipes-time",
                stand_in=True,
                recipe=name,
                stages=done.stages,
                stage_seconds=round(done.seconds, 1),
                wall_s=round(time.perf_counter() - began, 1),
            )
    if best:
        ranking = sorted(best, key=lambda name: -best[name])
        report("recipes-best", stand_in=True, best={name: round(best[name], 4) for name in ranking}, first=ranking[0])


if __name__ == "__main__":
    main()
