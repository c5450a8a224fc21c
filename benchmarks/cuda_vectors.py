"""Ranking and indexing on a CUDA card: see ``benchmarks.cuda``, which runs it.

Photos are made up (`benchmarks.made_up_vectors`), in a LanceDB table as `picdesk add` writes them. Each round reads all
vectors and does nothing with them; multiplies queries with one block that stays on the card, as often as there are
blocks, in TF32 and in float32; then ranks from the disk, plainly and with dual softmax. What an archive of 51.5 million
photos takes is calculated from the medians: reading and comparing go on at the same time, so that it is the longer.

The index is made twice of the same vectors: lists on the card and FAISS's codes, and FAISS alone; both are then asked
the same, with as many lists looked at.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from benchmarks.machine import peak_memory, report, spread
from benchmarks.made_up_vectors import MadeUp
from benchmarks.rank import seconds_of
from benchmarks.scale import make
from picdesk.archive.neighbours.build import empty_index
from picdesk.archive.neighbours.lists import fill_index
from picdesk.archive.neighbours.nearest import nearest_of_all
from picdesk.archive.neighbours.plan import plan_index
from picdesk.archive.neighbours.widen import widened
from picdesk.encoders.torch.compare.products import Products
from picdesk.search.dual_softmax import TEMPERATURE
from picdesk.search.exact import nearest_photos
from picdesk.search.on_device import block_on_device, dual_softmax_on_device, nearest_on_device
from picdesk.search.streamed import half_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

YFCC = 51_500_000
PROBES, CANDIDATES = 16, 1000


def measure(asked: argparse.Namespace) -> None:
    """Print the lines of both verbs."""
    world = MadeUp(asked.dimension)
    size = {name: getattr(asked, name) for name in ("photos", "dimension", "device")}
    size |= {"card": torch.cuda.get_device_name(asked.device) if _is_card(asked) else "none", "torch": version("torch")}
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        store, entry = make(Path(folder) / "archive", world, asked.photos)
        _rank(asked, store, entry, world.queries(asked.articles), size)
        halves = np.concatenate([block.halves for block in half_blocks(store, entry, None, 65_536)])
    _index(asked, halves, world.queries(200, 1), size)
    report("cuda", what="memory", **size, peak_megabytes=round(peak_memory()), card_megabytes=_card_memory(asked))


def _rank(
    asked: argparse.Namespace, store: Store, entry: StoredEncoder, queries: NDArray[np.float32], size: dict[str, Any]
) -> None:
    ways: dict[str, Callable[[], object]] = {
        "reading": lambda: sum(len(block.ids) for block in half_blocks(store, entry, None, 32_768)),
        "product tf32": lambda: _products(asked, queries, rounded=True),
        "product float32": lambda: _products(asked, queries, rounded=False),
        "nearest": lambda: nearest_on_device(store, entry, queries, asked.depth, None, asked.device),
        "dual softmax": lambda: dual_softmax_on_device(
            store, entry, queries, queries[:0], asked.depth, None, TEMPERATURE, asked.device
        ),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    ways["nearest"]()  # libraries are loaded and the card's memory is taken once
    for _ in range(asked.rounds):
        for name, way in ways.items():
            taken[name].append(seconds_of(way)[0])
    work = 2e-12 * len(queries) * asked.photos * asked.dimension
    for name, seconds in taken.items():
        median = float(np.median(seconds))
        report(
            "cuda",
            what=f"rank: {name}",
            articles=len(queries),
            depth=asked.depth,
            **size,
            seconds=spread(seconds),
            teraflops=None if name == "reading" else round(work / median, 2),
            seconds_at_51_5m_calculated=round(median * YFCC / asked.photos, 1),
        )
    few = queries[: asked.judged]
    ours = nearest_on_device(store, entry, few, asked.depth, None, asked.device)
    theirs = nearest_photos(store, entry, few, asked.depth, device="cpu")
    same = [list(ours.of(query)) == list(theirs.of(query)) for query in range(len(few))]
    apart = float(np.abs(ours.scores - theirs.scores).max())
    report("cuda", what="rank: beside the processor", **size, articles=len(few), same=sum(same), scores_apart=apart)


def _products(asked: argparse.Namespace, queries: NDArray[np.float32], *, rounded: bool) -> None:
    """As many cosines as the archive has, of one block."""
    block = min(block_on_device(len(queries)), asked.photos)
    products = Products(queries, asked.device, rounded=rounded)
    halves = torch.ones((block, asked.dimension), dtype=torch.float16, device=asked.device)
    for start in range(0, asked.photos, block):
        products.meet(halves[: asked.photos - start])
    if _is_card(asked):
        torch.cuda.synchronize(asked.device)


def _index(
    asked: argparse.Namespace, halves: NDArray[np.float16], queries: NDArray[np.float32], size: dict[str, Any]
) -> None:
    plan = plan_index(len(halves), halves.shape[1], kind="pq")
    truth = nearest_of_all(halves, queries, 100)
    for way in ("card", *(("faiss",) if asked.beside_faiss else ())):
        generator = np.random.default_rng(0)
        sample = halves[np.sort(generator.choice(len(halves), plan.sample, replace=False))]
        index = empty_index(halves.shape[1], plan)
        start = time.perf_counter()
        if way == "card":
            fill_index(index, halves, sample, generator, plan.block, asked.device)
        else:
            index.train(widened(sample))
            for first in range(0, len(halves), plan.block):
                index.add(widened(halves[first : first + plan.block]))
        done = time.perf_counter()
        index.nprobe = min(PROBES, plan.lists)
        _, found = index.search(queries, CANDIDATES)
        report(
            "cuda",
            what=f"index: {way}",
            **size,
            factory=plan.factory,
            seconds=round(done - start, 2),
            lists_looked_at=index.nprobe,
            candidates=CANDIDATES,
            recall_at_100=round(float(np.mean([np.isin(*both).mean() for both in zip(truth, found, strict=True)])), 4),
        )


def _is_card(asked: argparse.Namespace) -> bool:
    return str(asked.device).startswith("cuda")


def _card_memory(asked: argparse.Namespace) -> int | None:
    return round(torch.cuda.max_memory_allocated(asked.device) / 1e6) if _is_card(asked) else None
