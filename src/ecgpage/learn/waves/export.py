"""The delineating network as an ONNX graph that takes any number of leads and any length."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ecgpage.learn.export import follow_layers, load_onnx, write_graph
from ecgpage.learn.export_layers import Graph


def export_delineator(model: Any, path: str | Path) -> Path:
    """Write the network: ``leads`` (batch, lead, time, 2) to ``waves`` (batch, lead, time/2, 7).

    The length must be divisible by 2 to the power of the number of levels.
    """
    onnx = load_onnx()
    helper, real = onnx.helper, onnx.TensorProto.FLOAT
    graph = Graph(onnx, "")
    first = graph.add("Transpose", ["leads"], perm=[0, 3, 1, 2])
    last = follow_layers(graph, model, first)
    graph.nodes.append(helper.make_node("Transpose", [last], ["waves"], perm=[0, 2, 3, 1]))
    given = helper.make_tensor_value_info("leads", real, ["batch", "lead", "time", 2])
    out = helper.make_tensor_value_info("waves", real, ["batch", "lead", "cell", 7])
    return write_graph(graph, model.name, [given], [out], Path(path))
