"""An ONNX graph with smaller weights."""

from __future__ import annotations

import importlib
import shutil
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.encoders.graph import read_graph
from picdesk.encoders.runtimes.onnxruntime import import_onnxruntime
from picdesk.encoders.runtimes.session import saved_precision
from picdesk.encoders.torch.extra import need_torch
from picdesk.encoders.torch.trace import quiet
from picdesk.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

PRECISIONS = ("fp32", "fp16", "int8")
_LARGEST_HALF = 65504.0
_SMALL = 1024
_LARGEST_FILE = 1_900_000_000
"""A protobuf message has to stay below 2 GB."""


def in_precision(model: Any, precision: str) -> Any:
    """The graph with its weights in a precision.

    ``fp16`` keeps weights as float16 and works in float32, or in whatever a runtime prefers: half the size, and no
    arithmetic that a processor has not. ``int8`` keeps the weights of matrix products as int8, a scale a column, and
    works with inputs that are quantised on the way (dynamic quantisation of ONNX Runtime).

    Args:
        model: ``onnx.ModelProto``; may be changed.
        precision: one of ``PRECISIONS``.

    Returns:
        ``onnx.ModelProto``.
    """
    if precision == "fp16":
        _halve(model)
    return _quantised(model) if precision == "int8" else model


def quantise_folder(folder: Path, target: Path) -> None:
    """Write an ONNX folder again with int8 weights, to see what that gives; what it costs in truth is not checked.

    Args:
        folder: with float weights.
        target: must not exist.

    Raises:
        ExtraMissing: the ``torch`` extra, whose parts quantise, is not installed.
        InputError: a graph is quantised already, or cannot be.
    """
    need_torch()
    import onnx

    for path in sorted(folder.rglob("*")):
        place = target / path.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".json":
            shutil.copyfile(path, place)
        if path.name != "model.onnx":
            continue
        if saved_precision(read_graph(path)) == "int8":
            raise InputError(f"{path} is int8 already", "Leave out --int8.")
        try:
            save_graph(_quantised(onnx.load(str(path))), str(place))
        except Exception as error:  # onnx and its checker each have their own kinds
            reason = " ".join(str(error).split())[:300]
            raise InputError(f"{path} cannot be quantised: {reason}", "Leave out --int8.") from error


def save_graph(model: Any, path: str) -> None:
    """Write a graph, with its weights in a file beside it where one file cannot hold them."""
    import onnx

    large = _weight_bytes(model) > _LARGEST_FILE
    onnx.save_model(model, path, save_as_external_data=large, location="model.onnx.data" if large else None)


def _weight_bytes(model: Any) -> int:
    # The message's own ByteSize() would serialise it, which fails from 2 GB on.
    return sum(len(tensor.raw_data) for tensor in model.graph.initializer)


def _halve(model: Any) -> None:
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(tensor)
        # Large weights stay: as float16 they would become infinite. Small ones make no difference to the size.
        if values.size < _SMALL or np.abs(values).max() > _LARGEST_HALF:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.float16"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], name=f"{name}.float32", to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _quantised(model: Any) -> Any:
    import onnx

    import_onnxruntime()
    quantization = importlib.import_module("onnxruntime.quantization")
    with TemporaryDirectory(prefix="picdesk-") as scratch, quiet():
        source, target = f"{scratch}/float.onnx", f"{scratch}/int8.onnx"
        save_graph(model, source)
        quantization.quantize_dynamic(
            source,
            target,
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            weight_type=quantization.QuantType.QInt8,
            use_external_data_format=_weight_bytes(model) > _LARGEST_FILE,
        )
        return onnx.load(target)
