"""One CLIP with random weights, in the file and the place where each peer looks for it.

ViT-B-32-256 of open_clip, which rclip is made for; the others take any. What users would download is written here and
on nobody's clock.
"""

from __future__ import annotations

import logging
import shutil
import warnings
from pathlib import Path
from typing import Any

from benchmarks.clip_b32 import CONTEXT, write_checkpoint
from picdesk.encoders.torch import export_onnx
from picdesk.encoders.torch.checkpoint import read_checkpoint
from picdesk.encoders.torch.open_clip_import import import_open_clip

ARCHITECTURE = "ViT-B-32-256"
EDGE = 256


def write_weights(folder: Path) -> Path:
    """``model.pt`` for open_clip, ``transformers/`` for sentence-transformers, ``rclip/`` and ``picdesk/``.

    Returns:
        The folder.
    """
    import torch

    logging.getLogger().setLevel(logging.ERROR)  # open_clip warns that weights are random
    open_clip = import_open_clip()
    torch.manual_seed(0)
    model = open_clip.create_model(ARCHITECTURE).eval()
    folder.mkdir(parents=True)
    torch.save(model.state_dict(), folder / "model.pt")
    write_checkpoint(read_checkpoint(folder / "model.pt").model, folder / "transformers")
    export_onnx(folder / "model.pt", folder / "picdesk")
    _write_rclip(model, folder / "rclip")
    words = Path(open_clip.__file__).with_name("bpe_simple_vocab_16e6.txt.gz")
    (folder / "rclip/tokenizer").mkdir()
    shutil.copy(words, folder / "rclip/tokenizer")
    return folder


def _write_rclip(model: Any, folder: Path) -> None:
    """Two files as rclip's own ``scripts/convert_model.py`` makes them."""
    import torch

    class Texts(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, tokens: Any) -> Any:
            return self.model.encode_text(tokens)

    place = folder / "ViT-B-32-256-datacomp_s34b_b86k"
    place.mkdir(parents=True)
    sides = (
        ("visual", model.visual, torch.randn(1, 3, EDGE, EDGE)),
        ("textual", Texts(), torch.zeros(1, CONTEXT, dtype=torch.long)),
    )
    for name, side, example in sides:
        with warnings.catch_warnings():  # the exporter warns of itself and of every comparison of shapes
            warnings.simplefilter("ignore")
            torch.onnx.export(
                side.eval(),
                (example,),
                str(place / f"{name}.onnx"),
                input_names=["input"],
                output_names=["output"],
                dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
                opset_version=18,
                dynamo=False,
            )
