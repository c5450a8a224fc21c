"""Heads become nodes at the end of an encoder's own ONNX graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.errors import InputError
from picdesk.train.spaces.memory import MemoryHead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.train.spaces.perceptron import PerceptronHead

OUTPUT = "embedding"
_PREFIX = "spaces_"


def append_heads(model: Any, output: str, heads: Sequence[MemoryHead | PerceptronHead]) -> Any:
    """The graph with its vector, as a unit row, put through each head; what comes out stands side by side.

    Only operators that every opset from 9 on has in one form are used, so that the graph's own opset stays.

    Args:
        model: ``onnx.ModelProto``; is changed.
        output: its output that is the vector: ``(n, d)``, or ``(n, length, d)`` beside an input ``attention_mask``.
        heads: at least one.

    Returns:
        ``onnx.ModelProto`` with one output, ``(n, sum of the heads' lengths)``; called ``embedding`` if that is free.

    Raises:
        InputError: the graph gives a vector a token and has no mask.
    """
    from onnx import TensorProto, helper

    found = next(value for value in model.graph.output if value.name == output)
    axes = len(found.type.tensor_type.shape.dim)
    nodes = _Nodes()
    features = nodes.add("Cast", output, to=TensorProto.FLOAT)
    if axes == 3:
        features = _pooled(nodes, model, features)
    features = nodes.unit(
        features, heads[0].mean.shape[0] if isinstance(heads[0], MemoryHead) else len(heads[0].weight)
    )
    ends = [
        _memory(nodes, features, head) if isinstance(head, MemoryHead) else _perceptron(nodes, features, head)
        for head in heads
    ]
    taken = {name for node in model.graph.node for name in node.output} | {value.name for value in model.graph.input}
    called = f"{_PREFIX}{OUTPUT}" if OUTPUT in taken else OUTPUT
    nodes.add("Concat", *ends, called=called, axis=1)
    model.graph.node.extend(nodes.made)
    model.graph.initializer.extend(nodes.weights)
    length = sum((head.values if isinstance(head, MemoryHead) else head.weight).shape[1] for head in heads)
    batch = found.type.tensor_type.shape.dim[0] if axes else None
    size: Any = (batch.dim_value or batch.dim_param or "batch") if batch is not None else "batch"
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info(called, TensorProto.FLOAT, [size, length]))
    return model


class _Nodes:
    """Nodes and weights as they are made, each with a name of its own."""

    def __init__(self) -> None:
        self.made: list[Any] = []
        self.weights: list[Any] = []

    def add(self, operator: str, *inputs: str, called: str = "", **attributes: Any) -> str:
        """A node; the name of what comes out."""
        from onnx import helper

        name = called or f"{_PREFIX}{len(self.made)}_{operator.lower()}"
        self.made.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def weight(self, values: Any) -> str:
        """A constant; its name."""
        from onnx import numpy_helper

        name = f"{_PREFIX}w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name))
        return name

    def unit(self, rows: str, length: int) -> str:
        """Rows of length one. The sum of squares is a product with ones: ReduceSum changed its form at opset 13."""
        squares = self.add("Mul", rows, rows)
        sums = self.add("MatMul", squares, self.weight(np.ones((length, 1))))
        lengths = self.add("Sqrt", self.add("Add", sums, self.weight([np.finfo(np.float32).tiny])))
        return self.add("Div", rows, lengths)


def _memory(nodes: _Nodes, features: str, head: MemoryHead) -> str:
    length = head.directions.shape[1]
    centred = nodes.add("Sub", features, nodes.weight(head.mean))
    turned = nodes.add("MatMul", centred, nodes.weight(head.project))
    linear = nodes.unit(nodes.add("MatMul", turned, nodes.weight(head.directions)), length)
    likeness = nodes.add("MatMul", nodes.unit(turned, head.keys.shape[1]), nodes.weight(head.keys.T))
    shares = nodes.add("Softmax", nodes.add("Div", likeness, nodes.weight([head.temperature])), axis=1)
    recalled = nodes.unit(nodes.add("MatMul", shares, nodes.weight(head.values)), length)
    return nodes.unit(nodes.add("Add", linear, recalled), length)


def _perceptron(nodes: _Nodes, features: str, head: PerceptronHead) -> str:
    linear = nodes.add("Add", nodes.add("MatMul", features, nodes.weight(head.weight)), nodes.weight(head.bias))
    if head.activation == "gelu":
        error = nodes.add("Erf", nodes.add("Mul", linear, nodes.weight([2**-0.5])))
        half = nodes.add("Mul", linear, nodes.weight([0.5]))
        linear = nodes.add("Mul", half, nodes.add("Add", error, nodes.weight([1.0])))
    elif head.activation != "none":
        linear = nodes.add({"relu": "Relu", "tanh": "Tanh"}[head.activation], linear)
    return nodes.unit(linear, head.weight.shape[1])


def _pooled(nodes: _Nodes, model: Any, tokens: str) -> str:
    """The mean over a text's tokens: the mask as a row, times the tokens, divided by how many there are."""
    from onnx import TensorProto

    mask = "attention_mask"
    if mask not in {value.name for value in model.graph.input}:
        raise InputError(
            "the encoder gives a vector a token and has no attention_mask", "Export it with pooled vectors."
        )
    weights = nodes.add("Cast", mask, to=TensorProto.FLOAT)
    row = nodes.add("Reshape", weights, _shape(nodes, [0, 1, -1]))
    summed = nodes.add("MatMul", row, tokens)  # (n, 1, d)
    # The length of the mean does not matter: the unit row is taken next.
    return nodes.add("Reshape", summed, _shape(nodes, [0, -1]))


def _shape(nodes: _Nodes, sizes: Sequence[int]) -> str:
    from onnx import numpy_helper

    name = f"{_PREFIX}s{len(nodes.weights)}"
    nodes.weights.append(numpy_helper.from_array(np.array(sizes, np.int64), name))
    return name
