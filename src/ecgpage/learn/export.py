"""A Keras network as an ONNX graph, built layer by layer.

Keras' own ``model.export(format="onnx")`` goes through tf2onnx: it works with TensorFlow alone
and only because Keras patches that package for today's NumPy at run time. The networks here use
a dozen kinds of layers, so the graph is written directly with the ``onnx`` package (wheels for
Linux x86-64 and arm64 and macOS): any backend, nothing patched, a batch of any size, and
several networks averaged in one graph. A layer without a rule is refused, never guessed.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ecgpage.learn.export_layers import Graph, add_layer
from ecgpage.values import missing_extra, write_beside

OPSET = 17
"""ONNX operator set; ONNX Runtime reads it since 1.12 (2022)."""

INPUT, OUTPUT = "page", "probabilities"


def export_onnx(models: Any | Sequence[Any], path: str | Path) -> Path:
    """Write one network, or the mean of several, as ONNX.

    The input ``page`` has shape (batch, height, width, 1), float32; the output
    ``probabilities`` has shape (batch, 1) for two classes, else (batch, classes). Of several
    networks the probabilities are averaged.

    Raises
    ------
    WrongUse
        For a layer that has no rule here.
    """
    many = list(models) if isinstance(models, list | tuple) else [models]
    onnx = load_onnx()
    graph = Graph(onnx, "")
    outputs = [_one_network(graph, model, f"member{i}/") for i, model in enumerate(many)]
    if len(outputs) == 1:
        graph.nodes.append(onnx.helper.make_node("Identity", outputs, [OUTPUT], name="output"))
    else:
        graph.nodes.append(onnx.helper.make_node("Mean", outputs, [OUTPUT], name="output"))
    return _write(graph, many[0], Path(path))


def _write(graph: Graph, model: Any, path: Path) -> Path:
    helper, real = graph.onnx.helper, graph.onnx.TensorProto.FLOAT
    page = helper.make_tensor_value_info(INPUT, real, ["batch", *model.input_shape[1:]])
    out = helper.make_tensor_value_info(OUTPUT, real, ["batch", model.output_shape[-1]])
    return write_graph(graph, model.name, [page], [out], path)


def write_graph(graph: Graph, name: str, given: list[Any], out: list[Any], path: Path) -> Path:
    """Check a graph and write it, whole or not at all, with the same bytes each time."""
    onnx, helper = graph.onnx, graph.onnx.helper
    proto = helper.make_model(
        helper.make_graph(graph.nodes, name, given, out, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="ecgpage",
        ir_version=8,
    )
    onnx.checker.check_model(proto)
    with write_beside(path) as aside:
        aside.write_bytes(proto.SerializeToString(deterministic=True))
    return path


def _one_network(graph: Graph, model: Any, prefix: str) -> str:
    """Add a network's layers, following its connections; gives its output's name."""
    graph.prefix = prefix
    page = graph.add("Transpose", [INPUT], perm=[0, 3, 1, 2])
    if type(model).__name__ == "Sequential":
        for layer in model.layers:
            page = add_layer(graph, layer, [page])
        return page
    return follow_layers(graph, model, page)


def follow_layers(graph: Graph, model: Any, first: str) -> str:
    """Add the layers of a functional model after ``first``; gives the name of its output."""
    names = {id(model.inputs[0]): first}
    for operation in model.operations:
        if type(operation).__name__ == "InputLayer":
            continue
        sources = operation.input
        many = sources if isinstance(sources, list | tuple) else [sources]
        inputs = [names[id(tensor)] for tensor in many]
        names[id(operation.output)] = add_layer(graph, operation, inputs)
    return names[id(model.outputs[0])]


def load_onnx() -> Any:
    try:
        onnx = importlib.import_module("onnx")
        importlib.import_module("onnx.numpy_helper")
        importlib.import_module("onnx.checker")
    except ImportError as error:
        raise missing_extra("onnx", "train", "writing the model as ONNX") from error
    return onnx
