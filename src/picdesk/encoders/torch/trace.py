"""From a model in torch to the ONNX graphs of its two sides."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from picdesk.encoders.torch.towers import image_tower, text_tower
from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from picdesk.encoders.torch.checkpoint import Checkpoint

_OPSET = 17


def image_graph(checkpoint: Checkpoint) -> Any:
    """``image`` (batch, 3, height, width) float32 to ``embedding`` (batch, d), as an ``onnx.ModelProto``."""
    import torch

    size = checkpoint.preprocessing["size"]
    height, width = size if isinstance(size, list) else (size, size)
    model: Any = checkpoint.model
    tower = image_tower(model.fused() if hasattr(model, "fused") else model)
    return _traced(tower, {"image": torch.zeros(2, 3, height, width)}, {"image": {0: "batch"}})


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

    with TemporaryDirectory(prefix="picdesk-") as scratch, quiet(), _spelt_out(), torch.inference_mode():
        path = f"{scratch}/model.onnx"  # over 2 GB torch puts a file a tensor beside it
        try:
            # A graph that cannot be written is printed whole before the error is raised.
            with contextlib.redirect_stdout(io.StringIO()):
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
        except torch.onnx.OnnxExporterError as error:
            reason = " ".join(str(error).split())
            raise EncoderMissing(
                f"the model cannot be written as ONNX: {reason[:200]}",
                "Use a ready ONNX export of it, or run the weights themselves with PICDESK_RUNTIME=torch.",
            ) from error
        return onnx.load(path)


@contextmanager
def _spelt_out() -> Iterator[None]:
    """Attention in its steps: torch's shortcut for evaluation is one operator that ONNX has not."""
    import torch

    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


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
