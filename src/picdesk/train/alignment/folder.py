"""An alignment on disk: its numbers, its categories, and what its graph says beside the vector."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from picdesk.encoders.settings import read_settings
from picdesk.errors import EncoderMissing
from picdesk.photos.whole_file import write_whole
from picdesk.train.clip.trainee import ALIGNMENT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from picdesk.train.alignment.module import Alignment
    from picdesk.train.pairs import Pairs

OUTPUT = "categories"
"""Output of the text graph: ``(batch, C)`` float32, the probability of each category in the order of the labels."""

_WEIGHTS, _LABELS = "alignment.safetensors", "labels.json"


def add_categories(path: Path, count: int) -> None:
    """Make a graph that holds an alignment give the probabilities of its categories beside the vector.

    Args:
        path: ``textual/model.onnx``.
        count: how many categories there are.

    Raises:
        EncoderMissing: the graph holds no alignment.
    """
    import onnx

    from picdesk.encoders.torch.precision import save_graph
    from picdesk.train.alignment.module import PROBABILITIES

    model: Any = onnx.load(str(path))
    steps = [node for node in model.graph.node if node.op_type == "Softmax" and f"/{PROBABILITIES}/" in node.name]
    if len(steps) != 1:
        raise EncoderMissing(f"{path} holds no alignment: {len(steps)} steps give probabilities of categories")
    named = onnx.helper.make_node("Identity", [steps[0].output[0]], [OUTPUT], name=OUTPUT)
    model.graph.node.append(named)
    model.graph.output.append(onnx.helper.make_tensor_value_info(OUTPUT, onnx.TensorProto.FLOAT, ["batch", count]))
    save_graph(model, str(path))


def write_alignment(alignment: Alignment, categories: Sequence[str], folder: Path) -> None:
    """Write the module's numbers and its labels below an encoder's folder.

    Args:
        alignment: on the processor.
        categories: in the module's order.
        folder: of the encoder.
    """
    from safetensors.torch import save_file

    inside = folder / ALIGNMENT
    inside.mkdir()
    state = {name: tensor.contiguous().clone() for name, tensor in alignment.state_dict().items()}
    save_file(state, inside / _WEIGHTS)
    (inside / _LABELS).write_text(
        json.dumps({"categories": list(categories)}, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )


def read_alignment(folder: Path) -> tuple[Alignment, tuple[str, ...]]:
    """The module of an encoder's folder, ready for use, and its categories.

    Raises:
        EncoderMissing: there is none, or its files are damaged.
    """
    from picdesk.encoders.torch.tensors import read_tensors
    from picdesk.train.alignment.module import Alignment

    inside = folder / ALIGNMENT
    tensors, _ = read_tensors(inside / _WEIGHTS)
    categories = tuple(map(str, read_settings(inside / _LABELS).get("categories") or ()))
    try:
        hidden, dimension = tensors["classifier.0.weight"].shape
        alignment = Alignment(dimension, len(categories), hidden, dropout=0.0)
        alignment.load_state_dict(tensors)
    except (KeyError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise EncoderMissing(f"{inside} is damaged: {reason}", "Train the alignment again.") from error
    return alignment.eval(), categories


def write_predictions(
    path: Path,
    pairs: Pairs,
    categories: Sequence[str],
    places: NDArray[np.int64],
    predicted: NDArray[np.int64],
) -> None:
    """Write a row a story: id, headline, category as given, as predicted, and its photo's place.

    ``picdesk evaluate`` and ``picdesk compare`` slice by the columns of such a list of articles.

    Args:
        path: CSV file.
        pairs: the stories.
        categories: by number.
        places: ``(n,)`` place of each story's photo.
        predicted: ``(n,)`` number of each story's category.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["id", "headline", "photo", "category", "predicted_category", "place"])
    for pair, place, number in zip(pairs.pairs, places.tolist(), predicted.tolist(), strict=True):
        table.writerow([pair.id, pair.text, pair.photo, pair.label, categories[number], place])
    write_whole(path, text.getvalue().encode())
