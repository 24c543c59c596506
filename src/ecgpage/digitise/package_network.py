"""The package's own small networks, opened when a page first needs them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any


@cache
def open_network(name: str) -> Any:
    """The ONNX Runtime session of a network that lies beside this module, on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    path = Path(__file__).with_name(name)
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
