"""A model folder made by hand: the probability is the logistic of the mean ink of the page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ecgpage.learn import Preprocessing


def write_small_model(
    folder: Path,
    *,
    classes: tuple[str, ...] = ("Normal", "Abnormal"),
    temperature: float = 1.0,
    threshold: float | None = 0.5,
    gain: float = 40.0,
    shift: float = -2.0,
    preprocessing: Preprocessing | None = None,
) -> Path:
    """Two classes: sigmoid(gain * mean + shift). More: softmax of (k * (gain * mean + shift))."""
    prep = preprocessing or Preprocessing(height=32, width=64)
    folder.mkdir(parents=True, exist_ok=True)
    outputs = 1 if len(classes) == 2 else len(classes)
    steps = np.arange(1, outputs + 1, dtype=np.float32)[None, :]
    constants = [
        numpy_helper.from_array((gain * steps).astype(np.float32), "gain"),
        numpy_helper.from_array((shift * steps).astype(np.float32), "shift"),
    ]
    nodes = [
        helper.make_node("ReduceMean", ["page"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Unsqueeze", ["mean", "axis"], ["column"]),
        helper.make_node("Mul", ["column", "gain"], ["scaled"]),
        helper.make_node("Add", ["scaled", "shift"], ["logit"]),
        helper.make_node("Sigmoid" if outputs == 1 else "Softmax", ["logit"], ["probabilities"]),
    ]
    constants.append(numpy_helper.from_array(np.array([1], dtype=np.int64), "axis"))
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info(
            "page", TensorProto.FLOAT, ["batch", prep.height, prep.width, 1]
        )],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", outputs])],
        constants,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    described = {
        "format_version": 1, "ecgpage_version": "0", "network": "small", "settings": {},
        "preprocessing": prep.as_dict(), "classes": list(classes), "positive": classes[-1],
        "threshold": threshold, "temperature": temperature, "data_fingerprint": "none",
        "seed": 0, "versions": {}, "metrics": {},
    }  # fmt: skip
    (folder / "model.json").write_text(json.dumps(described))
    return folder
