"""What runs within a Dask worker: it hands each item to a process of its own beside it."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
import time
from collections import OrderedDict

import ecgpage
from ecgpage.values import Refusal
from ecgpage.work.engine import Failed, Reply
from ecgpage.work.pool import Pool

Manner = tuple[float | None, float | None, str | None]
"""Longest time, most memory, and where relative paths begin: as :class:`Pool` takes them."""

Answer = tuple[float, list[bytes]]
"""How many seconds a task worked, and each item's reply, packed."""

_BATCHES = 2
"""Batches whose idle processes a worker keeps; those of the oldest go first."""

_LOCK = threading.Lock()
_IDLE: OrderedDict[str, list[Pool]] = OrderedDict()


def work_on(
    batch: str, function: bytes, manner: Manner, version: str, items: list[tuple[str, bytes]]
) -> Answer:
    """The function on each item in turn, in a process that lives as long as nothing kills it.

    Time and memory of an item are limited there, and its death is an answer like any other,
    so that a page which crashes a library costs neither the worker nor the pages beside it.
    """
    if version != ecgpage.__version__:
        refused = _packed(Failed(_other_version(version), wrong_use=True))
        return 0.0, [refused] * len(items)
    pool = _take(batch) or _start(function, manner)
    begun_s, replies = time.perf_counter(), []
    try:
        for where, item in items:
            pool.submit_packed(0, where, item)
            replies.append(_packed(pool.collect()[1]))
    except BaseException:
        pool.close()
        raise
    _give_back(batch, pool)
    return time.perf_counter() - begun_s, replies


def forget(batch: str) -> None:
    """Let a batch's processes end."""
    with _LOCK:
        pools = _IDLE.pop(batch, [])
    for pool in pools:
        pool.close()


def _take(batch: str) -> Pool | None:
    with _LOCK:
        idle = _IDLE.get(batch)
        return idle.pop() if idle else None


def _give_back(batch: str, pool: Pool) -> None:
    with _LOCK:
        _IDLE.setdefault(batch, []).append(pool)
        _IDLE.move_to_end(batch)
        old = [_IDLE.popitem(last=False)[1] for _ in range(len(_IDLE) - _BATCHES)]
    for left in (pool for pools in old for pool in pools):
        left.close()


def _start(function: bytes, manner: Manner) -> Pool:
    # A nanny starts its worker as a daemon, which may have no children; this one's children end
    # with it in any case, for their pipe closes.
    process = multiprocessing.current_process()
    if process.daemon:
        process.daemon = False
    return Pool(function, 1, *manner)


def _packed(reply: Reply) -> bytes:
    return pickle.dumps(reply, pickle.HIGHEST_PROTOCOL)


def _other_version(version: str) -> Refusal:
    return Refusal(
        where="--dask",
        what="a worker runs another version of ecgpage",
        expected=f"ecgpage {version}, as here",
        received=f"ecgpage {ecgpage.__version__}",
        todo="Install the same version on all machines.",
        code="other-version",
    )
