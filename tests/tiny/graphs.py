"""The two graphs of a tiny encoder, with weights set by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHARPNESS = 12.0


class Builder:
    """Collects nodes and weights of one graph."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def weight(self, values: Any, dtype: str = "float32") -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values, dtype=dtype), name))
        return name

    def node(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        name = output or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def model(self, inputs: list[Any], outputs: list[Any]) -> Any:
        graph = helper.make_graph(self.nodes, "tiny", inputs, outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        checker.check_model(model)
        return model


def visual_graph(
    batch: int | str, size: int, palette: NDArray[np.int64], colours: NDArray[np.float32], layout: NDArray[np.float32]
) -> Any:
    """``image`` (batch, 3, size, size) in [-1, 1] to ``embedding`` (batch, d).

    Each pixel is shared out among the palette by a softmax over minus its squared distance |x|² - 2xc + |c|² to each
    colour (|x|² is the same for all and falls out); the shares' mean is a histogram.
    """
    build = Builder()
    centres = palette / 127.5 - 1
    kernel = build.weight((_SHARPNESS * 2 * centres)[:, :, None, None])
    offset = build.weight(-_SHARPNESS * (centres**2).sum(axis=1))
    shares = build.node("Softmax", build.node("Conv", "image", kernel, offset), axis=1)
    histogram = build.node("ReduceMean", shares, axes=[2, 3], keepdims=0)
    cells = build.node("AveragePool", "image", kernel_shape=[size // 4] * 2, strides=[size // 4] * 2)
    named = build.node("MatMul", histogram, build.weight(colours))
    placed = build.node("MatMul", build.node("Flatten", cells), build.weight(layout))
    build.node("Add", named, placed, output="embedding")
    return build.model(
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch, 3, size, size])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [batch, colours.shape[1]])],
    )


def textual_graph(batch: int | str, context: int, words: NDArray[np.float32], text_input: str, pooled: bool) -> Any:
    """``text``, or ``input_ids`` and ``attention_mask``, to the mean of the word vectors, or to the vectors."""
    build = Builder()
    dimension = words.shape[1]
    vectors = build.node("Gather", build.weight(words), text_input)
    if text_input == "text":
        inputs = [helper.make_tensor_value_info("text", TensorProto.INT32, [batch, context])]
        mask = build.node("Not", build.node("Equal", "text", build.weight(0, "int32")))
    else:
        axes = [batch, "length"]
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, axes) for name in (text_input, "attention_mask")
        ]
        mask = "attention_mask"
    if not pooled:
        build.node("Identity", vectors, output="last_hidden_state")
        shape = [batch, context if text_input == "text" else "length", dimension]
        if text_input != "text":  # a mask that nothing reads would be dropped
            build.node("Cast", mask, output="unused", to=TensorProto.FLOAT)
        return build.model(inputs, [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, shape)])
    weights = build.node("Unsqueeze", build.node("Cast", mask, to=TensorProto.FLOAT), build.weight([2], "int64"))
    total = build.node("ReduceSum", build.node("Mul", vectors, weights), build.weight([1], "int64"), keepdims=0)
    count = build.node("ReduceSum", weights, build.weight([1], "int64"), keepdims=0)
    build.node("Div", total, count, output="embedding")
    return build.model(inputs, [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [batch, dimension])])
