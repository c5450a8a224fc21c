"""Picdesk beside what people would use instead, in one run: installed, filled with photos, and searched.

    python -m benchmarks.peers [DATA] [--photos 300] [--vectors 100000 1000000] [--searches 50] [--rounds 3]
                               [--only PEER ...] [--stages STAGE ...] [--folder F]

Who they are is in ``peers.toml``, how each is used in ``sides/``: clip-retrieval, rclip, sentence-transformers with
FAISS, LanceDB alone, numpy; each from the package registry in an environment of its own, each with its own default
settings, all with the same CLIP of random weights (ViT-B-32-256). Three stages:

- ``install``: from an empty environment (pip's cache is warm) until a text has found its first photos, of 100;
- ``index``: a folder of photos of DATA becomes searchable, and is kept on disk; the peers take turns, three times;
- ``search``: the ten nearest of 100,000 and of 1,000,000 made-up vectors (`benchmarks.made_up_vectors`), which every
  peer is given in its own form; recall is against all products. At 100,000 the peers take turns.

One JSON line a figure and peer. It takes half an hour on two cores, 12 GB of disk for a while, and 8 GB of memory.
``--folder`` keeps the environments: with the same folder, the next run installs none that is there.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.add import SHARED
from benchmarks.peers.environments import Environment, build_wheel, read_peers
from benchmarks.peers.stages import STAGES, Field, index, install, search
from benchmarks.peers.weights import write_weights


def compare(options: argparse.Namespace, folder: Path) -> None:
    folder = folder.resolve()
    peers = read_peers(options.only)
    wheels = folder / "wheels"
    build_wheel(wheels)
    weights = folder / "weights"
    if not weights.exists():
        write_weights(weights)
    environments = [Environment(peer, folder / "environments" / peer.module, wheels) for peer in peers]
    field = Field(environments, folder, weights)
    install(field, options.data, options.photos)  # also where only later stages are asked for
    if "index" in options.stages:
        index(field, options.data, options.photos, options.rounds)
    if "search" in options.stages:
        for count in options.vectors:
            search(field, count, options.searches, options.rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=SHARED / "data/newsimages25")
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--vectors", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--searches", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=[], metavar="PEER")
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--folder", type=Path, help="where everything is made; by default a temporary folder")
    options = parser.parse_args()
    if options.folder:
        compare(options, options.folder)
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(options, Path(folder))


if __name__ == "__main__":
    main()
