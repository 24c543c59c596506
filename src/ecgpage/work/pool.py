"""The engine of worker processes on one machine."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from ecgpage.values import Refusal, WrongUse
from ecgpage.work.engine import Failed, Function, Lost, Reply
from ecgpage.work.worker import READY, serve

_ONE_THREAD = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)  # fmt: skip
"""Libraries that would start a thread for each core in each worker."""


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    connection: Connection
    ready: bool = False
    ticket: int | None = None
    where: str = ""
    since_s: float = 0.0


class Pool:
    """Up to ``jobs`` processes, one item in each.

    Each worker has a pipe of its own and is given its next item only when it has answered the
    last, so that a worker that dies or hangs costs exactly the item that it was at. Workers
    are spawned (not forked: threads and locks of this process stay here), when first needed,
    with one thread for each numerical library.

    Parameters
    ----------
    function:
        Picklable; sent once to each worker, where it may keep what it loads.
    limit_s:
        Longest time for one item; its worker is then killed and the item refused.
    """

    def __init__(self, function: Function, jobs: int, limit_s: float | None = None) -> None:
        self._packed_function = _pack_function(function)
        self._jobs = jobs
        self._limit_s = limit_s
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []
        self._unsent: list[tuple[int, Reply]] = []

    @property
    def capacity(self) -> int:
        """One item for each worker."""
        return self._jobs

    def submit(self, ticket: int, where: str, item: Any) -> None:
        """Give the item to an idle worker, starting one if all are busy."""
        try:
            message = pickle.dumps((where, pickle.dumps(item, pickle.HIGHEST_PROTOCOL)))
        except Exception as error:  # noqa: BLE001 - it runs the item's own code
            self._unsent.append((ticket, Failed(_unpicklable_item(where, error))))
            return
        worker = next((w for w in self._workers if w.ticket is None), None) or self._start()
        worker.ticket, worker.where, worker.since_s = ticket, where, time.monotonic()
        # A worker that has died meanwhile is noticed in collect.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            worker.connection.send_bytes(message)

    def collect(self) -> tuple[int, Reply]:
        """Wait for an answer, a death or the end of a time limit."""
        if self._unsent:
            return self._unsent.pop()
        while True:
            busy = [worker for worker in self._workers if worker.ticket is not None]
            assert busy, "collect without submit"
            answered = wait([worker.connection for worker in busy], self._patience_s(busy))
            for worker in busy:
                reply = None
                if worker.connection in answered:
                    reply = self._receive(worker)
                elif self._is_late(worker):
                    reply = self._stop_late(worker)
                if reply is not None:
                    return reply

    def close(self) -> None:
        """Kill what is at work and let the idle ones end."""
        for worker in self._workers:
            if worker.ticket is not None:
                worker.process.kill()
            worker.connection.close()
        for worker in self._workers:
            worker.process.join(timeout=5)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.process.close()
        self._workers = []

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=serve, args=(theirs, self._packed_function), daemon=True
        )
        with _one_thread_each():
            process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _receive(self, worker: _Worker) -> tuple[int, Reply] | None:
        try:
            message = worker.connection.recv_bytes()
        except (EOFError, OSError):
            return self._bury(worker)
        if message == READY and not worker.ready:
            worker.ready, worker.since_s = True, time.monotonic()
            return None
        assert worker.ticket is not None
        ticket, worker.ticket = worker.ticket, None
        try:
            return ticket, pickle.loads(message)
        except Exception as error:  # noqa: BLE001 - it runs the value's own code
            return ticket, Failed(_unreadable_result(worker.where, error))

    def _bury(self, worker: _Worker) -> tuple[int, Reply]:
        """Remove a worker that has ended; its item is lost."""
        worker.process.join(timeout=5)
        code = worker.process.exitcode
        how = "an unknown cause" if code is None else _exit_words(code)
        assert worker.ticket is not None
        ticket = worker.ticket
        self._remove(worker)
        return ticket, Lost(how)

    def _remove(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.connection.close()
        worker.process.kill()
        worker.process.join()
        worker.process.close()

    def _patience_s(self, busy: list[_Worker]) -> float | None:
        if self._limit_s is None:
            return None
        ends = [worker.since_s + self._limit_s for worker in busy if worker.ready]
        return max(0.0, min(ends) - time.monotonic()) if ends else None

    def _is_late(self, worker: _Worker) -> bool:
        """Whether the item took longer than allowed; starting the worker does not count."""
        if self._limit_s is None or not worker.ready:
            return False
        return time.monotonic() - worker.since_s >= self._limit_s

    def _stop_late(self, worker: _Worker) -> tuple[int, Reply]:
        assert worker.ticket is not None
        assert self._limit_s is not None
        ticket, where = worker.ticket, worker.where
        self._remove(worker)
        return ticket, Failed(
            Refusal(
                where=where,
                what="it took longer than the time limit",
                expected=f"an answer within {self._limit_s:g} s",
                received="none; its worker process was stopped",
                todo="Raise the time limit if the item is genuine.",
                code="timed-out",
            )
        )


def _pack_function(function: Function) -> bytes:
    try:
        return pickle.dumps(function, pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # pickling runs the object's own code
        raise WrongUse(
            Refusal(
                where=getattr(function, "__qualname__", type(function).__name__),
                what="the function cannot be sent to worker processes",
                expected="a function of a module, or an object that can be pickled",
                received=type(error).__name__,
                todo="Define it at the top of a module, or run with one job.",
                code="unpicklable-function",
            )
        ) from error


def _unpicklable_item(where: str, error: Exception) -> Refusal:
    return Refusal(
        where=where,
        what="the item cannot be sent to a worker process",
        expected="an item that can be pickled",
        received=type(error).__name__,
        todo="Send its path or its key instead, or run with one job.",
        code="unpicklable-item",
    )


def _unreadable_result(where: str, error: Exception) -> Refusal:
    return Refusal(
        where=where,
        what="its result cannot be read back from the worker process",
        expected="a value that can be unpickled",
        received=type(error).__name__,
        todo="Return plain values, arrays or dataclasses from the function.",
        code="unpicklable-result",
    )


def _exit_words(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    words = {-9: "SIGKILL, perhaps for want of memory", -11: "SIGSEGV", -6: "SIGABRT"}
    return f"signal {words.get(code, -code)}"


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Start a process with one thread a library, unless the user has said otherwise."""
    added = [name for name in _ONE_THREAD if name not in os.environ]
    os.environ.update(dict.fromkeys(added, "1"))
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]
