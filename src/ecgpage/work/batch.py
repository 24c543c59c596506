"""A batch: a pure function over items, with a book of what is done."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Generic

from ecgpage.values import Ledger, Outcome, Progress, Refusal, Silent, WrongUse
from ecgpage.work.cores import count_cores
from ecgpage.work.engine import Done, Engine, Failed, Item, Lost, Reply, Value
from ecgpage.work.inline import Inline
from ecgpage.work.means import Means
from ecgpage.work.pool import Pool

_WINDOW_PER_JOB = 16
"""With ``ordered``, how far the work may run ahead of the oldest item that is not ready."""


def run(
    function: Callable[[Item], Value],
    items: Iterable[Item],
    *,
    key: Callable[[Item], str],
    name: str = "",
    jobs: int = 1,
    ledger: Ledger[Value] | None = None,
    fingerprint: Callable[[Item], str] | None = None,
    progress: Progress | None = None,
    total: int | None = None,
    ordered: bool = True,
    limit_s: float | None = None,
    limit_mb: float | None = None,
    engine: Callable[[Callable[[Item], Value]], Engine] | None = None,
    means: Means | None = None,
) -> Iterator[Outcome[Value]]:
    """Apply a function to each item and yield what became of it.

    A refused item does not stop the batch. Memory is flat in the number of items: ``items``
    is read as it is needed and nothing is kept of what has been yielded.

    Parameters
    ----------
    function:
        Pure and picklable; it may raise :class:`ecgpage.values.Refused`. Any other exception
        becomes a refusal with the code ``unexpected``.
    key:
        Names an item; names are distinct within the batch.
    name:
        What the progress bar says.
    jobs:
        How many processes; 1 works in this one, 0 takes one for each core that may be used.
    ledger, fingerprint:
        What is done already and need not be done again, and what tells whether an item is
        still the same (default: its key alone).
    ordered:
        Yield in the order of the items; otherwise as they get ready.
    limit_s:
        Longest time for one item; needs a process of its own even for one job.
    limit_mb:
        Most memory for the process that works on an item, in MiB; the same holds.
    engine:
        Makes the engine in place of the one that ``jobs`` stands for.
    means:
        All of jobs, limits and engine at once, in place of them.

    Raises
    ------
    WrongUse
        Where the function says that the request is wrong for every item.

    Notes
    -----
    An item whose worker process died is tried once more with nothing beside it (memory may
    have run out because of its neighbours) and is refused as ``worker-died`` if that
    happens again.
    """
    if means is not None:
        jobs, limit_s, limit_mb = means.jobs, means.limit_s, means.limit_mb
        say = (progress or Silent()).say
        engine = means.engine(lambda address: say(f"Dashboard: {address}"))
    if engine is not None:
        make: Callable[[], Engine] = lambda: engine(function)  # noqa: E731
    elif jobs == 1 and limit_s is None and limit_mb is None:
        make = lambda: Inline(function)  # noqa: E731
    else:
        make = lambda: Pool(function, jobs or count_cores(), limit_s, limit_mb)  # noqa: E731
    alone = lambda: Pool(function, 1, limit_s, limit_mb)  # noqa: E731
    batch = _Batch(make, alone, key, ledger, fingerprint, ordered)
    yield from (progress or Silent()).steps(batch.outcomes(items), name, total)


class _Batch(Generic[Item, Value]):
    """The items under way, and the outcomes that wait for their turn."""

    def __init__(
        self,
        make_engine: Callable[[], Engine],
        make_alone: Callable[[], Engine],
        key: Callable[[Item], str],
        ledger: Ledger[Value] | None,
        fingerprint: Callable[[Item], str] | None,
        ordered: bool,
    ) -> None:
        self._make_engine, self._make_alone = make_engine, make_alone
        self._key, self._ledger, self._ordered = key, ledger, ordered
        self._fingerprint = fingerprint or _no_fingerprint
        self._under_way: dict[int, tuple[str, str, Item]] = {}
        self._ready: dict[int, Outcome[Value]] = {}
        self._next = 0

    def outcomes(self, items: Iterable[Item]) -> Iterator[Outcome[Value]]:
        """Drive the engine over the items."""
        with contextlib.closing(self._make_engine()) as engine:
            window = engine.capacity * _WINDOW_PER_JOB
            for ticket, item in enumerate(items):
                name = self._key(item)
                mark = self._fingerprint(item)
                known = self._ledger.known(name, mark) if self._ledger else None
                while self._must_wait(ticket, engine.capacity, window, known is not None):
                    self._settle(*engine.collect())
                if known is not None:
                    self._ready[ticket] = known
                else:
                    self._under_way[ticket] = (name, mark, item)
                    engine.submit(ticket, name, item)
                yield from self._drain()
            while self._under_way:
                self._settle(*engine.collect())
                yield from self._drain()

    def _must_wait(self, ticket: int, capacity: int, window: int, known: bool) -> bool:
        if not self._under_way:
            return False
        if self._ordered and ticket - min(self._under_way) >= window:
            return True
        return not known and len(self._under_way) >= capacity

    def _drain(self) -> Iterator[Outcome[Value]]:
        """Yield what is ready and whose turn it is."""
        if not self._ordered:
            ready, self._ready = self._ready, {}
            yield from ready.values()
            return
        while self._next in self._ready:
            outcome = self._ready.pop(self._next)
            self._next += 1
            yield outcome

    def _settle(self, ticket: int, reply: Reply) -> None:
        """Turn a reply into an outcome and enter it into the book."""
        name, mark, item = self._under_way[ticket]
        if isinstance(reply, Lost):
            reply = self._try_alone(ticket, name, item)
        if isinstance(reply, Failed) and reply.wrong_use:
            raise WrongUse(reply.refusal)
        outcome: Outcome[Value]
        if isinstance(reply, Done):
            outcome = Outcome(name, reply.value)
        elif isinstance(reply, Failed):
            outcome = Outcome(name, None, reply.refusal)
        else:
            outcome = Outcome(name, None, _worker_died(name, reply))
        if self._ledger is not None:
            self._ledger.write(outcome, mark)
        del self._under_way[ticket]
        self._ready[ticket] = outcome

    def _try_alone(self, ticket: int, name: str, item: Item) -> Reply:
        """Once more in a process of its own; the others get nothing new meanwhile."""
        with contextlib.closing(self._make_alone()) as engine:
            engine.submit(ticket, name, item)
            return engine.collect()[1]


def _no_fingerprint(item: object) -> str:  # noqa: ARG001
    return ""


def _worker_died(where: str, lost: Lost) -> Refusal:
    return Refusal(
        where=where,
        what="its worker process ended without an answer, twice",
        expected="a value or a stated reason",
        received=lost.how,
        todo="Look at this item by itself, with more memory; the others go on.",
        code="worker-died",
    )
