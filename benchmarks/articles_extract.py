"""How fast pages are read: news pages of a realistic size, one core.

    python -m benchmarks.articles_extract [--pages 60] [--repeats 3]

Prints a line for the extraction itself (in this process) and one for the way users take, through the process that can
be stopped, with what its start costs. Pages are generated: 60 to 120 kB with navigation, scripts, styles, JSON-LD, a
story of 12 to 40 paragraphs, teasers and comments; every text found is compared with the one that was written.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.machine import peak_memory, report, spread

GOAL = 40
WORDS = [
    "the",
    "a",
    "of",
    "in",
    "to",
    "and",
    "police",
    "fire",
    "harbour",
    "city",
    "council",
    "people",
    "street",
    "night",
]


def page(rng: random.Random) -> tuple[bytes, str]:
    """A page and its story's text."""

    def words(least: int, most: int) -> str:
        return " ".join(rng.choice(WORDS) for _ in range(rng.randint(least, most)))

    def sentence() -> str:
        return f"{words(8, 24).capitalize()}."

    story = [" ".join(sentence() for _ in range(rng.randint(2, 5))) for _ in range(rng.randint(12, 40))]
    title = words(6, 12).capitalize()
    menu = "".join(f'<li class="nav-item"><a href="/{n}">{words(1, 3)}</a></li>' for n in range(60))
    teasers = "".join(
        f'<div class="teaser"><a href="/t/{n}"><img src="/i/{n}.jpg" alt=""><h3>{words(5, 10)}</h3></a></div>'
        for n in range(80)
    )
    comments = "".join(f'<div class="comment"><b>{words(1, 2)}</b><p>{sentence()}</p></div>' for _ in range(40))
    told = {"@type": "NewsArticle", "headline": title, "datePublished": "2024-03-05T07:12:00+01:00"}
    body = "".join(
        f'<p class="story__text" data-n="{n}">{text}</p>'
        + (f'<aside class="related"><a href="/r/{n}">{words(4, 9)}</a></aside>' if n % 6 == 5 else "")
        for n, text in enumerate(story)
    )
    script = f"<script>window.data={{{','.join(f'k{n}:{rng.random()}' for n in range(900))}}}</script>"
    style = f"<style>{''.join(f'.c{n}{{margin:{n}px;color:#{n:06x}}}' for n in range(500))}</style>"
    html = (
        f"<!DOCTYPE html><html lang=en><head><title>{title} | The Harbour Post</title>{style}{script}"
        f'<script type="application/ld+json">{json.dumps(told)}</script>'
        f'<meta property="og:title" content="{title}"></head><body><nav><ul>{menu}</ul></nav>'
        f'<main><article><h1>{title}</h1>{body}</article></main><section class="more">{teasers}</section>'
        f'<section id="comments">{comments}</section><footer><ul>{menu}</ul></footer></body></html>'
    )
    return html.encode(), "\n\n".join(story)


def measure(
    read: Callable[[bytes], Any], clock: Callable[[], float], pages: list[tuple[bytes, str]], repeats: int
) -> tuple[list[float], int]:
    """Pages a second of each repeat, and how many texts were not the one written."""
    rates, wrong = [], 0
    for _ in range(repeats):
        start = clock()
        found = [read(data).text for data, _ in pages]
        rates.append(len(pages) / (clock() - start))
        wrong = sum(text != story for text, (_, story) in zip(found, pages, strict=True))
    return rates, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    rng = random.Random(7)  # noqa: S311
    pages = [page(rng) for _ in range(options.pages)]
    sizes = {
        "pages": len(pages),
        "median_kilobytes": round(statistics.median(len(data) for data, _ in pages) / 1000, 1),
    }

    from picdesk.articles import article_from_html
    from picdesk.articles.extract import extract

    start = time.perf_counter()
    article_from_html(pages[0][0])
    first = time.perf_counter() - start
    ways: tuple[tuple[str, Callable[[bytes], Any], Callable[[], float]], ...] = (
        ("in this process, by processor time", extract, time.process_time),
        ("in a process that can be stopped, by the clock", article_from_html, time.perf_counter),
    )
    for name, read, clock in ways:
        read(pages[0][0])
        rates, wrong = measure(read, clock, pages, options.repeats)
        report(
            "articles_extract",
            how=name,
            **sizes,
            pages_a_second=spread(rates),
            goal=GOAL,
            texts_not_as_written=wrong,
            first_page_seconds=round(first, 3),
            peak_memory_mb=round(peak_memory(), 1),
        )


if __name__ == "__main__":
    main()
