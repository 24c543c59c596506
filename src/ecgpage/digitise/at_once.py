"""Two pieces of work at the same time, where there is a core for each."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ecgpage.digitise.package_network import count_threads, keep_little_memory

A = TypeVar("A")
B = TypeVar("B")


def at_once(first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """What both return; one after the other where ``OMP_NUM_THREADS`` is 1, as in a batch.

    Most of their time must be spent in libraries that let other threads run.
    """
    if count_threads() == 1:
        return first(), second()
    keep_little_memory()
    with ThreadPoolExecutor(1) as thread:
        beside = thread.submit(second)
        here = first()
        return here, beside.result()
