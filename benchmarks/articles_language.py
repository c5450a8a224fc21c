"""How fast the language of an article is found, how often rightly, and what memory that takes.

    python -m benchmarks.articles_language [DATA]

DATA is the German NewsImages of 2021: every fifteenth of its items, headline and text. Each line comes from a process
of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.machine import peak_memory, report
from picdesk.articles.language import detect_language
from picdesk.records import Article

SHARED = Path(__file__).resolve().parents[1] / "../shared"
SETTINGS = ("nothing", "news, low memory", "news", "news, short texts", "news, short texts, low memory")


def items(data: Path) -> list[tuple[str, str]]:
    """Headline and text of every fifteenth item."""
    found = []
    for path in sorted(data.glob("content2019-0[123].tsv")):
        lines = path.read_text(encoding="utf-8-sig").split("\n")
        columns = lines[0].rstrip("\r").split("\t")
        rows = [dict(zip(columns, line.split("\t"), strict=False)) for line in lines[1:] if line.strip()]
        found += [(row["title"], row["text"]) for row in rows]
    return found[::15]


def measure(data: Path, setting: str) -> None:
    pairs = items(data)
    if setting == "nothing":
        report("articles_language", setting=setting, peak_memory_mb=round(peak_memory()))
        return
    short = "short" in setting
    articles = [
        Article(headline=title[:30] if short else title, lead=text[:60] if short else text) for title, text in pairs
    ]
    low = setting.endswith("low memory")
    start = time.perf_counter()
    detect_language(articles[0], low_memory=low)
    first = time.perf_counter() - start
    start = time.perf_counter()
    found = [detect_language(article, low_memory=low).code for article in articles]
    seconds = time.perf_counter() - start
    report(
        "articles_language",
        setting=setting,
        articles=len(articles),
        german=round(sum(code == "de" for code in found) / len(found), 4),
        wrong=round(sum(code not in ("de", None) for code in found) / len(found), 4),
        articles_per_second=round(len(found) / seconds),
        seconds_to_the_first=round(first, 2),
        peak_memory_mb=round(peak_memory()),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=SHARED / "data/newsimages21")
    parser.add_argument("--setting", choices=SETTINGS)
    arguments = parser.parse_args()
    if arguments.setting:
        measure(arguments.data, arguments.setting)
        return
    for setting in SETTINGS:
        command = [sys.executable, "-m", "benchmarks.articles_language", str(arguments.data), "--setting", setting]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
