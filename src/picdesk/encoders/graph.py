"""What an ONNX file says about itself, read without a runtime and without touching its weights.

The file is a protobuf message (``onnx.proto`` of the ONNX specification). Only the few fields named below are looked
at; everything else is stepped over, so that a file of gigabytes opens in milliseconds.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from picdesk.errors import EncoderMissing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Field numbers of onnx.proto.
_MODEL_GRAPH = 7
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_OUTPUT = 1, 5, 11, 12
_NODE_OPERATOR, _NODE_ATTRIBUTE, _NODE_DOMAIN = 4, 5, 7
_ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS = (5, 10), (6, 11)
_TENSOR_NAME, _TENSOR_EXTERNAL = 8, 13
_ENTRY_KEY, _ENTRY_VALUE = 1, 2
_VALUE_NAME, _VALUE_TYPE = 1, 2
_TYPE_TENSOR, _TENSOR_ELEMENT, _TENSOR_SHAPE, _SHAPE_DIMENSION, _DIMENSION_VALUE = 1, 1, 2, 1, 1
_ELEMENTS = {1: "float32", 2: "uint8", 6: "int32", 7: "int64", 10: "float16"}

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of a graph.

    Attributes:
        name: as in the file.
        dtype: NumPy's name of the element type; ``other`` for types that no encoder takes.
        shape: ``None`` for a size that is not fixed; ``None`` as a whole where the file says nothing.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True, slots=True)
class Graph:
    """What an ONNX file says about itself.

    Attributes:
        path: the file.
        inputs: what has to be given.
        outputs: what comes out.
        operators: (domain, name) of every operator.
        weights: files beside it that hold weights, relative to its folder.
    """

    path: Path
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    operators: frozenset[tuple[str, str]]
    weights: tuple[str, ...]


class _Broken(Exception):
    """The bytes are no protobuf message."""


class _Message:
    """Steps through the fields of protobuf messages in one buffer."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self.whole: Span = (0, len(data))

    def _number(self, at: int, end: int) -> tuple[int, int]:
        value = 0
        for shift in range(0, 70, 7):
            if at >= end:
                raise _Broken
            byte = self._data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value, at
        raise _Broken

    def fields(self, span: Span) -> Iterator[tuple[int, int, Span]]:
        """Field number, integer value (0 for others), and where the content of a nested field lies."""
        at, end = span
        while at < end:
            tag, at = self._number(at, end)
            kind, value, inside = tag & 7, 0, (at, at)
            if kind == 0:
                value, at = self._number(at, end)
            elif kind == 2:
                size, at = self._number(at, end)
                inside = (at, at + size)
                at += size
            elif kind in (1, 5):
                at += 8 if kind == 1 else 4
            else:
                raise _Broken
            if at > end or tag >> 3 == 0:
                raise _Broken
            yield tag >> 3, value, inside

    def nested(self, span: Span, *numbers: int) -> Iterator[Span]:
        """Where the contents of the fields with these numbers lie."""
        return (inside for number, _, inside in self.fields(span) if number in numbers)

    def text(self, span: Span, number: int) -> str:
        """The last string in a field, "" where there is none."""
        found = list(self.nested(span, number))
        try:
            return self._data[slice(*found[-1])].decode() if found else ""
        except UnicodeDecodeError as error:
            raise _Broken from error


def read_graph(path: Path, *, complete: bool = True) -> Graph:
    """Read inputs, outputs, operators and weight files of an ONNX model.

    Args:
        path: the file.
        complete: whether the files that hold its weights must be there.

    Raises:
        EncoderMissing: the file is missing, cut short or no ONNX model, or its weights lie outside its folder or are
            missing.
    """
    hint = "Fetch the encoder's folder again, with all its files."
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            graph = _graph(path, _Message(data))
    except OSError as error:
        raise EncoderMissing(f"{path} cannot be read: {error.strerror}", hint) from error
    except (_Broken, ValueError) as error:  # ValueError: an empty file cannot be mapped
        raise EncoderMissing(f"{path} is cut short or no ONNX model", hint) from error
    for name in graph.weights:
        # Judged by name: in a hub's cache every file is a link to another folder.
        windows = PureWindowsPath(name)
        if windows.anchor or ".." in windows.parts:
            raise EncoderMissing(f"{path} wants weights from outside its folder: {name!r}", "Do not use this model.")
        if complete and not (path.parent / name).is_file():
            raise EncoderMissing(f"{path} needs the file {name!r} beside it", hint)
    return graph


def _graph(path: Path, message: _Message) -> Graph:
    outer = list(message.nested(message.whole, _MODEL_GRAPH))
    if not outer:
        raise _Broken
    operators, weights, initialised = set(), set(), set()
    waiting = outer[-1:]
    while waiting:  # graphs inside graphs (If, Loop) wait their turn
        for number, _, inside in message.fields(waiting.pop()):
            if number == _GRAPH_INITIALIZER:
                initialised.add(message.text(inside, _TENSOR_NAME))
                weights |= _external(message, inside)
            elif number == _GRAPH_NODE:
                operators.add((message.text(inside, _NODE_DOMAIN), message.text(inside, _NODE_OPERATOR)))
                for attribute in message.nested(inside, _NODE_ATTRIBUTE):
                    for tensor in message.nested(attribute, *_ATTRIBUTE_TENSORS):
                        weights |= _external(message, tensor)
                    waiting.extend(message.nested(attribute, *_ATTRIBUTE_GRAPHS))
    inputs = tuple(_tensor(message, span) for span in message.nested(outer[-1], _GRAPH_INPUT))
    outputs = tuple(_tensor(message, span) for span in message.nested(outer[-1], _GRAPH_OUTPUT))
    # Before IR version 4 every weight was listed as an input too.
    inputs = tuple(tensor for tensor in inputs if tensor.name not in initialised)
    if not inputs or not outputs:
        raise _Broken
    return Graph(path, inputs, outputs, frozenset(operators), tuple(sorted(weights)))


def _external(message: _Message, tensor: Span) -> set[str]:
    entries = message.nested(tensor, _TENSOR_EXTERNAL)
    return {message.text(entry, _ENTRY_VALUE) for entry in entries if message.text(entry, _ENTRY_KEY) == "location"}


def _tensor(message: _Message, span: Span) -> Tensor:
    element, shape = 0, None
    for kind in message.nested(span, _VALUE_TYPE):
        for tensor in message.nested(kind, _TYPE_TENSOR):
            for number, value, inside in message.fields(tensor):
                if number == _TENSOR_ELEMENT:
                    element = value
                elif number == _TENSOR_SHAPE:
                    shape = tuple(_size(message, size) for size in message.nested(inside, _SHAPE_DIMENSION))
    return Tensor(message.text(span, _VALUE_NAME), _ELEMENTS.get(element, "other"), shape)


def _size(message: _Message, span: Span) -> int | None:
    sizes = [value for number, value, _ in message.fields(span) if number == _DIMENSION_VALUE]
    return sizes[-1] if sizes and 0 < sizes[-1] < 2**31 else None
