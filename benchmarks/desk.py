"""A desk of 100,000 made-up photos that 50 people use at once for a minute, on loopback.

    python -m benchmarks.desk [--photos N] [--users N] [--seconds N] [--think LOW HIGH] [--pictures]

The desk runs as `picdesk serve` in a process of its own, with CLIP ViT-B/32 (random weights of the right shape) as the
encoder of texts and the archive's own model for the meaning of captions; photos have captions of 12 made-up words,
credits, places and dates. Each user searches, thinks for ``LOW`` to ``HIGH`` seconds, and searches again: in 6 of 10
cases for another story (a headline and a lead in English frames, each word drawn), in 2 with another filter or slider,
in 2 for the next page. The clients run on the same cores. ``--pictures`` has them load the page's thumbnails too, six
at a time, as a browser does that has none of them yet; the desk has made them before.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.clip_b32 import build_model, write_folder
from benchmarks.machine import report
from benchmarks.search import fill, words
from picdesk.archive.schema import StoredEncoder
from picdesk.encoders import load_encoder

FRAMES = (
    "Police in {} say {} was found after the {} near {}",
    "Mayor of {} calls for new {} as {} workers strike",
    "How the {} of {} changed the lives of {} and {}",
    "Thousands march in {} against plans for {} and {}",
)
LEAD = (
    "The {} was seen by people in {} on Tuesday evening, officials said. Nobody was hurt, but the {} will stay closed "
    "until the {} has been looked at by experts from {}."
)
PAGE = 30


@dataclass
class Seen:
    """What one user measured."""

    milliseconds: list[float] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    pictures: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Connection:
    """One kept connection, without a library in between that would take the server's time."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        if self.writer is None or self.reader is None or self.writer.is_closing() or self.reader.at_eof():
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        self.writer.write(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{kind}\r\n".encode() + body)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0]) if "content-length: " in head else 0
        return int(head.split()[1]), await self.reader.readexactly(length) if length else b""


class User:
    """Somebody who looks for pictures."""

    def __init__(
        self, port: int, number: int, vocabulary: list[str], think: tuple[float, float], pictures: bool
    ) -> None:
        self.connection = Connection(port)
        self.chance = random.Random(number)  # noqa: S311 - a benchmark
        self.vocabulary, self.think, self.pictures = vocabulary, think, pictures
        self.seen = Seen()
        self.question: dict[str, Any] = {}
        self.next: str | None = None

    def drawn(self, frame: str) -> str:
        return frame.format(*(self.chance.choice(self.vocabulary) for _ in range(frame.count("{}"))))

    def step(self) -> tuple[str, dict[str, Any]]:
        """What is done next."""
        draw = self.chance.random()
        if self.question and self.next and draw < 0.2:
            return "page", self.question | {"cursor": self.next}
        if self.question and draw < 0.4:
            if self.chance.random() < 0.5:
                self.question = self.question | {"filters": {"after": f"20{self.chance.randint(18, 25)}-01-01"}}
                return "filter", self.question
            self.question = self.question | {"picture_weight": round(self.chance.random(), 2)}
            return "slider", self.question
        headline = self.drawn(self.chance.choice(FRAMES))
        self.question = {"headline": headline, "lead": self.drawn(LEAD), "count": PAGE}
        return "story", self.question

    async def work(self, end: float) -> None:
        await asyncio.sleep(self.chance.uniform(0, self.think[1]))
        while time.perf_counter() < end:
            kind, question = self.step()
            start = time.perf_counter()
            status, body = await self.connection.ask("POST", "/api/v1/search", json.dumps(question).encode())
            self.seen.milliseconds.append(1000 * (time.perf_counter() - start))
            self.seen.kinds.append(kind)
            if status != 200:
                self.seen.errors.append(f"{status} {body[:300]!r}")
                self.next = None
            else:
                answer = json.loads(body)
                self.next = answer["next"]
                if not answer["hits"] or (kind == "story" and "meaning" not in answer["weights"]):
                    self.seen.errors.append(f"not everything was on: {answer['weights']} {answer['notes']}")
                if self.pictures:
                    await self.look([hit["thumbnail"] for hit in answer["hits"]])
            await asyncio.sleep(self.chance.uniform(*self.think))

    async def look(self, addresses: list[str]) -> None:
        """Load the page's pictures, six at a time as browsers do."""
        waiting = list(addresses)

        async def lane() -> None:
            connection = Connection(self.connection.port)
            while waiting:
                start = time.perf_counter()
                status, _ = await connection.ask("GET", waiting.pop())
                self.seen.pictures.append(1000 * (time.perf_counter() - start))
                if status != 200:
                    self.seen.errors.append(f"picture {status}")
            if connection.writer:
                connection.writer.close()

        await asyncio.gather(*(lane() for _ in range(6)))


async def watch(process: psutil.Process, end: float) -> list[float]:
    """The server's memory in MB, every five seconds."""
    taken = []
    while time.perf_counter() < end:
        taken.append(process.memory_info().rss / 1e6)
        await asyncio.sleep(5)
    return taken


async def load(
    port: int, options: argparse.Namespace, vocabulary: list[str], process: psutil.Process
) -> dict[str, Any]:
    people = [User(port, number, vocabulary, tuple(options.think), options.pictures) for number in range(options.users)]
    before = sum(process.cpu_times()[:2])
    start = time.perf_counter()
    end = start + options.seconds
    watching = asyncio.create_task(watch(process, end))
    await asyncio.gather(*(person.work(end) for person in people))
    memory = await watching
    seconds = time.perf_counter() - start
    times = np.array([each for person in people for each in person.seen.milliseconds])
    kinds = np.array([each for person in people for each in person.seen.kinds])
    pictures = np.array([each for person in people for each in person.seen.pictures])
    errors = [each for person in people for each in person.seen.errors]
    for each in errors[:5]:
        print(each, file=sys.stderr)

    def figures(given: np.ndarray[Any, Any]) -> dict[str, float]:
        parts = {"median": 50, "p95": 95, "p99": 99, "largest": 100}
        return {name: round(float(np.percentile(given, part)), 1) for name, part in parts.items()}

    return {
        "searches": len(times),
        "searches_per_second": round(len(times) / seconds, 1),
        "milliseconds": figures(times),
        "milliseconds_by_kind": {kind: figures(times[kinds == kind]) for kind in sorted(set(kinds.tolist()))},
        "errors": len(errors),
        "pictures": {"loaded": len(pictures), **(figures(pictures) if len(pictures) else {})},
        "server_cpu_seconds_per_second": round((sum(process.cpu_times()[:2]) - before) / seconds, 2),
        "memory_mb": {"first": round(memory[0]), "most": round(max(memory)), "last": round(memory[-1])},
    }


def serve(archive: Path, folder: Path, cache: Path | None) -> tuple[subprocess.Popen[str], int]:
    """Start the desk; its process and port."""
    code = "from picdesk.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", str(archive), "--port", "0", "--json", "-q"]
    own = {**os.environ, **({"PICDESK_CACHE": str(cache)} if cache else {})}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder, env=own)
    said = ""
    if process.stdout is None:
        raise SystemExit("the desk says nothing")
    while not said.rstrip().endswith("}"):
        line = process.stdout.readline()
        if not line:
            raise SystemExit("the desk did not open")
        said += line
    return process, int(json.loads(said)["address"].rsplit(":", 1)[1])


def build(folder: Path, photos: int) -> Path:
    """An archive of made-up photos; kept where the folder is kept."""
    archive = folder / f"archive-{photos}"
    if not (folder / "clip-b32").exists():
        write_folder(build_model(), folder / "clip-b32")
    encoder = load_encoder(folder / "clip-b32")
    if not archive.exists():
        fill(archive, photos, np.random.default_rng(0), StoredEncoder.of(encoder))
    return archive


def thumbnails(folder: Path, photos: int) -> Path:
    """A cache in which every photo has a thumbnail that was made before: 200 drawn ones, under many names."""
    from tests.drawn.scenes import draw_scene, jpeg_bytes

    from picdesk.desk.thumbnails import Thumbnails, small_webp

    cache = folder / "cache"
    kept = cache / "thumbnails"
    if not kept.exists():
        for number in range(200):
            (kept / "drawn").mkdir(parents=True, exist_ok=True)
            data = small_webp(jpeg_bytes(draw_scene(number, (1200, 800))), 320)
            (kept / "drawn" / str(number)).write_bytes(data)
        for number in range(photos):
            path = Thumbnails.path(kept, hashlib.sha256(str(number).encode()).hexdigest(), 320)
            path.parent.mkdir(exist_ok=True)
            path.hardlink_to(kept / "drawn" / str(number % 200))
    return cache


def first_page(port: int) -> int:
    """Bytes of the first page with its script and style, without photos."""
    import re

    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Accept": "text/html"})
    page = urllib.request.urlopen(request).read()  # noqa: S310
    files = re.findall(rb'(?:src|href)="(/static/[^"]+)"', page)
    return len(page) + sum(
        len(urllib.request.urlopen(f"http://127.0.0.1:{port}{file.decode()}").read()) for file in dict.fromkeys(files)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, nargs=2, default=(3.0, 5.0), metavar=("LOW", "HIGH"))
    parser.add_argument("--pictures", action="store_true", help="load the thumbnails of each page too")
    parser.add_argument("--keep", type=Path, help="keep archive and encoder in this folder, for a second run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        archive = build(folder, options.photos)
        start = time.perf_counter()
        cache = thumbnails(folder, options.photos) if options.pictures else None
        process, port = serve(archive, folder, cache)
        opened = time.perf_counter() - start
        try:
            vocabulary = sorted(set(words(2000, np.random.default_rng(0)).tolist()))
            figures = asyncio.run(load(port, options, vocabulary, psutil.Process(process.pid)))
            try:
                figures["first_page_bytes"] = first_page(port)
            except OSError as error:
                figures["first_page_bytes"] = f"none: {error}"
        finally:
            process.terminate()
            process.wait(20)
    report(
        "desk",
        photos=options.photos,
        users=options.users,
        seconds=options.seconds,
        think=list(options.think),
        seconds_to_open=round(opened, 1),
        **figures,
    )


if __name__ == "__main__":
    main()
