"""A trained model becomes an encoder folder that everything else loads, and that can be trained further."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
from typing import TYPE_CHECKING, Any

from picdesk.encoders.settings import read_settings
from picdesk.photos.whole_file import write_whole
from picdesk.train.clip.trainee import WEIGHTS
from picdesk.train.clip.weights import write_weights
from picdesk.train.journal import write_journal
from picdesk.train.plot import plot_journal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from picdesk.encoders.torch.checkpoint import Checkpoint
    from picdesk.train.card import Card
    from picdesk.train.clip.trainee import Trainee
    from picdesk.train.journal import Line

CARD, JOURNAL, PLOT = "README.md", "log.jsonl", "log.png"


def write_encoder(
    trainee: Trainee, folder: Path, *, remember: Mapping[str, Any], checkpoint: Checkpoint | None = None
) -> None:
    """Write an ONNX folder with the weights beside it.

    ``visual/`` and ``textual/`` are what every other part of Picdesk loads, in float32; ``weights/`` is what can be
    trained further, blended, or exported in another precision.

    Args:
        trainee: the model as it is now; it is moved to the processor.
        folder: exists and is empty.
        remember: what goes into ``config.json`` beside the model's own settings.
        checkpoint: what is written as graphs, where that is more than the trainee's own model.

    Raises:
        EncoderMissing: the model cannot be written as ONNX.
    """
    from picdesk.encoders.torch.export import write_settings
    from picdesk.encoders.torch.precision import save_graph
    from picdesk.encoders.torch.trace import image_graph, text_graph

    written = checkpoint or trainee.checkpoint
    model: Any = written.model.cpu().eval()
    inner: Any = trainee.checkpoint.model.cpu()
    if hasattr(inner, "set_attn_implementation"):
        inner.set_attn_implementation("eager")  # what runtimes recognise in an exported graph
    written = dataclasses.replace(written, model=model)
    for side, graph in (("visual", image_graph), ("textual", text_graph)):
        (folder / side).mkdir()
        save_graph(graph(written), str(folder / side / "model.onnx"))
    write_settings(written, folder)
    config = folder / "config.json"
    said = read_settings(config) | dict(remember)
    config.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    write_weights(trainee, folder / WEIGHTS)


def write_report(folder: Path, card: Card, lines: Sequence[Line] = ()) -> None:
    """Write the model card, the log, and a picture of the log where matplotlib is installed.

    Args:
        folder: exists.
        card: what is said of the encoder.
        lines: the log; empty where nothing was trained.
    """
    write_whole(folder / CARD, card.to_markdown().encode())
    if lines:
        write_journal(folder / JOURNAL, lines)
    if lines and importlib.util.find_spec("matplotlib") is not None:
        plot_journal(lines, folder / PLOT)
