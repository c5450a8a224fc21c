"""The text model that ships: how large and quick it is, and what the meaning of captions adds to their words.

    python -m benchmarks.meaning [DATA] [--meaning ENCODER]

Three lines: size and speed; headlines against captions that say the same in other words (tests/search/paraphrases.toml,
MRR over every caption); the headlines of a NewsImages against the words of its photos' file names (MRR@100, an article
whose photo is not found counts 0). Each with words alone, meaning alone, and both joined as a search does by default;
intervals are percentiles of 10,000 bootstrap samples of the articles. With --meaning, the last two lines again with
captions read by another text encoder, and what it gains over the one that ships, with the p-value of a paired
randomisation test.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from benchmarks.machine import report, spread
from picdesk import Archive, open_archive
from picdesk.archive.store import Store
from picdesk.encoders.static import shipped_texts
from picdesk.encoders.static.model import FILES, SHIPPED
from picdesk.evaluate.significance import ROUNDS, randomisation_test
from picdesk.search.fusion import in_order
from picdesk.search.gather import gather
from picdesk.search.memory import Memory
from picdesk.search.settings import settings_of
from picdesk.search.signals import signals_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ranks = dict[str, NDArray[np.float64]]

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT / "../shared"
DEPTH = 100
ASKED = {"words": ("words",), "meaning": ("meaning",), "both": ("words", "meaning")}
LOADING = (
    "import time, numpy, tokenizers; start = time.perf_counter()\n"
    "from picdesk.encoders.static import shipped_texts; shipped_texts().encode_texts(['a dog'])\n"
    "print(time.perf_counter() - start)"
)


def size_and_speed(texts: Sequence[str]) -> dict[str, Any]:
    model = shipped_texts()
    with (
        tempfile.TemporaryDirectory() as folder,
        zipfile.ZipFile(Path(folder) / "w", "w", zipfile.ZIP_DEFLATED) as wheel,
    ):
        for file in FILES:
            wheel.write(SHIPPED / file, file)
        packed = sum(entry.compress_size for entry in wheel.infolist())
    rates, spent = [], []
    for _ in range(5):
        start, busy = time.perf_counter(), time.process_time()
        model.encode_texts(texts)
        rates.append(len(texts) / (time.perf_counter() - start))
        spent.append(len(texts) / (time.process_time() - busy))
    loads = [
        float(subprocess.run([sys.executable, "-c", LOADING], capture_output=True, check=True, text=True).stdout)
        for _ in range(5)
    ]
    return {
        "model": model.name,
        "languages": ["en"],
        "dimension": model.dimension,
        "megabytes": round(sum((SHIPPED / file).stat().st_size for file in FILES) / 1e6, 2),
        "megabytes_in_wheel": round(packed / 1e6, 2),
        "texts": len(texts),
        "characters_a_text": round(float(np.mean(list(map(len, texts)))), 1),
        "texts_per_second": spread(rates),
        "texts_per_processor_second": spread(spent),
        "load_seconds": spread(loads),
    }


def reciprocal_ranks(archive: Archive, pairs: Sequence[tuple[str, str]]) -> Ranks:
    """For each set of signals, 1 / rank of each headline's own photo; 0 past ``DEPTH``."""
    store = Store.open(archive.path)
    memory, settings = Memory(store), settings_of(archive.path)
    names = {row["id"]: row["name"] for batch in store.rows(["id", "name"]) for row in batch.to_pylist()}
    found: dict[str, list[float]] = {asked: [] for asked in ASKED}
    for headline, name in pairs:
        memory.refresh()
        signals, _ = signals_of(store, archive.to_query(headline), [], memory, settings=settings)
        for asked, kinds in ASKED.items():
            chosen = [signal for signal in signals if signal.kind in kinds]
            ranked = [names[photo] for photo in in_order(gather(chosen, settings).scores)[:DEPTH]] if chosen else []
            found[asked].append(1 / (ranked.index(name) + 1) if name in ranked else 0.0)
    return {asked: np.array(values) for asked, values in found.items()}


def figures(found: Ranks, shipped: Ranks | None = None) -> dict[str, Any]:
    """Means with intervals, the gain over words alone, and the gains over the model that ships."""
    drawn = np.random.default_rng(7).integers(0, len(found["words"]), (10_000, len(found["words"])))

    def shown(values: NDArray[np.float64]) -> dict[str, float]:
        low, high = np.percentile([values[sample].mean() for sample in drawn], [2.5, 97.5])
        return {"mean": round(float(values.mean()), 4), "low": round(float(low), 4), "high": round(float(high), 4)}

    said = {asked: shown(values) for asked, values in found.items()}
    said["gain_over_words"] = shown(found["both"] - found["words"])
    if shipped is None:
        return said
    for asked in ("meaning", "both"):
        gains = found[asked] - shipped[asked]
        test = randomisation_test(gains[:, None], rng=np.random.default_rng(7), rounds=ROUNDS)
        said[f"{asked}_gain_over_shipped"] = shown(gains) | {"p": round(float(test.p[0]), 5)}
    return said


def paraphrases(folder: Path, meaning: str | None) -> dict[str, Any]:
    said = tomllib.loads((ROOT / "tests/search/paraphrases.toml").read_text(encoding="utf-8"))
    captions = [*(photo["caption"] for photo in said["photos"]), *said["distractors"]]
    colours = np.random.default_rng(7).integers(0, 256, (len(captions), 3))
    for number, colour in enumerate(colours.tolist()):
        Image.new("RGB", (16, 16), tuple(colour)).save(folder / f"{number}.png")
    rows = [json.dumps({"file": f"{number}.png", "caption": caption}) for number, caption in enumerate(captions)]
    (folder / "list.jsonl").write_text("\n".join(rows), encoding="utf-8")
    pairs = [(photo["headline"], str(number)) for number, photo in enumerate(said["photos"])]
    return compared(folder, folder / "list.jsonl", pairs, meaning)


def compared(folder: Path, photos: Path, pairs: Sequence[tuple[str, str]], meaning: str | None) -> dict[str, Any]:
    """The figures of the model that ships, or of another one beside it."""
    archive = open_archive(folder / "archive")
    kept = archive.add(photos).kept
    counts = {"headlines": len(pairs), "photos": kept}
    shipped = reciprocal_ranks(archive, pairs)
    if meaning is None:
        return counts | figures(shipped)
    other = open_archive(folder / "other")
    other.add(photos, meaning=meaning)
    return {"captions_read_by": Path(meaning).name} | counts | figures(reciprocal_ranks(other, pairs), shipped)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=SHARED / "data/newsimages25")
    parser.add_argument("--meaning", help="a text encoder, by name or folder, beside the one that ships")
    asked = parser.parse_args()
    data: Path = asked.data
    with (data / "newsarticles.csv").open(encoding="utf-8-sig", newline="") as lines:
        headlines = [(row["article_title"], row["image_id"]) for row in csv.DictReader(lines)]
    report("meaning", **size_and_speed([headline for headline, _ in headlines]))
    with tempfile.TemporaryDirectory() as folder:
        report("meaning-paraphrases", measure="MRR", **paraphrases(Path(folder), asked.meaning))
    with tempfile.TemporaryDirectory() as folder:
        report("meaning-file-names", measure="MRR@100", **compared(Path(folder), data, headlines, asked.meaning))


if __name__ == "__main__":
    main()
