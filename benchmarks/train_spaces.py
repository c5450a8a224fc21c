r"""How well and how fast `picdesk train spaces` makes two models that share no space into a text-to-photo search.

Trained on the first articles of NewsImages 2025 by id, asked for the others among their photos, titles only:

    python benchmarks/train_spaces.py ../shared/data/newsimages25 ../shared/models/all-minilm-l6-v2 \
        ../shared/models/mobilenet-v1-imagenet --seeds 0,1,2 --ways memory,margin,infonce

Prints a JSON line for each way and seed: seconds of the whole command (vectors of photos come from the cache after the
first), and the measures, by themselves and with the dual softmax on top (at the temperature ``--dual``).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

WAYS: dict[str, list[str]] = {
    "memory": [],
    "margin": ["--loss", "margin"],
    "infonce": ["--loss", "infonce"],
    "both": ["--heads", "memory", "--heads", "perceptron"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("text", type=Path)
    parser.add_argument("image", type=Path)
    parser.add_argument("--first", type=int, default=3500, help="articles to train on")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--ways", default="memory,margin,infonce")
    parser.add_argument("--dual", type=float, default=0.1, help="temperature of the dual softmax")
    asked = parser.parse_args()
    with (asked.data / "newsarticles.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["article_id"]))
    with TemporaryDirectory() as scratch:
        train = write_part(Path(scratch) / "train", rows[: asked.first], asked.data)
        for way in asked.ways.split(","):
            for seed in asked.seeds.split(","):
                out = Path(scratch) / f"{way}-{seed}"
                seconds = run([str(train), "--text", str(asked.text), "--image", str(asked.image), "-o", str(out),
                               "--seed", seed, "-q", *WAYS[way]])  # fmt: skip
                scores = score(out, rows[asked.first :], asked.data)
                line = {"way": way, "seed": int(seed), "seconds": round(seconds, 1), "alone": measures(scores)}
                line["dual softmax"] = measures(dual(scores, asked.dual))
                line["machine"] = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
                print(json.dumps(line), flush=True)


def write_part(folder: Path, rows: list[dict[str, str]], data: Path) -> Path:
    """A data set of some of the articles."""
    (folder / "newsimages").mkdir(parents=True)
    with (folder / "newsarticles.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    for row in rows:
        photo = (data / "newsimages" / f"{row['image_id']}.jpg").resolve()
        (folder / "newsimages" / photo.name).symlink_to(photo)
    return folder


def run(arguments: list[str]) -> float:
    """Seconds of the verb, in a process of its own."""
    import subprocess

    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "from picdesk.cli import main; main()", "train", "spaces", *arguments],
                   check=True, stdout=sys.stderr)  # fmt: skip
    return time.perf_counter() - began


def score(folder: Path, rows: list[dict[str, str]], data: Path) -> Any:
    """Cosines of every title with every photo, in the same order."""
    from picdesk.encoders import load_encoder
    from picdesk.photos.decode import decode

    encoder = load_encoder(folder)
    texts = encoder.encode_texts([row["article_title"] for row in rows])
    photos = []
    for at in range(0, len(rows), 64):
        files = [data / "newsimages" / f"{row['image_id']}.jpg" for row in rows[at : at + 64]]
        photos.append(encoder.encode_images([decode(file.read_bytes()).image for file in files]))
    return texts.astype(np.float64) @ np.concatenate(photos).astype(np.float64).T


def dual(scores: Any, temperature: float) -> Any:
    """Each title's share of a photo, times its cosine's exponential: what `dual softmax` means."""
    logits = scores / temperature
    shift = logits.max(axis=0, keepdims=True)
    return logits - (np.log(np.exp(logits - shift).sum(axis=0, keepdims=True)) + shift)


def measures(scores: Any) -> dict[str, float]:
    """MRR@100 and recall; titles and photos of the same row belong together."""
    places = 1 + (scores > np.diag(scores)[:, None]).sum(axis=1)
    found = {"MRR@100": np.where(places <= 100, 1 / places, 0).mean()}
    found |= {f"R@{depth}": (places <= depth).mean() for depth in (1, 10, 100)}
    return {name: round(float(value), 4) for name, value in found.items()}


if __name__ == "__main__":
    main()
