"""From a model in torch to the ONNX graphs of its two sides."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from picdesk.encoders.torch.towers import image_tower, text_tower

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from picdesk.encoders.torch.checkpoint import Checkpoint

_OPSET = 17


def image_graph(checkpoint: Checkpoint) -> Any:
    """``image`` (batch, 3, height, width) float32 to ``embedding`` (batch, d), as an ``onnx.ModelProto``."""
    import torch

    size = checkpoint.preprocessing["size"]
    return _traced(image_tower(checkpoint.model), {"image": torch.zeros(2, 3, size, size)}, {"image": {0: "batch"}})


def text_graph(checkpoint: Checkpoint) -> Any:
    """Tokens to ``embedding`` (batch, d), as an ``onnx.ModelProto``.

    Where every place has to be filled, the input is ``text`` (batch, limit) int32; else ``input_ids`` and
    ``attention_mask`` (batch, length) int64, so that a short text costs little.
    """
    import torch

    tower = text_tower(checkpoint.model)
    if checkpoint.fixed_length:
        text = torch.ones(2, checkpoint.text_limit, dtype=torch.int32)
        return _traced(tower, {"text": text}, {"text": {0: "batch"}})
    tokens = torch.ones(2, min(7, checkpoint.text_limit), dtype=torch.int64)
    axes = {0: "batch", 1: "length"}
    inputs = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
    return _traced(tower, inputs, dict.fromkeys(inputs, axes))


def _traced(tower: torch.nn.Module, inputs: dict[str, torch.Tensor], axes: dict[str, dict[int, str]]) -> Any:
    import onnx
    import torch

    with TemporaryDirectory(prefix="picdesk-") as scratch, quiet(), torch.inference_mode():
        path = f"{scratch}/model.onnx"  # over 2 GB torch puts a file a tensor beside it
        torch.onnx.export(
            tower,
            tuple(inputs.values()),
            path,
            dynamo=False,
            opset_version=_OPSET,
            input_names=list(inputs),
            output_names=["embedding"],
            dynamic_axes={**axes, "embedding": {0: "batch"}},
        )
        return onnx.load(path)


@contextmanager
def quiet() -> Iterator[None]:
    """Neither warnings nor log lines: tracing reports every size that it takes for fixed, the sizes that are fixed."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
