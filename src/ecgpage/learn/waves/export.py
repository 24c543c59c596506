"""The delineating network as an ONNX graph that takes any number of leads and any length."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ecgpage.learn.export import OPSET, load_onnx
from ecgpage.learn.export_layers import Graph, add_layer
from ecgpage.values import write_beside


def export_delineator(model: Any, path: str | Path) -> Path:
    """Write the network: ``leads`` (batch, lead, time, 2) to ``waves`` (batch, lead, time/2, 7).

    The length must be divisible by 2 to the power of the number of levels.
    """
    onnx = load_onnx()
    helper, real = onnx.helper, onnx.TensorProto.FLOAT
    graph = Graph(onnx, "")
    first = graph.add("Transpose", ["leads"], perm=[0, 3, 1, 2])
    names = {id(model.inputs[0]): first}
    for operation in model.operations:
        if type(operation).__name__ == "InputLayer":
            continue
        sources = operation.input
        many = sources if isinstance(sources, list | tuple) else [sources]
        inputs = [names[id(tensor)] for tensor in many]
        names[id(operation.output)] = add_layer(graph, operation, inputs)
    last = names[id(model.outputs[0])]
    graph.nodes.append(helper.make_node("Transpose", [last], ["waves"], perm=[0, 2, 3, 1]))
    given = helper.make_tensor_value_info("leads", real, ["batch", "lead", "time", 2])
    out = helper.make_tensor_value_info("waves", real, ["batch", "lead", "cell", 7])
    proto = helper.make_model(
        helper.make_graph(graph.nodes, model.name, [given], [out], graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="ecgpage",
        ir_version=8,
    )
    onnx.checker.check_model(proto)
    with write_beside(Path(path)) as aside:
        aside.write_bytes(proto.SerializeToString(deterministic=True))
    return Path(path)
