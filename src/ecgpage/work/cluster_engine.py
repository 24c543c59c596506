"""The engine of a Dask cluster, and of one that is started here for a batch."""

from __future__ import annotations

import pickle
import time
import uuid
from collections import deque
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import ecgpage
from ecgpage.values import Refusal, Refused, WrongUse, missing_extra
from ecgpage.work.cluster_worker import Answer, forget, work_on
from ecgpage.work.cores import count_cores
from ecgpage.work.engine import Done, Engine, Failed, Function, Lost, Reply
from ecgpage.work.pool import pack_function, unpicklable_item, unreadable_result

LOCAL = "local"
"""The address that stands for a cluster of this machine's cores, started for the batch."""

_A_THREAD = 4
"""Tasks under way for each thread of the cluster: one at work and some at hand, so that a slow way
to the scheduler and back costs nothing."""

_TASK_S = 0.4
"""How long a task should work: a task costs scheduler, client and worker about 10 ms between them,
so that quick items go several to a task."""

_MOST_A_TASK = 32

_LOOK_S = 2.0
"""How often it is asked how many threads the cluster has now."""

_CONNECT_S = 30


def cluster(
    address: str,
    *,
    jobs: int = 0,
    limit_s: float | None = None,
    limit_mb: float | None = None,
    watched: Callable[[str], None] | None = None,
) -> Callable[[Function], Engine]:
    """An engine for :func:`ecgpage.work.run` that sends items to Dask workers.

    Parameters
    ----------
    address:
        Of a running scheduler, ``tcp://10.0.0.1:8786`` say, or ``local``.
    jobs:
        How many workers ``local`` starts; 0 takes one for each core.
    limit_s, limit_mb:
        As :func:`ecgpage.work.run` says; they hold for each item, on whatever machine.
    watched:
        Told the dashboard's address.

    Raises
    ------
    WrongUse
        ``missing-extra`` at once; ``no-scheduler`` when the engine is made.
    """
    try:
        import distributed
    except ModuleNotFoundError as error:
        raise missing_extra("distributed", "archive", "work on a Dask cluster") from error
    del distributed
    return lambda function: Cluster(function, address, jobs, limit_s, limit_mb, watched)


class Cluster:
    """Items on the workers of a Dask scheduler.

    At most four tasks for each thread of the cluster are with the scheduler at any time, so a
    list of any length costs it nothing. A task is one item, or several where they are found to
    be quick. A worker gives each item to a process of its own beside
    it (:mod:`ecgpage.work.cluster_worker`): what a page does to its process doesn't reach the
    worker. Where a worker itself goes, Dask gives its items to others, three times over; then
    the item is lost.
    """

    def __init__(
        self,
        function: Function,
        address: str,
        jobs: int = 0,
        limit_s: float | None = None,
        limit_mb: float | None = None,
        watched: Callable[[str], None] | None = None,
    ) -> None:
        packed = pack_function(function)
        self._manner = (limit_s, limit_mb, str(Path.cwd()))
        self._cluster, self._client = _connect(address, jobs)
        self._run = uuid.uuid4().hex
        self._tasks: dict[Any, list[tuple[int, str]]] = {}
        self._waiting: list[tuple[int, str, bytes]] = []
        self._a_task, self._sent = 1, 0
        self._answers: deque[tuple[int, Reply]] = deque()
        self._ended: SimpleQueue[Any] = SimpleQueue()
        self._function = self._client.submit(
            bytes, packed, key=f"ecgpage-function-{self._run}", pure=False
        )
        self._capacity, self._looked_s = 0, 0.0
        if watched is not None:
            watched(str(self._client.dashboard_link))

    @property
    def capacity(self) -> int:
        """Items of four tasks for each thread that the cluster has now; one while it has none."""
        if time.monotonic() - self._looked_s >= _LOOK_S or not self._capacity:
            self._capacity = max(1, _A_THREAD * sum(self._client.nthreads().values()))
            self._looked_s = time.monotonic()
        return self._capacity * self._a_task

    def submit(self, ticket: int, where: str, item: Any) -> None:
        """Put the item to those that go to the scheduler next."""
        try:
            packed = pickle.dumps(item, pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # noqa: BLE001 - it runs the item's own code
            self._answers.append((ticket, Failed(unpicklable_item(where, error))))
            return
        self._waiting.append((ticket, where, packed))
        if len(self._waiting) >= self._a_task:
            self._send()

    def _send(self) -> None:
        """One task of all that wait, under a name that says nothing of them."""
        items = [(where, packed) for _, where, packed in self._waiting]
        future = self._client.submit(
            work_on, self._run, self._function, self._manner, ecgpage.__version__, items,
            key=f"ecgpage-pages-{self._run}-{self._sent}", pure=False,
        )  # fmt: skip
        self._sent += 1
        self._tasks[future] = [(ticket, where) for ticket, where, _ in self._waiting]
        self._waiting = []
        future.add_done_callback(self._ended.put)

    def collect(self) -> tuple[int, Reply]:
        """Wait for the next answer.

        Raises
        ------
        Refused
            ``scheduler-lost``.
        """
        if not self._answers:
            if self._waiting:
                self._send()
            futures = [self._ended.get()]
            while not self._ended.empty():
                futures.append(self._ended.get())
            for future, answer in zip(futures, self._gather(futures), strict=True):
                self._take(self._tasks.pop(future), answer)
                future.release()
        return self._answers.popleft()

    def _take(self, items: list[tuple[int, str]], answer: Answer | Lost) -> None:
        """Each item's reply, and what the task tells of how many there should be in the next."""
        if isinstance(answer, Lost):
            self._answers += [(ticket, answer) for ticket, _ in items]
            return
        seconds, replies = answer
        for (ticket, where), reply in zip(items, replies, strict=True):
            self._answers.append((ticket, _unpacked(where, reply)))
        fitting = int(_TASK_S * len(items) / max(seconds, 1e-6))
        self._a_task = max(1, min(fitting, 2 * self._a_task, _MOST_A_TASK))

    def _gather(self, futures: list[Any]) -> list[Answer | Lost]:
        """The answers of tasks that have ended, in one go where none of them failed."""
        try:
            found: list[Answer | Lost] = self._client.gather(futures)
        except Exception:  # noqa: BLE001 - one by one it shows whose it is
            return [self._answer(future) for future in futures]
        return found

    def _answer(self, future: Any) -> Answer | Lost:
        """One answer; where a worker went with it, Dask has it made again meanwhile."""
        from distributed import CancelledError

        try:
            answer: Answer = future.result()
        except (CancelledError, OSError) as error:
            raise _scheduler_lost() from error
        except Exception as error:  # noqa: BLE001 - KilledWorker, and what else ends a task
            return Lost(_words(error))
        return answer

    def close(self) -> None:
        """Take back what is under way and leave; a cluster that was started here ends."""
        try:
            if self._client.status == "running":
                self._client.cancel(list(self._tasks), force=True)
                self._client.run(forget, self._run, on_error="ignore")
        finally:
            self._tasks.clear()
            self._client.close(timeout=5)
            if self._cluster is not None:
                self._cluster.close(timeout=10)


def _connect(address: str, jobs: int) -> tuple[Any, Any]:
    """A client, and the cluster behind it where it was started here, on loopback alone."""
    from distributed import Client, LocalCluster

    if address != LOCAL:
        try:
            return None, Client(address, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise _no_scheduler(address, type(error).__name__) from error
    started = LocalCluster(
        n_workers=jobs or count_cores(), threads_per_worker=1, host="127.0.0.1",
        dashboard_address="127.0.0.1:0", memory_limit=0, silence_logs="ERROR",
    )  # fmt: skip
    return started, Client(started, set_as_default=False)


def _unpacked(where: str, result: bytes) -> Reply:
    try:
        reply: Reply = pickle.loads(result)
    except Exception as error:  # noqa: BLE001 - it runs the value's own code
        return Failed(unreadable_result(where, error))
    assert isinstance(reply, Done | Failed | Lost)
    return reply


def _words(error: Exception) -> str:
    """What became of a task, without the error's own words: they may name a file."""
    if type(error).__name__ == "KilledWorker":
        return "the Dask workers that had it ended, one after another"
    return f"{type(error).__name__} in a Dask worker"


def _no_scheduler(address: str, received: str) -> WrongUse:
    return WrongUse(
        Refusal(
            where=f"--dask {address}",
            what="no scheduler answers there",
            expected="the address of a running Dask scheduler, or 'local'",
            received=received,
            todo="Start one with: dask scheduler --host 127.0.0.1",
            code="no-scheduler",
        )
    )


def _scheduler_lost() -> Refused:
    return Refused(
        Refusal(
            where="--dask",
            what="the scheduler went away",
            expected="a scheduler that stays until the work is done",
            received="no connection",
            todo="Start it again and run the same command: it goes on where it was.",
            code="scheduler-lost",
        )
    )
