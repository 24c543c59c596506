"""The package's own small networks, opened when a page first needs them."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any


@cache
def open_network(name: str) -> Any:
    """The ONNX Runtime session of a network that lies beside this module.

    It has the threads that ``OMP_NUM_THREADS`` says, all cores where nothing is said.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = count_threads()
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    path = Path(__file__).with_name(name)
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def count_threads() -> int:
    """Threads for a network: what ``OMP_NUM_THREADS`` says, or 0 for all cores.

    The workers of a batch set it to one; the answer does not depend on it.
    """
    return int(os.environ.get("OMP_NUM_THREADS") or 0)
