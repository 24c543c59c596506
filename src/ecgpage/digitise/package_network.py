"""The package's own small networks, opened when a page first needs them."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any


@cache
def open_network(name: str) -> Any:
    """The ONNX Runtime session of a network of the package, by its file name in ``weights``.

    It has the threads that ``OMP_NUM_THREADS`` says, all cores where nothing is said.
    """
    path = Path(__file__).parent / "weights" / name
    return open_session(str(path), count_threads())


def open_session(network: str | bytes, threads: int) -> Any:
    """The session of a network, given by its file or its content."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.use_env_allocators", "1")
    keep_little_memory()
    _share_memory()
    return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])


@cache
def keep_little_memory() -> None:
    """Ask the GNU C library for two pools of memory in all, not up to eight a core.

    Each pool keeps what the largest page has taken in its threads: with two the twelve scans of
    the development data need 70 MiB less, and no more time. Elsewhere nothing is done.
    """
    most_pools, number = -8, 2  # M_ARENA_MAX of mallopt(3)
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(most_pools, number)


@cache
def _share_memory() -> None:
    """One pool of memory for all these networks, which look one after the other.

    A pool of its own for each would keep what its largest page has taken: 100 MiB more.
    """
    import onnxruntime as ort

    where = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0,
                              ort.OrtMemType.DEFAULT)  # fmt: skip
    as_asked, usual = 1, -1  # grow by what is asked for, not to powers of two
    ort.create_and_register_allocator(where, ort.OrtArenaCfg(0, as_asked, usual, usual))


def count_threads() -> int:
    """Threads for a network: what ``OMP_NUM_THREADS`` says, or 0 for all cores.

    The workers of a batch set it to one; the answer does not depend on it.
    """
    return int(os.environ.get("OMP_NUM_THREADS") or 0)
