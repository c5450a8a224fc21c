"""How fast a CLIP is fine-tuned, and in how much memory: steps a second.

    python -m benchmarks.train_clip [--device cuda] [--tiny]

ViT-B/32 of the right shape with random weights, twice: its text tower alone at batch 480 over photo vectors that are
kept, as Leventakis et al. 2023 train it, and both towers at batch 256. Each at once and in pieces of 60 and 64
(gradient caching), in float32, and on a card also in bfloat16. ``--tiny`` is for a look at whether it runs at all.
Exit code 3 where there is no such device.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from benchmarks.machine import peak_memory, report, spread

TEXT_LENGTH = 24
"""Tokens of a typical headline with its start and end."""


@dataclass(frozen=True)
class Case:
    """What is measured: towers that learn, pairs a step, and how many of them go through a tower at once."""

    tower: str
    batch: int
    piece: int
    precision: str


def cases(device: str, tiny: bool) -> list[Case]:
    text, both = (12, 8) if tiny else (480, 256)
    pieces = [("text", text, text), ("text", text, text // 8 or 1), ("both", both, both), ("both", both, both // 4)]
    precisions = ("float32", "bf16") if device.startswith("cuda") else ("float32",)
    return [Case(*each, precision) for precision in precisions for each in pieces]


def build(tiny: bool) -> Any:
    from benchmarks.clip_b32 import SHAPES, Shape, build_model

    if tiny:
        SHAPES["tiny"] = Shape((64, 2, 2), (64, 2, 2), 32, dimension=32)
    return build_model("tiny" if tiny else "ViT-B/32")


class Learner:
    """A step of one case, on made-up pixels and tokens."""

    def __init__(self, model: Any, case: Case, device: str) -> None:
        import torch

        from picdesk.train.clip.learner import ClipLearner, Paired
        from picdesk.train.clip.material import to_place
        from picdesk.train.clip.optimiser import OptimiserSettings, build_optimiser, let_learn, parameter_groups
        from picdesk.train.device import Place
        from picdesk.train.losses import build_loss
        from picdesk.train.team import Team

        settings = OptimiserSettings(lr=3e-7)
        place = Place(device, case.precision)
        to_place(model, place)
        let_learn(model, case.tower, settings)
        loss = build_loss("infonce").to(device)
        paired = Paired(*made_up(model, case, place), np.arange(case.batch))
        self._learner = ClipLearner(model, loss, paired, None, case.piece, Team())
        self._optimiser = build_optimiser(parameter_groups(model, loss, settings), settings)
        self._rows = np.arange(case.batch)
        self._wait: Any = torch.cuda.synchronize if device.startswith("cuda") else lambda: None

    def step(self) -> float:
        """Seconds that one step takes."""
        started = time.perf_counter()
        self._optimiser.zero_grad(set_to_none=True)
        self._learner.backward(self._rows)
        self._optimiser.step()
        self._wait()
        return time.perf_counter() - started


def made_up(model: Any, case: Case, place: Any) -> tuple[Any, Any]:
    from picdesk.encoders.torch.towers import image_tower, text_tower
    from picdesk.train.clip.rows import Computed, Kept

    class MadeUp(Computed):
        def __init__(self, tower: Any, values: Any) -> None:
            super().__init__(tower, place)
            self._values = values

        def inputs(self, rows: Any) -> tuple[Any, ...]:
            import torch

            return (torch.from_numpy(self._values[rows]).to(place.device),)

        def __len__(self) -> int:
            return len(self._values)

    generator = np.random.default_rng(0)
    tokens = generator.integers(1, 49405, (case.batch, TEXT_LENGTH))
    tokens[:, 0], tokens[:, -1] = 49406, 49407
    texts = MadeUp(text_tower(model), tokens)
    if case.tower == "text":
        rows = generator.standard_normal((case.batch, model.config.projection_dim)).astype(np.float32)
        return texts, Kept(rows / np.linalg.norm(rows, axis=1, keepdims=True), place)
    edge = model.config.vision_config.image_size
    pixels = generator.standard_normal((case.batch, 3, edge, edge), dtype=np.float32)
    return texts, MadeUp(image_tower(model), pixels)


def memory_mb(device: str) -> float:
    """The most that was held so far: of the card's memory on a card, else of the process."""
    import torch

    if device.startswith("cuda"):
        return float(torch.cuda.max_memory_allocated()) / 1e6
    return peak_memory()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, default=5, help="measured, after one that is not")
    parser.add_argument("--tiny", action="store_true", help="a small model and small batches")
    asked = parser.parse_args()
    import torch

    from picdesk.errors import MissingError
    from picdesk.train.device import choose_place

    try:
        choose_place(asked.device)
    except MissingError as error:
        sys.stderr.write(f"{error.message}: nothing was measured\n")
        return 3
    for case in cases(asked.device, asked.tiny):
        if asked.device.startswith("cuda"):
            torch.cuda.reset_peak_memory_stats()
        learner = Learner(build(asked.tiny), case, asked.device)
        learner.step()
        seconds = [learner.step() for _ in range(asked.steps)]
        report(
            "train clip" + (" (tiny)" if asked.tiny else ""),
            tower=case.tower,
            batch=case.batch,
            piece=case.piece,
            precision=case.precision,
            device=asked.device,
            steps_per_second=round(1 / median(seconds), 3),
            pairs_per_second=round(case.batch / median(seconds), 1),
            seconds=spread(seconds),
            memory_mb=round(memory_mb(asked.device)),
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
