"""What an ONNX file says about itself, against the onnx package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from picdesk.encoders.graph import read_graph
from picdesk.errors import EncoderMissing
from tests.tiny import build_clip

NAMES = {TensorProto.FLOAT: "float32", TensorProto.INT32: "int32", TensorProto.INT64: "int64"}


def described(values: Any) -> list[tuple[str, str, tuple[int | None, ...]]]:
    """The onnx package's own view of inputs or outputs."""
    return [
        (
            value.name,
            NAMES[value.type.tensor_type.elem_type],
            tuple(size.dim_value or None for size in value.type.tensor_type.shape.dim),
        )
        for value in values
    ]


@pytest.mark.parametrize("external", [False, True])
@pytest.mark.parametrize("text_input", ["text", "input_ids"])
@pytest.mark.parametrize("side", ["visual", "textual"])
def test_it_agrees_with_the_onnx_package(tmp_path: Path, side: str, text_input: Any, external: bool) -> None:
    path = build_clip(tmp_path, text_input=text_input, external=external) / side / "model.onnx"
    model, graph = onnx.load(str(path), load_external_data=False), read_graph(path)
    assert [(each.name, each.dtype, each.shape) for each in graph.inputs] == described(model.graph.input)
    assert [(each.name, each.dtype, each.shape) for each in graph.outputs] == described(model.graph.output)
    assert graph.operators == {(node.domain, node.op_type) for node in model.graph.node}
    assert graph.weights == (("weights.bin",) if external else ())


@pytest.mark.shared
@pytest.mark.parametrize("name", ["mobilenet-v1-imagenet/visual", "all-minilm-l6-v2/textual"])
def test_it_agrees_on_real_models(shared: Path, name: str) -> None:
    path = shared / "models" / name / "model.onnx"
    model, graph = onnx.load(str(path)), read_graph(path)
    assert [(each.name, each.dtype, each.shape) for each in graph.inputs] == described(model.graph.input)
    assert [(each.name, each.dtype, each.shape) for each in graph.outputs] == described(model.graph.output)
    assert graph.operators == {(node.domain, node.op_type) for node in model.graph.node}


def save(path: Path, nodes: list[Any], weights: list[Any], inputs: list[Any] | None = None) -> Path:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])
    graph = helper.make_graph(nodes, "g", inputs or [x], [y], weights)
    path.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString())
    return path


def outside(location: str) -> Any:
    tensor = numpy_helper.from_array(np.ones(2, dtype=np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location
    return tensor


def test_weights_listed_as_inputs_are_no_inputs(tmp_path: Path) -> None:
    weight = numpy_helper.from_array(np.ones(2, dtype=np.float32), "w")
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 2]) for name in ("w", "x")]
    path = save(tmp_path / "old.onnx", [helper.make_node("Add", ["x", "w"], ["y"])], [weight], inputs)
    assert [tensor.name for tensor in read_graph(path).inputs] == ["x"]


def test_graphs_and_weights_inside_operators_are_seen(tmp_path: Path) -> None:
    (tmp_path / "far.bin").write_bytes(b"\0" * 8)
    constant = helper.make_node("Constant", [], ["c"], value=outside("far.bin"))
    out = helper.make_tensor_value_info("c", TensorProto.FLOAT, [2])
    inner = helper.make_graph([constant], "inner", [], [out])
    branch = helper.make_node("If", ["b"], ["y"], then_branch=inner, else_branch=inner)
    graph = read_graph(save(tmp_path / "model.onnx", [branch], []))
    assert graph.operators == {("", "If"), ("", "Constant")}
    assert graph.weights == ("far.bin",)


@pytest.mark.parametrize("location", ["../weights.bin", "/etc/passwd", "a/../../b", "C:\\secret", "..\\weights.bin"])
def test_weights_outside_the_folder_are_refused(tmp_path: Path, location: str) -> None:
    (tmp_path / "weights.bin").write_bytes(b"\0" * 8)
    folder = tmp_path / "model"
    folder.mkdir()
    path = save(folder / "model.onnx", [helper.make_node("Add", ["x", "w"], ["y"])], [outside(location)])
    with pytest.raises(EncoderMissing, match="outside its folder"):
        read_graph(path)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    path = save(tmp_path / "model.onnx", [helper.make_node("Add", ["x", "w"], ["y"])], [outside("weights.bin")])
    with pytest.raises(EncoderMissing, match=r"weights\.bin"):
        read_graph(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        b"<!DOCTYPE html><html><body>404</body></html>",
        b"\x80\x04\x95pickle",
        b"PK\x03\x04",
        b"\x08\x07",
        b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\xff" * 64,
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(EncoderMissing, match="cut short or no ONNX model") as caught:
        read_graph(path)
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_never_worse(tmp_path: Path, data: st.DataObject) -> None:
    whole = (build_clip(tmp_path / "tiny", dimension=4) / "visual" / "model.onnx").read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    damaged = bytearray(whole[:cut])
    for at in data.draw(st.lists(st.integers(0, max(0, cut - 1)), max_size=5)):
        damaged[at : at + 1] = bytes([data.draw(st.integers(0, 255))])
    path = tmp_path / "model.onnx"
    path.write_bytes(damaged)
    try:
        graph = read_graph(path)
    except EncoderMissing:
        return
    assert graph.inputs
    assert graph.outputs


def test_every_cut_before_the_outputs_is_noticed(tmp_path: Path) -> None:
    whole = (build_clip(tmp_path / "tiny", dimension=2) / "visual" / "model.onnx").read_bytes()
    path = tmp_path / "model.onnx"
    for cut in range(0, len(whole) - 40, 7):
        path.write_bytes(whole[:cut])
        with pytest.raises(EncoderMissing):
            read_graph(path)
