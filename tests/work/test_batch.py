"""The batch engine against functions that misbehave in every way."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgpage.values import Outcome, WrongUse
from ecgpage.work import Done, Failed, Lost, Reply, run

from . import fakes


class Book:
    """A ledger in a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[Outcome[Any], str]] = {}
        self.writes = 0

    def known(self, key: str, fingerprint: str) -> Outcome[Any] | None:
        outcome, mark = self.rows.get(key, (None, ""))
        return outcome if outcome and outcome.refusal is None and mark == fingerprint else None

    def write(self, outcome: Outcome[Any], fingerprint: str) -> None:
        self.writes += 1
        self.rows[outcome.key] = (outcome, fingerprint)


class Reversing:
    """An engine that answers the newest item first, and loses each item that says so."""

    capacity = 4

    def __init__(self, function: Any) -> None:
        self.function = function
        self.waiting: list[tuple[int, Any]] = []
        self.most = 0

    def submit(self, ticket: int, where: str, item: Any) -> None:
        self.waiting.append((ticket, item))
        self.most = max(self.most, len(self.waiting))
        assert len(self.waiting) <= self.capacity

    def collect(self) -> tuple[int, Reply]:
        ticket, item = self.waiting.pop()
        if item == "kill":
            return ticket, Lost("a fake")
        if item == "wrong":
            return ticket, Failed(fakes.REFUSAL, wrong_use=True)
        return ticket, Done(self.function(item))

    def close(self) -> None:
        self.waiting = []


@given(st.lists(st.integers(0, 50)), st.booleans())
def test_every_item_has_one_outcome_and_order_is_kept(items: list[int], ordered: bool) -> None:
    outcomes = list(run(fakes.double, items, key=str, engine=Reversing, ordered=ordered))
    values = [outcome.value for outcome in outcomes]
    expected = [2 * item for item in items]
    assert values == expected if ordered else sorted(values) == sorted(expected)
    assert all(outcome.key == str(outcome.value // 2) for outcome in outcomes)


def test_refusals_of_the_function_become_outcomes() -> None:
    outcomes = list(run(fakes.refuse_odd, range(4), key=str))
    assert [outcome.value for outcome in outcomes] == [0, None, 2, None]
    assert outcomes[1].refusal == fakes.REFUSAL


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_unforeseen_exception_names_its_type_and_place_and_not_its_words(jobs: int) -> None:
    ok, bad, left = run(fakes.misbehave, ["fine", "raise", "leave"], key=str, jobs=jobs)
    assert ok.value == "fine"
    assert bad.refusal is not None
    assert left.refusal is not None
    assert bad.refusal.code == left.refusal.code == "unexpected"
    assert bad.refusal.where == "raise"
    assert "ZeroDivisionError at work/fakes.py:" in bad.refusal.received
    assert "by zero" not in str(bad.refusal)
    assert "SystemExit" in left.refusal.received


def test_a_pool_survives_deaths_and_unpicklable_values_and_refuses_the_culprits() -> None:
    items = ["a", "exit", "b", "kill", "c", "unpicklable", "unreadable", "none", "d"]
    outcomes = {o.key: o for o in run(fakes.misbehave, items, key=str, jobs=2)}
    assert list(outcomes) == items
    assert {k for k, o in outcomes.items() if o.refusal is None} == {"a", "b", "c", "d", "none"}
    codes = {k: (o.refusal.code, o.refusal.received) for k, o in outcomes.items() if o.refusal}
    assert codes["exit"] == ("worker-died", "exit code 7")
    assert codes["kill"][0] == "worker-died"
    assert "SIGKILL" in codes["kill"][1]
    assert codes["unpicklable"] == ("unpicklable-result", "TypeError")
    assert codes["unreadable"] == ("unpicklable-result", "ValueError")


def test_an_item_whose_worker_died_by_chance_is_done_the_second_time(tmp_path: Any) -> None:
    (outcome,) = run(fakes.die_once, [str(tmp_path / "mark")], key=str, jobs=2)
    assert outcome.value == "alive"


def test_what_hangs_is_stopped_at_the_time_limit_and_the_rest_goes_on() -> None:
    outcomes = list(run(fakes.misbehave, ["hang", "a", "b"], key=str, jobs=1, limit_s=0.3))
    assert outcomes[0].refusal is not None
    assert outcomes[0].refusal.code == "timed-out"
    assert "0.3 s" in outcomes[0].refusal.expected
    assert [outcome.value for outcome in outcomes[1:]] == ["a", "b"]


def test_what_takes_too_much_memory_is_stopped_and_the_rest_goes_on() -> None:
    large, fine = run(fakes.misbehave, ["eat", "a"], key=str, jobs=1, limit_mb=300)
    assert large.refusal is not None
    assert (large.refusal.code, large.refusal.expected) == ("too-much-memory", "at most 300 MiB")
    assert fine.value == "a"


def test_wrong_use_stops_the_batch() -> None:
    with pytest.raises(WrongUse):
        list(run(fakes.misbehave, ["wrong", "a"], key=str))
    with pytest.raises(WrongUse):
        list(run(fakes.misbehave, ["wrong", "a"], key=str, engine=Reversing))


def test_a_function_that_cannot_be_sent_is_wrong_use_before_anything_runs() -> None:
    with pytest.raises(WrongUse, match="cannot be sent to worker processes"):
        list(run(lambda item: item, [1], key=str, jobs=2))


def test_an_item_that_cannot_be_sent_is_refused_and_the_rest_goes_on() -> None:
    items = [1, fakes.Unpicklable(), 2]
    first, bad, last = run(fakes.misbehave, items, key=lambda i: type(i).__name__, jobs=2)
    assert (first.value, last.value) == (1, 2)
    assert bad.refusal is not None
    assert bad.refusal.code == "unpicklable-item"


def test_order_of_items_or_order_of_completion() -> None:
    ordered = [o.value for o in run(fakes.slow_first, range(6), key=str, jobs=2)]
    loose = [o.value for o in run(fakes.slow_first, range(6), key=str, jobs=2, ordered=False)]
    assert ordered == list(range(6))
    assert sorted(loose) == ordered


def test_items_are_read_as_they_are_needed() -> None:
    asked = 0

    def endless() -> Iterator[int]:
        nonlocal asked
        for number in itertools.count():
            asked += 1
            yield number

    outcomes = run(fakes.double, endless(), key=str, engine=Reversing)
    first = [next(outcomes).value for _ in range(10)]
    outcomes.close()  # type: ignore[attr-defined]
    assert first == [2 * number for number in range(10)]
    assert asked <= 10 + Reversing.capacity * 17


def test_memory_stays_flat_in_the_number_of_items() -> None:
    def peak_bytes(count: int) -> int:
        tracemalloc.start()
        for _ in run(fakes.double, range(count), key=str):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_bytes(100)
    assert peak_bytes(20_000) < peak_bytes(200) + 50_000


def test_what_the_ledger_knows_is_not_done_again_and_refusals_are(tmp_path: Any) -> None:
    book = Book()
    items = [(str(tmp_path), number) for number in range(5)]
    key, mark = (lambda item: str(item[1])), (lambda item: "v1")
    list(run(fakes.note_and_double, items[:3], key=key, ledger=book, fingerprint=mark))
    book.write(Outcome("1", None, fakes.REFUSAL), "v1")
    outcomes = list(run(fakes.note_and_double, items, key=key, ledger=book, fingerprint=mark))
    assert [outcome.value for outcome in outcomes] == [0, 2, 4, 6, 8]
    calls = {path.stem: len(path.read_text()) for path in tmp_path.glob("*.calls")}
    assert calls == {"0": 1, "1": 2, "2": 1, "3": 1, "4": 1}


def test_another_fingerprint_is_other_work(tmp_path: Any) -> None:
    book = Book()
    items = [(str(tmp_path), 1)]
    for mark in ("v1", "v2", "v2"):
        marks = lambda item, mark=mark: mark  # noqa: E731
        list(run(fakes.note_and_double, items, key=str, ledger=book, fingerprint=marks))
    assert (tmp_path / "1.calls").read_text() == "xx"


def test_workers_use_one_thread_a_library() -> None:
    (outcome,) = run(fakes.threads, [1], key=str, jobs=2)
    assert outcome.value == "1"
