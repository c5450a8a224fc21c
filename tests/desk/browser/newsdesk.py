"""What a picture editor meets: restrictions, old photos, AI, other people, copies, hostile words."""

from __future__ import annotations

import json
from pathlib import Path

from picdesk.api import Archive, open_archive
from picdesk.articles import read_articles
from picdesk.newsimages.truth import read_truth
from picdesk.records import Article
from tests.drawn.scenes import draw_scene, jpeg_bytes
from tests.search.newsroom import open_newsroom

COUNT = 110
HOSTILE = """<script>document.title='owned'</script><img src=x onerror="document.title='owned'">"""
STORY = """Storm floods the harbour city of Lima

Waves of a storm broke over the harbour of Lima on Wednesday, officials said. Ana Torres, the mayor, asked people
to stay in their homes.

The storm came on 17 July 2023 and moved on to the north at night. The harbour is closed until further notice."""
STORY_PAGE = f"""<html><head><meta property="article:published_time" content="2023-07-18T08:00:00Z">
<title>Storm</title></head><body><article><h1>{STORY.splitlines()[0]}</h1>
{"".join(f"<p>{part}</p>" for part in STORY.split(chr(10) * 2)[1:])}
<p>Ana Torres spoke of the worst storm that the city has seen.</p></article></body></html>"""
SHAPES = ((320, 240), (360, 200), (240, 320), (300, 300), (480, 160))


def fill_newsdesk(folder: Path) -> Archive:
    """Write photos, fill an archive with them, and open it; words alone find them, so that it is quick."""
    photos = folder / "photos"
    photos.mkdir(parents=True)
    rows = [_row(photos, number) for number in range(COUNT)]
    rows += [_hostile(photos), *_copies(photos)]
    (photos / "list.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    archive = open_archive(folder / "archive")
    archive.add(photos / "list.jsonl")
    return archive


def fill_calibrated(folder: Path) -> Archive:
    """An archive that knows how sure it is: calibrated on articles whose photo is known."""
    room = open_newsroom(folder / "room")
    archive = open_archive(folder / "archive")
    archive.add(room.photos)
    articles = [article for article in read_articles(room.articles) if isinstance(article, Article)]
    archive.calibrate(articles, truth=read_truth(room.articles))
    return archive


def _row(photos: Path, number: int) -> dict[str, object]:
    (photos / f"{number}.jpg").write_bytes(jpeg_bytes(draw_scene(number, SHAPES[number % 5])))
    row: dict[str, object] = {
        "file": f"{number}.jpg",
        "id": f"n{number:03d}",
        "caption": f"The city of {('Lima', 'Oslo')[number % 2]}, {('harbour', 'storm', 'people')[number % 3]} {number}",
        "credit": ("Reuters", "AP", "dpa")[number % 3],
        "place": ("Lima", "Oslo")[number % 2],
        "taken": f"20{10 + number % 14}-05-17",
    }
    if number % 4 == 0:
        row["rights"] = "Editorial use only"
    if number % 7 == 0:
        row["digital_source_type"] = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    if number % 6 == 0:
        row["people"] = ["Per Olsen" if number else "Ana Torres"]
    return row


def _hostile(photos: Path) -> dict[str, object]:
    (photos / "h.jpg").write_bytes(jpeg_bytes(draw_scene(900)))
    fields = ("caption", "headline", "credit", "rights", "place")
    said: dict[str, object] = dict.fromkeys(fields, f"zebra {HOSTILE}")
    lists: dict[str, object] = {"keywords": [HOSTILE], "people": [HOSTILE]}
    return {"file": "h.jpg", "id": f"hostile {HOSTILE}"} | lists | said


def _copies(photos: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for quality in (92, 85, 75):
        (photos / f"same{quality}.jpg").write_bytes(jpeg_bytes(draw_scene(901), quality=quality))
        rows.append({"file": f"same{quality}.jpg", "id": f"same{quality}", "caption": "Lighthouse at the cape"})
    return rows
