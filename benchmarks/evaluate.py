"""How long `picdesk evaluate` takes, from the shell's view: Python's start, reading, measuring, intervals, printing.

    python -m benchmarks.evaluate [--articles 8500] [--depth 100] [--repeat 5]

The run is made up: 8,500 articles with 100 photos each, six measures. Beside it ir_measures does the same job (without
intervals) in a process of its own. Seconds are of the clock; ``processor_seconds`` are what the process used, which
other work on the machine moves less. The figures of both are compared, and differ by rounding alone.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import report, spread
from picdesk.newsimages.runs import make_run, write_run

FORMATS = ("trec", "csv", "newsimages2023")
PICDESK = "from picdesk.cli import main; main()"
IR_MEASURES = """
import json, sys
import ir_measures
from ir_measures import R, RR
measures = [RR@100, R@1, R@5, R@10, R@50, R@100]
qrels = ir_measures.read_trec_qrels(sys.argv[2])
told = ir_measures.calc_aggregate(measures, qrels, ir_measures.read_trec_run(sys.argv[1]))
print(json.dumps({str(measure).replace("RR", "MRR"): value for measure, value in told.items()}))
"""


def make_files(folder: Path, articles: int, depth: int) -> None:
    """A truth twice (list and qrels) and one run in three formats; 60 % of the articles find their photo."""
    generator = np.random.default_rng(0)
    names = [f"{number:032X}" for number in range(articles)]
    addresses = {str(article): f"https://example.com/story/{article}" for article in range(articles)}
    rankings = {}
    for article in range(articles):
        photos = generator.choice(articles, depth, replace=False)
        if generator.random() < 0.6 and article not in photos:
            photos[min(int(generator.exponential(8)), depth - 1)] = article
        scores = np.sort(generator.random(depth))[::-1].round(9)
        rankings[str(article)] = [(names[photo], float(score)) for photo, score in zip(photos, scores, strict=True)]
    run = make_run("run", rankings)
    for name in FORMATS:
        write_run(run, folder / f"run.{name}", name, addresses=addresses)
    few = make_run("few", dict(list(rankings.items())[:20]))
    write_run(few, folder / "few.trec")
    rows = [f"{article},{addresses[str(article)]},{names[article]}" for article in range(articles)]
    (folder / "newsarticles.csv").write_text("\n".join(["article_id,article_url,image_id", *rows]) + "\n")
    (folder / "qrels").write_text("".join(f"{article} 0 {names[article]} 1\n" for article in range(articles)))


def run_once(code: str, *arguments: str, folder: Path) -> tuple[dict[str, Any], float, float, float]:
    """What a process printed, its seconds, its processor seconds, and its peak memory in MB."""
    scale = 1 if sys.platform == "darwin" else 1024
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=folder, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, arguments
        out.seek(0)
        said = json.loads(out.read() or b"{}")
    return said, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * scale / 1e6


def measure(repeat: int, code: str, *arguments: str, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the process printed, and the spread of its cost; one unmeasured run goes before."""
    run_once(code, *arguments, folder=folder)
    runs = [run_once(code, *arguments, folder=folder) for _ in range(repeat)]
    return runs[0][0], {
        "seconds": spread([seconds for _, seconds, _, _ in runs]),
        "processor_seconds": spread([used for _, _, used, _ in runs]),
        "peak_megabytes": round(max(peak for *_, peak in runs), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=8500)
    parser.add_argument("--depth", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=5)
    asked = parser.parse_args()
    size = {"articles": asked.articles, "depth": asked.depth}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a process of its own: a child's peak memory counts from what its parent holds when it starts.
        maker = multiprocessing.get_context("spawn").Process(target=make_files, args=(folder, *size.values()))
        maker.start()
        maker.join()
        _, cost = measure(asked.repeat, "import numpy, typer, rich.table", folder=folder)
        report("evaluate", what="python, numpy, typer and rich alone", **cost)
        tail = ["--truth", "newsarticles.csv", "--json"]
        _, cost = measure(asked.repeat, PICDESK, "evaluate", "few.trec", *tail, folder=folder)
        report("evaluate", what="picdesk, 20 articles (cold start)", depth=asked.depth, **cost)
        ours: dict[str, float] = {}
        for run_format in FORMATS:
            told, cost = measure(asked.repeat, PICDESK, "evaluate", f"run.{run_format}", *tail, folder=folder)
            ours = told["runs"][0]["measures"]
            report("evaluate", what="picdesk", format=run_format, **size, **cost)
        theirs, cost = measure(asked.repeat, IR_MEASURES, "run.trec", "qrels", folder=folder)
        apart = max(abs(ours[name] - value) for name, value in theirs.items())
        report("evaluate", what="ir_measures, without intervals", **size, **cost, largest_difference=apart)


if __name__ == "__main__":
    main()
