"""The Dask engine: the same outcomes as the pool, whatever happens to pages and workers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ecgpage.values import WrongUse
from ecgpage.work import cluster, run

from . import fakes

pytest.importorskip("distributed", reason="install it with: pip install 'ecgpage[archive]'")

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """A scheduler with two workers of one thread, each under a nanny, on loopback."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as started:
        yield started.scheduler_address


def test_outcomes_are_those_of_the_pool(scheduler: str) -> None:
    items = ["a", "exit", "b", "kill", "c", "unpicklable", "unreadable", "raise", "none", "d"] * 2
    names = iter(range(10**6))
    keyed = [(next(names), item) for item in items]
    pool = list(run(fakes.misbehave_second, keyed, key=str, jobs=2))
    made = cluster(scheduler)
    assert list(run(fakes.misbehave_second, keyed, key=str, engine=made)) == pool
    assert {o.refusal.code for o in pool if o.refusal} == {
        "worker-died", "unpicklable-result", "unexpected"
    }  # fmt: skip


def test_time_is_limited_on_the_workers(scheduler: str) -> None:
    made = cluster(scheduler, limit_s=2.0)
    slow, fine = run(fakes.misbehave, ["hang", "a"], key=str, engine=made)
    assert slow.refusal is not None
    assert slow.refusal.code == "timed-out"
    assert fine.value == "a"


def test_memory_is_limited_on_the_workers(scheduler: str) -> None:
    made = cluster(scheduler, limit_mb=400)
    large, fine = run(fakes.misbehave, ["eat", "a"], key=str, engine=made)
    assert large.refusal is not None
    assert large.refusal.code == "too-much-memory"
    assert fine.value == "a"


def test_a_killed_worker_costs_no_item(scheduler: str, tmp_path: Path) -> None:
    items = [(str(tmp_path), number) for number in range(60)]
    outcomes: list[Any] = []
    killed = None
    for outcome in run(fakes.slow_note_of_worker, items, key=str, engine=cluster(scheduler)):
        outcomes.append(outcome.value)
        if killed is None and len(outcomes) == 10:
            killed = outcome.value[1]
            os.kill(killed, signal.SIGKILL)
    assert [number for number, _ in outcomes] == [number for _, number in items]
    assert len({worker for _, worker in outcomes}) >= 2
    assert not Path(f"/proc/{killed}").exists() or killed is not None


def test_nothing_goes_to_the_scheduler_before_it_is_wanted(scheduler: str) -> None:
    asked = 0

    def endless() -> Iterator[int]:
        nonlocal asked
        while True:
            asked += 1
            yield asked

    outcomes = run(fakes.double, endless(), key=str, engine=cluster(scheduler), ordered=False)
    for _ in range(40):
        next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    assert asked <= 40 + 2 * 4 * 32 + 1  # two threads, four tasks each, 32 items at most


def test_a_cluster_of_its_own_is_started_and_ended() -> None:
    said: list[str] = []
    made = cluster("local", jobs=1, watched=said.append)
    assert [o.value for o in run(fakes.double, range(3), key=str, engine=made)] == [0, 2, 4]
    assert said[0].startswith("http://127.0.0.1:")


def test_wrong_use_ends_the_batch(scheduler: str) -> None:
    with pytest.raises(WrongUse):
        list(run(fakes.misbehave, ["wrong", "a"], key=str, engine=cluster(scheduler)))


def test_a_scheduler_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecgpage.work.cluster_engine._CONNECT_S", 1)
    with pytest.raises(WrongUse, match="no scheduler answers there"):
        list(run(fakes.double, [1], key=str, engine=cluster("tcp://127.0.0.1:9")))
