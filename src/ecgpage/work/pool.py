"""The engine of worker processes on one machine."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from ecgpage.values import Refusal, WrongUse
from ecgpage.work.engine import Failed, Function, Lost, Reply
from ecgpage.work.worker import READY, serve

_ONE_THREAD = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)  # fmt: skip
"""Libraries that would start a thread for each core in each worker."""

_WATCH_S = 0.05
"""How often memory is looked at where it has a limit."""


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
        Picklable; sent once to each worker, where it may keep what it loads. Or what
        :func:`pack_function` made of it.
    limit_s:
        Longest time for one item; its worker is then killed and the item refused.
    limit_mb:
        Most memory (resident, MiB) that a worker may take; it is then killed and the item
        refused. Looked at every 50 ms.
    folder:
        Where relative paths begin for the workers; by default where this process is.
    """

    def __init__(
        self,
        function: Function | bytes,
        jobs: int,
        limit_s: float | None = None,
        limit_mb: float | None = None,
        folder: str | None = None,
    ) -> None:
        packed = function if isinstance(function, bytes) else pack_function(function)
        self._packed_function = packed
        self._jobs = jobs
        self._limit_s = limit_s
        self._limit_mb = limit_mb
        self._folder = folder
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
            packed = pickle.dumps(item, pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # noqa: BLE001 - it runs the item's own code
            self._unsent.append((ticket, Failed(unpicklable_item(where, error))))
            return
        self.submit_packed(ticket, where, packed)

    def submit_packed(self, ticket: int, where: str, packed_item: bytes) -> None:
        """As :meth:`submit`, with an item that is pickled already."""
        message = pickle.dumps((where, packed_item))
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
                    reply = self._stop(worker, _late(worker.where, self._limit_s or 0.0))
                elif self._is_large(worker):
                    reply = self._stop(worker, _large(worker.where, self._limit_mb or 0.0))
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
            target=serve, args=(theirs, self._packed_function, self._folder), daemon=True
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
            return ticket, Failed(unreadable_result(worker.where, error))

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
        watch_s = None if self._limit_mb is None else _WATCH_S
        if self._limit_s is None:
            return watch_s
        ends = [worker.since_s + self._limit_s for worker in busy if worker.ready]
        if not ends:
            return watch_s
        left_s = max(0.0, min(ends) - time.monotonic())
        return left_s if watch_s is None else min(left_s, watch_s)

    def _is_late(self, worker: _Worker) -> bool:
        """Whether the item took longer than allowed; starting the worker does not count."""
        if self._limit_s is None or not worker.ready:
            return False
        return time.monotonic() - worker.since_s >= self._limit_s

    def _is_large(self, worker: _Worker) -> bool:
        """Whether the worker holds more memory than allowed."""
        if self._limit_mb is None or worker.process.pid is None:
            return False
        return resident_mb(worker.process.pid) > self._limit_mb

    def _stop(self, worker: _Worker, refusal: Refusal) -> tuple[int, Reply]:
        assert worker.ticket is not None
        ticket = worker.ticket
        self._remove(worker)
        return ticket, Failed(refusal)


def resident_mb(process: int) -> float:
    """Resident memory of a process in MiB; 0 where it is no more."""
    statm = Path(f"/proc/{process}/statm")
    try:
        if statm.exists():
            return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        told = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=False
        )
        return int(told.stdout) / 1024
    except (OSError, ValueError, IndexError):
        return 0.0


def _late(where: str, limit_s: float) -> Refusal:
    return Refusal(
        where=where,
        what="it took longer than the time limit",
        expected=f"an answer within {limit_s:g} s",
        received="none; its worker process was stopped",
        todo="Raise the time limit if the item is genuine.",
        code="timed-out",
    )


def _large(where: str, limit_mb: float) -> Refusal:
    return Refusal(
        where=where,
        what="it took more memory than the limit",
        expected=f"at most {limit_mb:g} MiB",
        received="more; its worker process was stopped",
        todo="Raise the memory limit if the item is genuine.",
        code="too-much-memory",
    )


def pack_function(function: Function) -> bytes:
    """The function as bytes for other processes.

    Raises
    ------
    WrongUse
        ``unpicklable-function``.
    """
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


def unpicklable_item(where: str, error: Exception) -> Refusal:
    """The refusal of an item that cannot be sent anywhere."""
    return Refusal(
        where=where,
        what="the item cannot be sent to a worker process",
        expected="an item that can be pickled",
        received=type(error).__name__,
        todo="Send its path or its key instead, or run with one job.",
        code="unpicklable-item",
    )


def unreadable_result(where: str, error: Exception) -> Refusal:
    """The refusal of an item whose value cannot be made again here."""
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
